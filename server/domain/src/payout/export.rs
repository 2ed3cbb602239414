//! Files for payment services. A file depends on nothing but the frozen rows, so that exporting twice
//! gives identical bytes. One currency per file, no more rows than the service takes.

use crate::{
    money::{Currency, Money},
    payout::PayoutMethod,
};

mod wise;

pub use wise::{TemplateError, WiseTemplate};

/// Longest note that PayPal takes.
const PAYPAL_NOTE_MAX: usize = 400;

/// One frozen payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRow {
    /// The name.
    pub name: String,
    /// Where to.
    pub address: String,
    /// How much.
    pub amount: Money,
    /// The affiliate's number in the shop.
    pub affiliate_number: i64,
    /// What the recipient reads.
    pub note: String,
    /// A service that is asked twice with it pays once.
    pub idempotency_key: String,
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Its only currency.
    pub currency: Currency,
    /// From 1; several when there are more rows than fit.
    pub part: usize,
    /// Of how many.
    pub parts: usize,
    /// Rows.
    pub rows: usize,
    /// Their sum, in minor units.
    pub total_minor: i64,
    /// The content.
    pub content: String,
}

/// The files of a round: by currency in alphabetical order, rows in the order given, cut where the
/// service's limit is. `template` gives Wise's form for a currency; a currency without one gets none
/// of the service's files.
pub fn files(
    method: PayoutMethod,
    rows: &[ExportRow],
    source: Currency,
    template: impl Fn(Currency) -> Option<WiseTemplate>,
) -> Vec<ExportFile> {
    let mut currencies: Vec<Currency> = rows.iter().map(|row| row.amount.currency).collect();
    currencies.sort_unstable();
    currencies.dedup();
    let mut found = Vec::new();
    for currency in currencies {
        let own: Vec<&ExportRow> =
            rows.iter().filter(|row| row.amount.currency == currency).collect();
        let parts = own.chunks(method.rows_max());
        let count = parts.len();
        for (rows, part) in parts.zip(1..) {
            let content = match method {
                PayoutMethod::Paypal => paypal(rows),
                PayoutMethod::Wise => match template(currency) {
                    Some(template) => template.fill(rows, source),
                    None => continue,
                },
                PayoutMethod::Other | PayoutMethod::StoreCredit => plain(rows),
            };
            found.push(ExportFile {
                currency,
                part,
                parts: count,
                rows: rows.len(),
                total_minor: rows
                    .iter()
                    .fold(0, |sum: i64, row| sum.saturating_add(row.amount.minor)),
                content,
            });
        }
    }
    found
}

/// PayPal Payouts: no header; recipient, amount, currency, customer id, note, wallet.
///
/// ```
/// # use domain::{money::*, payout::{PayoutMethod, export::*}};
/// let row = ExportRow { name: "Anna".into(), address: "a1@example.com".into(),
///     amount: Money::new(1_600, Currency::USD), affiliate_number: 1001,
///     note: "Commission 2026-03".into(), idempotency_key: "po-1".into() };
/// let files = files(PayoutMethod::Paypal, &[row], Currency::USD, |_| None);
/// assert_eq!(files[0].content, "a1@example.com,16.00,USD,AFF-1001,Commission 2026-03,PAYPAL\r\n");
/// ```
fn paypal(rows: &[&ExportRow]) -> String {
    let mut file = String::new();
    for row in rows {
        let note: String = row.note.chars().take(PAYPAL_NOTE_MAX).collect();
        write_row(
            &mut file,
            &[
                &row.address,
                &row.amount.decimal(),
                row.amount.currency.as_str(),
                &format!("AFF-{}", row.affiliate_number),
                &note,
                "PAYPAL",
            ],
        );
    }
    file
}

/// A list for whoever pays by hand or by another service.
fn plain(rows: &[&ExportRow]) -> String {
    let mut file = String::new();
    write_row(
        &mut file,
        &["affiliate", "name", "pay_to", "amount", "currency", "note", "reference"],
    );
    for row in rows {
        write_row(
            &mut file,
            &[
                &row.affiliate_number.to_string(),
                &row.name,
                &row.address,
                &row.amount.decimal(),
                row.amount.currency.as_str(),
                &row.note,
                &row.idempotency_key,
            ],
        );
    }
    file
}

/// One line of CSV (RFC 4180).
pub fn write_row(file: &mut String, cells: &[&str]) {
    for (index, cell) in cells.iter().enumerate() {
        if index > 0 {
            file.push(',');
        }
        file.push_str(&quoted(&harmless(cell)));
    }
    file.push_str("\r\n");
}

/// A cell that a spreadsheet would take for a formula becomes text.
///
/// ```
/// # use domain::payout::export::harmless;
/// assert_eq!(harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
/// assert_eq!(harmless("Anna"), "Anna");
/// ```
#[must_use]
pub fn harmless(cell: &str) -> String {
    // A tab or line break before the sign is skipped by spreadsheets.
    let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@']);
    if is_formula { format!("'{cell}") } else { cell.to_owned() }
}

fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r', ';', '\t']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests;
