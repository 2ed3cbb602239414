//! Repeat charges of one subscription have their own rates and an end (domain rules 3.8): G77, G78.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, line, percent},
    harness::{Run, golden},
};

golden![g77_the_first_charges_have_their_own_rate, g78_charges_after_the_last_one_earn_nothing,];

/// The `n`-th charge of a subscription of 100.00, a month after the one before.
fn charge(n: u64) -> Order {
    let then = day(i64::try_from(n).expect("few charges") * 30);
    let order = Order::of([line("A", 1, "100.00").selling_plan(7)]).id(1_000 + n).placed_at(&then);
    if n == 1 { order } else { order.source("subscription_contract") }
}

/// What so many charges earn.
fn charges(run: &Run, recurring: Value, count: u64) -> Vec<(String, Option<String>)> {
    let setting = Scenario::golden().program(json!({"recurring": recurring}));
    let orders: Vec<Order> = (1..=count).map(charge).collect();
    let result = run.play(&orders.iter().fold(setting, |scenario, order| scenario.order(order)));
    let earned = |order: &Order| {
        let played = result.order(order);
        (played.commission().to_owned(), played.no_credit_reason().map(str::to_owned))
    };
    orders.iter().map(earned).collect()
}

fn g77_the_first_charges_have_their_own_rate(run: &Run) {
    let steps = json!([
        {"charges": 3, "commission": percent("40")},
        {"commission": percent("20")},
    ]);
    let amounts: Vec<String> =
        charges(run, json!({"steps": steps}), 5).into_iter().map(|(amount, _)| amount).collect();
    assert_eq!(amounts, ["40.00", "40.00", "40.00", "20.00", "20.00"]);
}

fn g78_charges_after_the_last_one_earn_nothing(run: &Run) {
    let earned = charges(run, json!({"steps": [], "max_charges": 12}), 13);
    assert!(earned.iter().take(12).all(|charge| *charge == ("10.00".to_owned(), None)));
    let term_ended = ("0.00".to_owned(), Some("term_ended".to_owned()));
    assert_eq!(earned.last(), Some(&term_ended));
}
