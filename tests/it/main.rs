//! All journeys in one binary: each further one would cost another link.

// Tells clippy that helper functions in here are test code as well.
#![cfg(test)]

mod browser;
mod by_hand;
mod chaos;
mod coupon_meter;
mod coverage;
mod databases;
mod demo;
mod dependencies;
mod dry_run;
mod embedded;
mod exactly_once;
mod golden;
mod histories;
mod importing;
mod ledger_chain;
mod lost_updates;
mod mails;
mod manifest;
mod outage;
mod pages;
mod payout_rounds;
mod pixels;
mod promptness;
mod receivers;
mod replay_command;
mod rotation;
mod sales_by_hand;
mod schema_parity;
mod shop;
mod shopify;
mod signatures;
mod storage_contract;
mod storefront;
mod two_processes;
