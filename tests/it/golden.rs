//! The golden cases of domain rules 3.9 and what lies between them, played through the engine on
//! both databases. A test's name begins with its case; the rest follows from the same rules.

pub(crate) mod builder;
mod fired;
pub(crate) mod harness;
pub(crate) mod outcome;

mod approval;
mod attribution;
mod attribution_details;
mod base;
mod bonuses;
mod combined;
mod currencies;
mod edits;
mod fixtures;
mod linear;
mod payouts;
mod postback_contents;
mod postback_firing;
mod postback_reversals;
mod rates;
mod reasons;
mod refund_details;
mod refund_edges;
mod refunds;
mod special_rates;
mod statuses;
mod subscriptions;
mod suspicions;
mod tiers;
mod uplines;
