//! What a shop's payment files must say: the amounts of the frozen payments, to the cent, and the same
//! bytes every time.

use std::collections::BTreeMap;

use domain::{
    money::{Currency, Money},
    payout::{
        PayoutMethod, PayoutState,
        export::{ExportFile, ExportRow, WiseTemplate, files},
    },
};
use storage::payouts::Payout;

use super::Shop;

/// Wise's form, with its columns in an order of its own.
const WISE_FORM: &str =
    "recipientId,name,recipientEmail,paymentReference,amountCurrency,amount,targetCurrency";

impl Shop {
    /// Every round's files hold its payments: row for row and to the cent.
    pub(super) fn check_files(&self, payments: &[Payout], moment: &str) {
        let mut batches: BTreeMap<i64, Vec<&Payout>> = BTreeMap::new();
        for row in payments.iter().filter(|row| row.state != PayoutState::Draft) {
            batches.entry(row.batch_id.0).or_default().push(row);
        }
        let shop_currency = self.book().currency();
        for rows in batches.values() {
            let method = rows[0].method;
            let exported: Vec<ExportRow> = rows.iter().map(|row| export_row(row)).collect();
            let make = || {
                files(method, &exported, shop_currency, |_| {
                    Some(WiseTemplate::parse(WISE_FORM).expect("a form"))
                })
            };
            let made = make();
            assert_eq!(make(), made, "{moment}: exporting twice gives the same bytes");
            let in_files: usize = made.iter().map(|file| file.rows).sum();
            assert_eq!(in_files, rows.len(), "{moment}: every payment is in one file");
            for file in made {
                let own = rows.iter().filter(|row| row.payout_currency == file.currency);
                let wanted: Vec<i64> = own.map(|row| row.payout_amount_minor).collect();
                assert_eq!(written(method, &file), wanted, "{moment}: {}", file.content);
                assert_eq!(file.total_minor, wanted.iter().sum::<i64>(), "{moment}");
            }
        }
    }
}

/// The amounts that a reader of the file finds, each in the file's own currency.
fn written(method: PayoutMethod, file: &ExportFile) -> Vec<i64> {
    let (headers, amount_at, currency_at) = match method {
        PayoutMethod::Paypal => (0, 1, 2),
        PayoutMethod::Wise => (1, 5, 6),
        PayoutMethod::Other | PayoutMethod::StoreCredit => (1, 3, 4),
    };
    let cell = |line: &str, at: usize| line.split(',').nth(at).expect("a cell").to_owned();
    let lines = file.content.lines().skip(headers);
    lines
        .map(|line| {
            let currency = Currency::parse(&cell(line, currency_at)).expect("a currency");
            assert_eq!(currency, file.currency, "one currency per file");
            Money::parse(&cell(line, amount_at), currency).expect("an amount").minor
        })
        .collect()
}

fn export_row(row: &Payout) -> ExportRow {
    ExportRow {
        name: row.recipient_name.clone(),
        address: row.recipient_address.clone(),
        amount: Money::new(row.payout_amount_minor, row.payout_currency),
        affiliate_number: 1_001,
        note: "Commission 2026-06".to_owned(),
        idempotency_key: row.idempotency_key.clone(),
    }
}
