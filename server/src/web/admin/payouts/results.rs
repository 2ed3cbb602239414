//! Results that a payment service gives as a table: which payment a line means, and what became of it.

use std::collections::HashMap;

use domain::ids::PayoutId;
use storage::payouts::Payout;

use super::files::Round;
use crate::flows::pay_out::PayoutResult;

/// What a table of results says.
#[derive(Debug, Default)]
pub(super) struct Results {
    /// Payments with what became of them.
    pub(super) found: Vec<(PayoutId, PayoutResult)>,
    /// Lines that mean no payment of the round, or say nothing final, with why.
    pub(super) skipped: Vec<String>,
}

/// Names of columns, folded: which payment, how it ended, why, the service's number.
const KEYS: [&str; 9] = [
    "reference",
    "uniqueid",
    "senderitemid",
    "customerid",
    "paymentreference",
    "recipient",
    "recipientemail",
    "email",
    "payto",
];
const STATES: [&str; 4] = ["status", "transactionstatus", "paymentstatus", "state"];
const REASONS: [&str; 4] = ["reason", "error", "errormessage", "statusreason"];
const NUMBERS: [&str; 4] = ["transactionid", "payoutitemid", "transferid", "id"];

/// Words for money that arrived and for money that did not. Everything else is not final.
const ARRIVED: [&str; 6] = ["success", "succeeded", "completed", "complete", "paid", "sent"];
const FAILED: [&str; 10] = [
    "failed",
    "failure",
    "denied",
    "returned",
    "blocked",
    "refunded",
    "reversed",
    "cancelled",
    "canceled",
    "rejected",
];

/// Reads a table with a line of column names.
///
/// # Errors
/// A sentence when the columns cannot be told.
pub(super) fn read(text: &str, round: &Round) -> Result<Results, String> {
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| format!("No table: {error}."))?.clone();
    let names: Vec<String> = header.iter().map(folded).collect();
    let column = |wanted: &[&str]| -> Vec<usize> {
        wanted.iter().filter_map(|one| names.iter().position(|name| name == one)).collect()
    };
    let (keys, states) = (column(&KEYS), column(&STATES));
    let (reasons, numbers) = (column(&REASONS), column(&NUMBERS));
    if keys.is_empty() || states.is_empty() {
        return Err(
            "The first line must name a column for the payment (reference, customer id or \
                    e-mail) and one for its status."
                .to_owned(),
        );
    }
    let known = Known::of(round);
    let mut results = Results::default();
    for (line, record) in reader.records().enumerate() {
        let number = line + 2;
        let Ok(record) = record else {
            results.skipped.push(format!("Line {number} cannot be read."));
            continue;
        };
        let cell = |columns: &[usize]| {
            columns
                .iter()
                .filter_map(|column| record.get(*column))
                .map(str::trim)
                .find(|text| !text.is_empty())
        };
        let payment = keys
            .iter()
            .filter_map(|column| record.get(*column))
            .find_map(|text| known.payment(text.trim()));
        let Some(payment) = payment else {
            results.skipped.push(format!("Line {number} names no payment of this payout."));
            continue;
        };
        let state = folded(cell(&states).unwrap_or_default());
        if ARRIVED.contains(&state.as_str()) {
            let reference = cell(&numbers).map(str::to_owned);
            results.found.push((payment, PayoutResult::Confirmed { reference }));
        } else if FAILED.contains(&state.as_str()) {
            let reason = cell(&reasons).map_or_else(|| state.clone(), str::to_owned);
            results.found.push((payment, PayoutResult::Failed { reason }));
        } else {
            let state = cell(&states).unwrap_or("nothing");
            results.skipped.push(format!("Line {number} says “{state}”, which is not final."));
        }
    }
    Ok(results)
}

/// The payments of a round by what a line may call them; what two share names none.
struct Known {
    by_name: HashMap<String, Option<PayoutId>>,
}

impl Known {
    fn of(round: &Round) -> Self {
        let mut by_name: HashMap<String, Option<PayoutId>> = HashMap::new();
        let mut add = |name: String, row: &Payout| {
            by_name
                .entry(name)
                .and_modify(|known| *known = known.filter(|id| *id == row.id))
                .or_insert(Some(row.id));
        };
        for row in &round.rows {
            add(row.idempotency_key.to_lowercase(), row);
            add(row.recipient_address.to_lowercase(), row);
            if let Some(affiliate) = round.people.get(&row.affiliate_id) {
                add(format!("aff-{}", affiliate.number), row);
            }
        }
        Self { by_name }
    }

    fn payment(&self, text: &str) -> Option<PayoutId> {
        self.by_name.get(&text.to_lowercase()).copied().flatten()
    }
}

fn folded(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Tables for European spreadsheets are separated by semicolons.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    let count = |letter: char| first.matches(letter).count();
    [(b';', count(';')), (b'\t', count('\t')), (b',', count(','))]
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .map_or(b',', |(letter, _)| letter)
}
