//! The way of a conversion (domain rules 3.6): recorded, pending, approved, paid, and the side ways.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, later},
    harness::{Run, golden},
};

golden![
    every_station_in_its_order,
    unpaid_orders_may_count_where_the_program_says_so,
    an_unpaid_order_that_counted_goes_back_when_its_payment_is_voided,
    the_hold_may_wait_for_the_fulfilment,
    a_late_fulfilment_starts_the_hold_anew,
    a_release_after_the_hold_approves_at_once,
    what_was_paid_stays_paid_through_edits,
    a_payout_pays_the_net,
    a_second_payout_finds_nothing,
    a_hold_of_nothing_approves_at_payment,
    a_reversed_order_is_not_approved,
    an_approved_order_may_still_be_rejected,
    a_deleted_order_that_was_paid_out_keeps_its_commission,
];

fn status(run: &Run, told: &Scenario, order: &Order) -> String {
    run.play(told).order(order).status().to_owned()
}

fn paid_out(told: Scenario, n: i64) -> Scenario {
    told.event(&day(n), "payout", json!({"affiliate": "anna"}))
}

fn every_station_in_its_order(run: &Run) {
    let placed = Order::reference().unpaid();
    let told = Scenario::golden().order(&placed);
    assert_eq!(status(run, &told, &placed), "recorded");
    let told = told.webhook(&day(2), "orders/paid", placed.paid(&day(2)).payload());
    assert_eq!(status(run, &told, &placed), "pending");
    let told = told.advance(&day(32));
    assert_eq!(status(run, &told, &placed), "approved");
    let told = paid_out(told, 33);
    assert_eq!(status(run, &told, &placed), "paid");
}

fn unpaid_orders_may_count_where_the_program_says_so(run: &Run) {
    let placed = Order::reference().unpaid();
    let told = Scenario::golden().program(json!({"accept_unpaid": true})).order(&placed);
    let told = told.webhook(&day(2), "orders/paid", placed.paid(&day(2)).payload());
    let result = run.play(&told.advance(&day(30)));
    assert_eq!(result.order(&placed).amounts(), ["9.00"]);
    assert_eq!(result.order(&placed).status(), "approved");
}

fn an_unpaid_order_that_counted_goes_back_when_its_payment_is_voided(run: &Run) {
    let placed = Order::reference().unpaid();
    let told = Scenario::golden().program(json!({"accept_unpaid": true})).order(&placed);
    let result = run.play(&told.updated(&placed.voided(&day(2))));
    assert_eq!(result.order(&placed).amounts(), ["9.00", "-9.00"]);
    assert_eq!(result.order(&placed).reason(), Some("payment_voided"));
}

fn fulfilled(order: &Order, at: &str) -> Value {
    let mut payload = order.payload();
    payload["fulfillment_status"] = json!("fulfilled");
    payload["updated_at"] = json!(at);
    payload
}

fn the_hold_may_wait_for_the_fulfilment(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().program(json!({"require_fulfilment": true})).order(&order);
    assert_eq!(status(run, &told.clone().advance(&day(60)), &order), "pending");
    let told = told.webhook(&day(10), "orders/fulfilled", fulfilled(&order, &day(10)));
    assert_eq!(status(run, &told.clone().advance(&later(&day(40), -1)), &order), "pending");
    assert_eq!(status(run, &told.advance(&day(40)), &order), "approved");
}

fn a_late_fulfilment_starts_the_hold_anew(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().program(json!({"require_fulfilment": true})).order(&order);
    let told = told.webhook(&day(100), "orders/fulfilled", fulfilled(&order, &day(100)));
    assert_eq!(status(run, &told.clone().advance(&day(129)), &order), "pending");
    assert_eq!(status(run, &told.advance(&day(130)), &order), "approved");
}

fn a_release_after_the_hold_approves_at_once(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden()
        .order(&order)
        .review(&day(1), &order, "on_hold", Some("a look at the address"))
        .review(&day(50), &order, "pending", None);
    let result = run.play(&told);
    assert_eq!(result.order(&order).status(), "approved");
    assert_eq!(result.order(&order).reason(), None);
}

fn what_was_paid_stays_paid_through_edits(run: &Run) {
    let order = Order::reference();
    let told = paid_out(Scenario::golden().approved(&order), 5);
    let result = run.play(&told.updated(&order.with_removed(&day(8), "B", 1)));
    assert_eq!(result.order(&order).status(), "paid");
    assert_eq!(result.order(&order).amounts(), ["9.00", "-3.60"]);
    assert_eq!(result.balance("anna"), ("0.00", "-3.60", "9.00"));
}

fn a_payout_pays_the_net(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().approved(&order);
    let told = paid_out(told.refund(&order.refund(&day(2)).units("A", 1)), 5);
    let result = run.play(&told);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "6.30"));
    assert_eq!(result.list("entries").len(), 1);
}

fn a_second_payout_finds_nothing(run: &Run) {
    let order = Order::reference();
    let told = paid_out(paid_out(Scenario::golden().approved(&order), 5), 6);
    let result = run.play(&told);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "9.00"));
    assert_eq!(result.list("entries").len(), 1);
}

fn a_hold_of_nothing_approves_at_payment(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().program(json!({"hold_days": 0})).order(&order);
    assert_eq!(status(run, &told, &order), "approved");
}

fn a_reversed_order_is_not_approved(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().order(&order).refund(&order.full_refund(&day(3)));
    assert_eq!(status(run, &told.advance(&day(60)), &order), "reversed");
}

fn an_approved_order_may_still_be_rejected(run: &Run) {
    let order = Order::reference();
    let told = Scenario::golden().approved(&order);
    let told = told.review(&day(3), &order, "rejected", Some("breach_of_terms"));
    let result = run.play(&told);
    assert_eq!(result.order(&order).amounts(), ["9.00", "-9.00"]);
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}

fn a_deleted_order_that_was_paid_out_keeps_its_commission(run: &Run) {
    let order = Order::reference();
    let gone = json!({"id": order.id});
    let told = Scenario::golden().approved(&order);
    let result = run.play(&told.clone().webhook(&day(4), "orders/delete", gone.clone()));
    assert_eq!(result.order(&order).amounts(), ["9.00", "-9.00"]);
    let result = run.play(&paid_out(told, 3).webhook(&day(4), "orders/delete", gone));
    assert_eq!(result.order(&order).amounts(), ["9.00"]);
}
