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
use tributary::flows::pay_out::{PayoutResult, Refunds, refunds_of, release_payouts};

use crate::{
    golden::builder::{Order, Scenario, day},
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

#[test]
fn payouts_wait_while_too_many_orders_were_refunded_until_the_merchant_releases_them_on_sqlite() {
    hold_and_release(TestDatabase::sqlite());
}

#[test]
fn payouts_wait_while_too_many_orders_were_refunded_until_the_merchant_releases_them_on_postgres() {
    if let Some(db) = TestDatabase::postgres() {
        hold_and_release(db);
    }
}

/// Domain rules 3.7: more than a quarter of at least eight orders.
fn hold_and_release(db: TestDatabase) {
    let orders: Vec<Order> = (1..=10).map(|n| Order::nth(n, "90.00")).collect();
    let (kept, sent_back) = orders.split_at(5);
    let setting = orders.iter().fold(Scenario::golden(), Scenario::approved);
    let setting = sent_back[..2]
        .iter()
        .fold(setting, |setting, order| setting.refund(&order.refund_of_rest(&day(20))));
    let shop = Shop::of(&setting, db);
    shop.pays("anna", PayoutMethod::Paypal, "a1@example.com", at(0));
    let refunds = || {
        let book = shop.book();
        shop.read(|conn| refunds_of(conn, &book, shop.person("anna"), at(0)))
    };
    assert_eq!(refunds(), Refunds { orders: 10, refunded: 2, is_held: false });
    shop.webhook("refunds/create", sent_back[2].refund_of_rest(&day(21)).payload(), None, at(1));
    assert_eq!(refunds(), Refunds { orders: 10, refunded: 3, is_held: true });

    shop.round(PayoutMethod::Paypal, at(2));
    assert_eq!(shop.payments(), [], "nothing is paid, and what is due stays due");
    let act = shop.act(at(3));
    shop.write(|tx| release_payouts(tx, act, shop.person("anna")));
    assert!(!refunds().is_held);
    // One more refund, and the merchant is asked again.
    shop.webhook("refunds/create", sent_back[3].refund_of_rest(&day(22)).payload(), None, at(4));
    assert_eq!(refunds(), Refunds { orders: 10, refunded: 4, is_held: true });
    shop.write(|tx| release_payouts(tx, act, shop.person("anna")));
    shop.round(PayoutMethod::Paypal, at(5));
    let paid: Vec<i64> = shop.payments().iter().map(|row| row.amount_minor).collect();
    assert_eq!(paid, [900 * i64::try_from(kept.len() + 1).expect("few")]);
    shop.check("the end");
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
