//! Rounds of payouts in a long random history, on both databases: whatever is approved, taken back,
//! given by hand, paid and returned, and in whatever order, each payment is the sum of its entries, no
//! entry is in two, balances are the sums of the ledger, and files hold the ledger to the cent.

use domain::{
    conversion::ReviewAction,
    ids::ShopifyId,
    payout::{PayoutMethod, PayoutState},
    reason::Reason,
    time::UtcTime,
};
use serde_json::json;
use storage::payouts::Payout;
use tests::{db::TestDatabase, random::Random};
use tributary::flows::pay_out::PayoutResult;

use crate::{
    golden::builder::{Order, Scenario},
    shop::Shop,
};

#[test]
fn g39_exports_equal_the_ledger_to_the_cent_in_random_histories_on_sqlite() {
    play(TestDatabase::sqlite());
}

#[test]
fn g39_exports_equal_the_ledger_to_the_cent_in_random_histories_on_postgres() {
    if let Some(db) = TestDatabase::postgres() {
        play(db);
    }
}

/// Steps of the history; after each of them everything must add up.
const STEPS: u64 = 120;
/// Orders that are approved before it begins.
const ORDERS: u64 = 12;

fn play(db: TestDatabase) {
    let orders: Vec<Order> = (1..=ORDERS).map(|n| Order::nth(n, "90.00")).collect();
    let setting = Scenario::golden()
        .program(json!({"minimum_payout": "10.00"}))
        .affiliate("bob", json!({"payout_currency": "EUR", "payout_rate": "0.9"}));
    let shop = Shop::of(&orders.iter().fold(setting, Scenario::approved), db);
    shop.pays("anna", PayoutMethod::Paypal, "a1@example.com", at(0));
    shop.pays("bob", PayoutMethod::Paypal, "a2@example.com", at(0));
    let mut random = Random::new(39);
    let mut ended = 0;
    for step in 0..STEPS {
        let now = at(step);
        match random.below(7) {
            0 | 1 => {
                let who = *random.of(&["anna", "bob"]);
                let minor = i64::try_from(random.below(7_001)).expect("small") - 2_000;
                let minor = if minor == 0 { 1 } else { minor };
                shop.adjust(shop.person(who), minor, &format!("step-{step}"), now);
            }
            2 => shop.round(PayoutMethod::Paypal, now),
            3 => shop.send(now),
            4 | 5 => ended += report_on_one(&shop, &mut random, now),
            _ => {
                let order = ShopifyId(random.of(&orders).id);
                let action = match random.below(2) {
                    0 => ReviewAction::Reject(Reason::BreachOfTerms),
                    _ => ReviewAction::Reopen,
                };
                shop.review(&[order], &action, now);
            }
        }
        shop.check(&format!("step {step}"));
    }
    shop.check_chain();
    assert!(ended > 5, "only {ended} payments ended: the history says nothing");
}

fn at(step: u64) -> UtcTime {
    let start = UtcTime::parse("2026-06-01T00:00:00Z").expect("a time");
    start.plus_seconds(i64::try_from(step).expect("few steps") * 3_600)
}

/// Reports on one payment that is under way; how many reports were news.
fn report_on_one(shop: &Shop, random: &mut Random, now: UtcTime) -> usize {
    let mut rows: Vec<Payout> = shop.payments();
    rows.retain(|row| row.state != PayoutState::Draft);
    if rows.is_empty() {
        return 0;
    }
    let result = match random.below(3) {
        0 => PayoutResult::Failed { reason: "account closed".to_owned() },
        _ => PayoutResult::Confirmed { reference: Some("T-1".to_owned()) },
    };
    usize::from(shop.report(random.of(&rows), &result, now))
}
