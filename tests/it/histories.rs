//! Random histories: whatever happens to orders, and in whatever order and how often Shopify tells it,
//! the state and the money end the same (N2), under any program and for everybody who has a part; and a
//! shop's books add up whatever its merchant does (`lives`, `ledger`). Continuous integration plays
//! 10,000 histories by the rules alone; through the whole product it plays 200 orders on each database and
//! two dozen lives. `TRIBUTARY_HISTORIES=100000`, the nightly profile, plays ten times as many of all.

mod history;
mod ledger;
mod lives;
mod message;
mod money;
mod observer;
mod payloads;
mod programs;
mod seed;
mod state;
mod whole;

/// How many histories are played by the rules alone; what takes longer plays a fixed share of them.
fn cases() -> u32 {
    let wanted = std::env::var_os("TRIBUTARY_HISTORIES");
    wanted.and_then(|text| text.to_str()?.parse().ok()).unwrap_or(10_000)
}
