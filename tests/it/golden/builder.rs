//! Scenarios in the words of the domain rules, and the payloads that Shopify would send for them.
//! Not here: what must come out of them (the cases) and how they are run (`harness`).

mod changes;
mod line;
mod order;
mod payload;
mod refund;
mod scenario;
mod state;
mod totals;

pub(crate) use line::{Line, line};
pub(crate) use order::{CREATED_AT, Order};
pub(crate) use refund::Refund;
pub(crate) use scenario::{Scenario, flat_per_item, flat_per_order, percent, rate};

use domain::time::UtcTime;

/// Noon of the `n`-th day after the scenarios' first day, 1 March 2026: `day(0)` is when the
/// reference order is placed.
pub(crate) fn day(n: i64) -> String {
    later(CREATED_AT, n * 86_400)
}

/// A time of a scenario, moved by seconds.
pub(crate) fn later(time: &str, seconds: i64) -> String {
    UtcTime::parse(time).expect("an RFC 3339 time").plus_seconds(seconds).to_string()
}

#[cfg(test)]
mod tests;
