//! What events do to a conversion, and that nothing depends on their order or number.

use serde_json::json;

use super::*;
use crate::{
    attribution::Share,
    ledger::Balance,
    order::{PaymentStatus, RefundSettlement},
    testing::{
        A, B, Book, Order, all_of_r, currency, day, one_a, order_of, plain, r, refund, rules,
    },
};

mod arrival;
mod money;
mod moving;
mod properties;
mod taking_back;

/// R as placed, not paid yet.
fn unpaid_r() -> Order {
    r().payment(PaymentStatus::Pending)
}

impl Book {
    /// Kinds, status and reversal support of everything told, as `conversion pending`.
    fn told(&self) -> Vec<String> {
        let text = |occurrence: &Occurrence| {
            let kinds: Vec<_> = occurrence.kinds.iter().map(|kind| kind.as_str()).collect();
            let mark = if occurrence.needs_reversal_support { " (reversal)" } else { "" };
            format!("{} {}{mark}", kinds.join("+"), occurrence.status)
        };
        self.occurrences.iter().map(text).collect()
    }

    /// Kind, amount and reason of every entry, as `refund -270 refunded`.
    fn written(&self) -> Vec<String> {
        let text = |entry: &EntryDraft| {
            let reason = entry.reason.as_ref().map_or(String::new(), |reason| format!(" {reason}"));
            format!("{} {}{reason}", entry.kind.as_str(), entry.amount_minor)
        };
        self.entries.iter().map(text).collect()
    }

    fn approve(&mut self) -> &mut Self {
        let change = approve(self.conversion(), day(30)).unwrap();
        self.take(change)
    }

    fn pay(&mut self) -> &mut Self {
        let change = pay(self.conversion()).unwrap();
        self.take(change)
    }

    fn review(&mut self, action: &ReviewAction) -> &mut Self {
        let change = review(self.conversion(), action).unwrap();
        self.take(change)
    }
}
