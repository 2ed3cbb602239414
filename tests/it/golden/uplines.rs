//! What those above an affiliate earn (domain rules 3.8): G74 to G76.

use serde_json::{Value, json};

use super::{
    builder::{Order, Scenario, day, line},
    harness::{Run, golden},
    outcome::Outcome,
};

golden![
    g74_uplines_earn_of_the_commission,
    g75_uplines_earn_of_the_sale,
    g76_uplines_are_reversed_in_proportion,
    g76_a_full_refund_is_zero_for_everybody_in_both_currencies,
    a_cap_bounds_levels_of_the_commission_and_not_of_the_sale,
    each_level_rounds_alone,
    levels_of_the_sale_leave_out_what_is_excluded,
    a_flat_commission_has_levels_too,
    somebody_inactive_leaves_the_level_empty,
    a_short_chain_ends_where_it_ends,
    a_program_pays_no_more_levels_than_it_has,
    somebody_above_who_buys_earns_nothing_of_it,
    nobody_above_earns_of_a_self_referral,
    somebody_blocked_later_gives_back_in_proportion,
    an_order_keeps_those_who_were_above_when_it_came,
    a_review_is_about_all_levels,
    a_rejection_takes_every_level_back,
    an_assignment_moves_the_levels_with_the_credit,
    each_share_of_a_split_order_has_its_own_levels,
    somebody_above_may_have_a_share_as_well,
    a_refund_after_the_payout_is_a_debt_on_every_level,
    levels_wait_for_payment_with_the_order,
    an_edit_after_approval_raises_no_level_without_consent,
    a_loop_is_refused,
];

/// Anna below Bob below Cleo below Dora, with these levels.
fn network(levels: Value) -> Scenario {
    Scenario::golden()
        .program(json!({"levels": levels}))
        .affiliate("dora", json!({}))
        .affiliate("cleo", json!({"upline": "dora"}))
        .affiliate("bob", json!({"upline": "cleo"}))
        .affiliate("anna", json!({"upline": "bob"}))
}

fn levels<const N: usize>(of: &str, percents: [&str; N]) -> Value {
    percents.map(|value| json!({"percent": value, "of": of})).to_vec().into()
}

/// What Anna, Bob, Cleo and Dora have of an order, in cents.
fn earned(result: &Outcome, order: &Order) -> [i64; 4] {
    ["anna", "bob", "cleo", "dora"].map(|key| result.order(order).earned_minor(key))
}

fn g74_uplines_earn_of_the_commission(run: &Run) {
    let order = Order::single("1000.00");
    let setting = network(levels("commission", ["10", "5", "2"]));
    let result = run.play(&setting.order(&order));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(earned(&result, &order), [10_000, 1_000, 500, 200]);
}

fn g75_uplines_earn_of_the_sale(run: &Run) {
    let order = Order::single("1000.00");
    let setting = network(levels("sale", ["2", "1", "0.5"]));
    let result = run.play(&setting.order(&order));
    assert_eq!(earned(&result, &order), [10_000, 2_000, 1_000, 500]);
}

fn g76_uplines_are_reversed_in_proportion(run: &Run) {
    let order = Order::of([line("A", 2, "500.00")]);
    let setting = network(levels("commission", ["10", "5", "2"])).order(&order);
    let one = order.refund(&day(1)).units("A", 1);
    let half = setting.refund(&one);
    assert_eq!(earned(&run.play(&half), &order), [5_000, 500, 250, 100]);

    let rest = order.refunded(&one).refund_of_rest(&day(2));
    assert_eq!(earned(&run.play(&half.refund(&rest)), &order), [0; 4]);
}

fn in_network(run: &Run, levels: Value, order: &Order) -> [i64; 4] {
    let result = run.play(&network(levels).order(order));
    earned(&result, order)
}

fn g76_a_full_refund_is_zero_for_everybody_in_both_currencies(run: &Run) {
    let order = Order::of([line("A", 3, "33.33")]);
    let one = order.refund(&day(1)).units("A", 1);
    let money = order.refunded(&one).refund(&day(2)).amount("1.11");
    let rest = order.refunded(&one).refunded(&money).refund_of_rest(&day(3));
    let setting = network(levels("sale", ["3.3", "2.2", "1.1"]))
        .affiliate("bob", json!({"payout_currency": "EUR", "payout_rate": "0.93"}))
        .affiliate("cleo", json!({"payout_currency": "JPY", "payout_rate": "151.7"}));
    let told = setting.order(&order).refund(&one).refund(&money).refund(&rest);
    let result = run.play(&told);
    assert_eq!(earned(&result, &order), [0; 4]);
    for key in ["anna", "bob", "cleo", "dora"] {
        assert_eq!(result.order(&order).paid_out_minor_of(key), 0, "{key}");
        assert_eq!(result.balance(key), ("0.00", "0.00", "0.00"), "{key}");
    }
}

fn a_cap_bounds_levels_of_the_commission_and_not_of_the_sale(run: &Run) {
    let levels = json!([{"percent": "10", "of": "commission"}, {"percent": "1", "of": "sale"}]);
    let setting = network(levels).program(json!({"cap_per_order": "50.00"}));
    let order = Order::single("800.00");
    let result = run.play(&setting.order(&order));
    assert_eq!(earned(&result, &order), [5_000, 500, 800, 0]);
}

fn each_level_rounds_alone(run: &Run) {
    // 3.333, and of 3.33: 0.333, 0.1665 and 0.0666.
    let order = Order::single("33.33");
    let shares = in_network(run, levels("commission", ["10", "5", "2"]), &order);
    assert_eq!(shares, [333, 33, 17, 7]);
}

fn levels_of_the_sale_leave_out_what_is_excluded(run: &Run) {
    let order = Order::of([line("A", 1, "100.00"), line("B", 1, "900.00")]).shipping("50.00");
    let setting = network(levels("sale", ["10", "5", "1"]))
        .program(json!({"exclude": {"product_ids": [632_910_393]}}));
    let result = run.play(&setting.order(&order));
    assert_eq!(earned(&result, &order), [1_000, 1_000, 500, 100]);
}

fn a_flat_commission_has_levels_too(run: &Run) {
    let order = Order::of([line("A", 2, "30.00"), line("B", 1, "40.00")]);
    let setting = network(levels("commission", ["10", "5", "2"]))
        .program(json!({"commission": {"type": "flat_per_order", "value": "10.00"}}));
    let one = order.refund(&day(1)).units("A", 1);
    let kept = run.play(&setting.clone().order(&order).refund(&one));
    assert_eq!(earned(&kept, &order), [1_000, 100, 50, 20]);
    let gone = run.play(&setting.order(&order).refund(&order.full_refund(&day(1))));
    assert_eq!(earned(&gone, &order), [0; 4]);
}

fn somebody_inactive_leaves_the_level_empty(run: &Run) {
    let order = Order::single("1000.00");
    for status in ["blocked", "pending", "denied"] {
        let setting = network(levels("commission", ["10", "5", "2"]))
            .affiliate("bob", json!({"status": status}));
        let result = run.play(&setting.order(&order));
        assert_eq!(earned(&result, &order), [10_000, 0, 500, 200], "{status}");
    }
}

fn a_short_chain_ends_where_it_ends(run: &Run) {
    let order = Order::single("1000.00").codes(["CLEO10"]);
    let setting = network(levels("commission", ["10", "5", "2"]))
        .affiliate("cleo", json!({"coupons": ["CLEO10"]}));
    let result = run.play(&setting.order(&order));
    assert_eq!(earned(&result, &order), [0, 0, 10_000, 1_000]);
}

fn a_program_pays_no_more_levels_than_it_has(run: &Run) {
    let shares = in_network(run, levels("commission", ["10"]), &Order::single("1000.00"));
    assert_eq!(shares, [10_000, 1_000, 0, 0]);
}

fn somebody_above_who_buys_earns_nothing_of_it(run: &Run) {
    let order = Order::single("1000.00").buyer(99, "Bob+shop@example.com");
    let shares = in_network(run, levels("commission", ["10", "5", "2"]), &order);
    assert_eq!(shares, [10_000, 0, 500, 200]);
}

fn nobody_above_earns_of_a_self_referral(run: &Run) {
    let order = Order::single("1000.00").buyer(99, "anna@example.com");
    let result = run.play(&network(levels("sale", ["10", "5", "2"])).order(&order));
    assert_eq!(earned(&result, &order), [0; 4]);
    assert_eq!(result.order(&order).no_credit_reason(), Some("self_referral"));
}

fn somebody_blocked_later_gives_back_in_proportion(run: &Run) {
    let order = Order::of([line("A", 2, "500.00")]);
    let told = network(levels("commission", ["10", "5", "2"]))
        .order(&order)
        .set_affiliate(&day(1), "bob", json!({"status": "blocked"}))
        .refund(&order.refund(&day(2)).units("A", 1));
    assert_eq!(earned(&run.play(&told), &order), [5_000, 500, 250, 100]);
}

fn an_order_keeps_those_who_were_above_when_it_came(run: &Run) {
    let (old, new) = (Order::nth(1, "1000.00"), Order::nth(3, "1000.00"));
    let told = network(levels("commission", ["10", "5"]))
        .order(&old)
        .set_affiliate(&day(2), "anna", json!({"upline": "dora"}))
        .order(&new)
        .refund(&old.refund(&day(4)).amount("500.00"));
    let result = run.play(&told);
    assert_eq!(earned(&result, &old), [5_000, 500, 250, 0]);
    assert_eq!(earned(&result, &new), [10_000, 0, 0, 1_000]);
}

fn a_review_is_about_all_levels(run: &Run) {
    let order = Order::single("1000.00");
    let result = run.play(&network(levels("commission", ["10", "5"])).approved(&order));
    assert_eq!(result.balance("anna"), ("0.00", "100.00", "0.00"));
    assert_eq!(result.balance("bob"), ("0.00", "10.00", "0.00"));
    assert_eq!(result.balance("cleo"), ("0.00", "5.00", "0.00"));
}

fn a_rejection_takes_every_level_back(run: &Run) {
    let order = Order::single("1000.00");
    let told = network(levels("commission", ["10", "5"])).order(&order);
    let fraud = Some("fraud:velocity");
    let result = run.play(&told.review(&day(1), &order, "rejected", fraud));
    assert_eq!(earned(&result, &order), [0; 4]);
    let reasons = result.order(&order).entry_reasons();
    assert_eq!(reasons.iter().filter(|reason| **reason == fraud).count(), 3);
}

fn an_assignment_moves_the_levels_with_the_credit(run: &Run) {
    let order = Order::single("1000.00");
    let told =
        network(levels("commission", ["10", "5"])).order(&order).assign(&day(1), &order, "cleo");
    // Cleo has Dora above; Anna's and Bob's parts go back.
    let result = run.play(&told);
    assert_eq!(earned(&result, &order), [0, 0, 10_000, 1_000]);
    assert_eq!(result.balance("bob"), ("0.00", "0.00", "0.00"));
}

/// A network in which every click has a share, and an order that Anna and this affiliate share.
fn shared_with(other: &str) -> (Scenario, Order) {
    let order = Order::single("1000.00").codes([]).placed_at(&day(6));
    let told = network(levels("commission", ["10", "5"]))
        .affiliate("erin", json!({"upline": "bob"}))
        .shop(json!({"click_model": "linear"}))
        .click(&day(1), "v1", "ref=ANNA")
        .click(&day(2), "v1", &format!("ref={}", other.to_uppercase()))
        .order_of("v1", &order);
    (told, order)
}

fn each_share_of_a_split_order_has_its_own_levels(run: &Run) {
    let (told, order) = shared_with("erin");
    let result = run.play(&told);
    // Both halves have Bob above, and Cleo above him.
    assert_eq!(earned(&result, &order), [5_000, 1_000, 500, 0]);
    assert_eq!(result.order(&order).earned_minor("erin"), 5_000);
    let back = run.play(&told.refund(&order.full_refund(&day(8))));
    assert_eq!(earned(&back, &order), [0; 4]);
}

fn somebody_above_may_have_a_share_as_well(run: &Run) {
    let (told, order) = shared_with("bob");
    // Bob: his half, and 10 % of Anna's. Cleo: 5 % of Anna's and 10 % of Bob's. Dora: 5 % of Bob's.
    assert_eq!(earned(&run.play(&told), &order), [5_000, 5_500, 750, 250]);
}

fn a_refund_after_the_payout_is_a_debt_on_every_level(run: &Run) {
    let order = Order::nth(1, "1000.00");
    let pay = |told: Scenario, key: &str| told.event(&day(10), "payout", json!({"affiliate": key}));
    let told = network(levels("commission", ["10", "5"])).approved(&order);
    let told = pay(pay(told, "anna"), "bob").refund(&order.full_refund(&day(20)));
    let result = run.play(&told);
    assert_eq!(result.balance("anna"), ("0.00", "-100.00", "100.00"));
    assert_eq!(result.balance("bob"), ("0.00", "-10.00", "10.00"));
    assert_eq!(result.balance("cleo"), ("0.00", "0.00", "0.00"));
}

fn levels_wait_for_payment_with_the_order(run: &Run) {
    let order = Order::single("1000.00").unpaid();
    let told = network(levels("commission", ["10"])).order(&order);
    assert_eq!(earned(&run.play(&told), &order), [0; 4]);
    let paid = told.webhook(&day(2), "orders/paid", order.paid(&day(2)).payload());
    assert_eq!(earned(&run.play(&paid), &order), [10_000, 1_000, 0, 0]);
}

fn an_edit_after_approval_raises_no_level_without_consent(run: &Run) {
    let order = Order::single("1000.00");
    let raised = order.with_added(&day(2), line("B", 1, "500.00"));
    let told = network(levels("sale", ["2"])).approved(&order).updated(&raised);
    assert_eq!(earned(&run.play(&told), &order), [10_000, 2_000, 0, 0]);
}

fn a_loop_is_refused(_: &Run) {
    let loops = network(levels("commission", ["10"])).affiliate("dora", json!({"upline": "anna"}));
    let refused = tributary::simulate::run_file(&loops.document().to_string()).unwrap_err();
    assert!(
        refused.to_string().contains("upline: an affiliate cannot be above itself"),
        "{refused}"
    );
}
