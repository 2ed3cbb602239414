//! Repeat charges of one subscription have their own rates and an end (domain rules 3.8): G77, G78.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, line, percent},
    harness::{Run, golden},
};

golden![
    g77_the_first_charges_have_their_own_rate,
    g78_charges_after_the_last_one_earn_nothing,
    g77_a_refunded_charge_still_counts_as_one,
    g78_a_refunded_charge_does_not_lengthen_the_term,
    g77_a_purchase_between_two_charges_is_none,
    g77_what_was_bought_before_the_subscription_is_no_charge,
    g77_every_customer_has_charges_of_their_own,
    g77_what_is_bought_beside_a_charge_earns_the_usual_rate,
    g77_where_a_payload_cannot_tell_every_order_is_a_charge,
    g77_a_renewal_is_known_by_where_it_comes_from,
    g79_a_customer_stays_with_the_affiliate_for_every_charge,
    g78_at_the_end_of_the_term_levels_earn_nothing,
];

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

/// 40 % of the first three charges, then 20 %.
fn three_at_forty() -> Scenario {
    let steps = json!([
        {"charges": 3, "commission": percent("40")},
        {"commission": percent("20")},
    ]);
    Scenario::golden().program(json!({"recurring": {"steps": steps}}))
}

/// What these orders earn, one after the other.
fn earned(run: &Run, told: &Scenario, orders: &[Order]) -> Vec<String> {
    let result = run.play(told);
    orders.iter().map(|order| result.order(order).commission().to_owned()).collect()
}

fn g77_a_refunded_charge_still_counts_as_one(run: &Run) {
    let orders: Vec<Order> = (1..=4).map(charge).collect();
    let told = orders.iter().fold(three_at_forty(), Scenario::order);
    let told = told.refund(&orders[1].full_refund(&day(130)));
    assert_eq!(earned(run, &told, &orders), ["40.00", "0.00", "40.00", "20.00"]);
}

fn g78_a_refunded_charge_does_not_lengthen_the_term(run: &Run) {
    let orders: Vec<Order> = (1..=3).map(charge).collect();
    let setting = Scenario::golden().program(json!({"recurring": {"max_charges": 2}}));
    let told = setting.order(&orders[0]).refund(&orders[0].full_refund(&day(35)));
    let told = told.order(&orders[1]).order(&orders[2]);
    assert_eq!(earned(run, &told, &orders), ["0.00", "10.00", "0.00"]);
}

fn g77_a_purchase_between_two_charges_is_none(run: &Run) {
    let orders = [charge(1), Order::nth(40, "100.00"), charge(2), charge(3), charge(4)];
    let told = orders.iter().fold(three_at_forty(), Scenario::order);
    assert_eq!(earned(run, &told, &orders), ["40.00", "10.00", "40.00", "40.00", "20.00"]);
}

fn g77_what_was_bought_before_the_subscription_is_no_charge(run: &Run) {
    let orders =
        [Order::nth(1, "100.00"), Order::nth(2, "100.00"), charge(1), charge(2), charge(3)];
    let told = orders.iter().enumerate().fold(three_at_forty(), |told, (n, order)| {
        told.order(&order.clone().id(2_000 + u64::try_from(n).expect("few")))
    });
    let renumbered: Vec<Order> = orders
        .iter()
        .enumerate()
        .map(|(n, order)| order.clone().id(2_000 + u64::try_from(n).expect("few")))
        .collect();
    assert_eq!(earned(run, &told, &renumbered), ["10.00", "10.00", "40.00", "40.00", "40.00"]);
}

fn g77_every_customer_has_charges_of_their_own(run: &Run) {
    let of_another = |n| charge(n).id(3_000 + n).buyer(5, "five@example.net");
    let orders = [charge(1), of_another(1), charge(2), of_another(2), charge(3), charge(4)];
    let told = orders.iter().fold(three_at_forty(), Scenario::order);
    assert_eq!(earned(run, &told, &orders), ["40.00", "40.00", "40.00", "40.00", "40.00", "20.00"]);
}

fn g77_what_is_bought_beside_a_charge_earns_the_usual_rate(run: &Run) {
    let order = Order::of([line("A", 1, "100.00").selling_plan(7), line("B", 1, "50.00")]);
    let orders = [order];
    let told = three_at_forty().order(&orders[0]);
    assert_eq!(earned(run, &told, &orders), ["45.00"]);
}

fn g77_where_a_payload_cannot_tell_every_order_is_a_charge(run: &Run) {
    let orders: Vec<Order> = (1..=4).map(|n| Order::nth(n, "100.00")).collect();
    let told = orders.iter().fold(three_at_forty(), |told, order| {
        let mut payload = order.payload();
        let line = payload["line_items"][0].as_object_mut().expect("a line");
        // As before API version 2026-10.
        line.remove("selling_plan_id").expect("newer payloads have it");
        told.webhook(&order.created_at, "orders/create", payload)
    });
    assert_eq!(earned(run, &told, &orders), ["40.00", "40.00", "40.00", "20.00"]);
}

fn g77_a_renewal_is_known_by_where_it_comes_from(run: &Run) {
    let orders: Vec<Order> = (1..=4)
        .map(|n| Order::nth(n, "100.00").source("subscription_contract_checkout_one"))
        .collect();
    let told = orders.iter().fold(three_at_forty(), Scenario::order);
    assert_eq!(earned(run, &told, &orders), ["40.00", "40.00", "40.00", "20.00"]);
}

fn g79_a_customer_stays_with_the_affiliate_for_every_charge(run: &Run) {
    let orders: Vec<Order> = (1..=4).map(|n| charge(n).codes([])).collect();
    let bound = three_at_forty().affiliate("anna", json!({"customers": [207_119_551]}));
    let told = orders.iter().fold(bound, Scenario::order);
    assert_eq!(earned(run, &told, &orders), ["40.00", "40.00", "40.00", "20.00"]);
    assert_eq!(run.play(&told).order(&orders[3]).method(), Some("customer"));
}

fn g78_at_the_end_of_the_term_levels_earn_nothing(run: &Run) {
    let orders: Vec<Order> = (1..=2).map(charge).collect();
    let setting = Scenario::golden()
        .program(
            json!({"recurring": {"max_charges": 1}, "levels": [{"percent": "5", "of": "sale"}]}),
        )
        .affiliate("bob", json!({}))
        .affiliate("anna", json!({"upline": "bob"}));
    let result = run.play(&orders.iter().fold(setting, Scenario::order));
    assert_eq!(result.order(&orders[0]).earned_minor("bob"), 500);
    assert_eq!(result.order(&orders[1]).earned_minor("bob"), 0);
}
