//! A round's files. They depend on its frozen rows, its note and Wise's form only, so that exporting
//! twice gives identical bytes.

use std::collections::HashMap;

use domain::{
    ids::AffiliateId,
    money::{Currency, Money},
    payout::{
        PayoutMethod,
        export::{ExportFile, ExportRow, WiseTemplate, files},
    },
};
use storage::{
    DbConn, StorageError,
    affiliates::{Affiliate, affiliates_by_ids},
    payouts::{Payout, PayoutBatch, payout_template_of, payouts_of_batch},
};

use crate::flows::pay_out::ROWS_MAX;

/// A round with everything that its files and its page need.
pub(super) struct Round {
    pub(super) batch: PayoutBatch,
    pub(super) rows: Vec<Payout>,
    pub(super) people: HashMap<AffiliateId, Affiliate>,
    pub(super) templates: HashMap<Currency, WiseTemplate>,
}

impl Round {
    /// Reads a round's rows.
    pub(super) fn read(conn: &mut DbConn, batch: PayoutBatch) -> Result<Self, StorageError> {
        let rows = payouts_of_batch(conn, batch.shop_id, batch.id, ROWS_MAX)?;
        let mut ids: Vec<AffiliateId> = rows.iter().map(|row| row.affiliate_id).collect();
        ids.sort_unstable();
        ids.dedup();
        let people = affiliates_by_ids(conn, batch.shop_id, &ids)?;
        let mut templates = HashMap::new();
        if batch.method == PayoutMethod::Wise {
            for currency in currencies(&rows) {
                let known = payout_template_of(conn, batch.shop_id, PayoutMethod::Wise, currency)?;
                let form = known.and_then(|known| WiseTemplate::parse(&known.header).ok());
                templates.extend(form.map(|form| (currency, form)));
            }
        }
        Ok(Self { batch, rows, people, templates })
    }

    /// The files, once the rows are frozen.
    pub(super) fn files(&self) -> Vec<ExportFile> {
        if self.batch.locked_at.is_none() {
            return Vec::new();
        }
        let source = self.rows.first().map_or(Currency::USD, |row| row.currency);
        let rows: Vec<ExportRow> = self.rows.iter().map(|row| self.export_row(row)).collect();
        files(self.batch.method, &rows, source, |currency| self.templates.get(&currency).cloned())
    }

    /// Currencies whose form of Wise is missing.
    pub(super) fn missing_forms(&self) -> Vec<Currency> {
        let is_missing = |currency: &Currency| !self.templates.contains_key(currency);
        match self.batch.method {
            PayoutMethod::Wise => currencies(&self.rows).into_iter().filter(is_missing).collect(),
            PayoutMethod::Paypal | PayoutMethod::Other | PayoutMethod::StoreCredit => Vec::new(),
        }
    }

    fn export_row(&self, row: &Payout) -> ExportRow {
        let number = self.people.get(&row.affiliate_id).map_or(0, |one| one.number);
        ExportRow {
            name: row.recipient_name.clone(),
            address: row.recipient_address.clone(),
            amount: Money::new(row.payout_amount_minor, row.payout_currency),
            affiliate_number: number,
            note: self.batch.note.clone(),
            idempotency_key: row.idempotency_key.clone(),
        }
    }
}

fn currencies(rows: &[Payout]) -> Vec<Currency> {
    let mut found: Vec<Currency> = rows.iter().map(|row| row.payout_currency).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Name of a file: `payout-3-USD.csv`, `payout-3-USD-2.csv`.
pub(super) fn file_name(number: i64, file: &ExportFile) -> String {
    match file.parts {
        1 => format!("payout-{number}-{}.csv", file.currency),
        _ => format!("payout-{number}-{}-{}.csv", file.currency, file.part),
    }
}
