//! Rules that meet: cases that nobody gave us, computed by hand from the domain rules. Each comment is the
//! computation.

use serde_json::{Value, json};

use super::{
    builder::{Line, Order, Scenario, day, flat_per_item, line, percent, rate},
    harness::{Run, golden},
};

golden![
    dinars_with_tax_inside_are_shared_refunded_and_edited,
    yen_in_slices_are_shared_with_a_level_above_and_go_back,
    a_demotion_leaves_the_rate_and_the_levels_of_orders_before_it,
    an_exchange_in_yen_below_the_cap_ends_what_the_cap_held_back,
    a_bonus_in_another_currency_goes_back_with_an_edit_and_comes_again,
    an_edit_lifts_a_new_customers_order_over_the_minimum_and_a_refund_drops_it,
    money_without_items_falls_on_the_special_line_but_not_on_flat_items,
    three_levels_of_a_sale_in_dinars_round_alone_up_and_down,
    a_chargeback_of_a_shared_order_that_was_paid_is_a_debt_in_each_currency,
    a_renewal_at_its_own_rate_crosses_a_tier_only_for_the_next_one,
    a_new_version_between_order_and_edit_changes_neither,
    a_coupon_rate_holds_although_the_link_of_somebody_else_is_assigned_later,
    a_minimum_payout_is_netted_over_levels_and_adjusted_orders,
    a_gift_card_a_tip_and_duties_never_count_in_any_split,
];

fn amounts_of(run: &Run, told: &Scenario, order: &Order, who: &str) -> (i64, i64) {
    let result = run.play(told);
    let played = result.order(order);
    (played.earned_minor(who), played.paid_out_minor_of(who))
}

/// Anna and Bob clicked before the order of day 6, by one visitor.
fn shared_by_two(setting: Scenario) -> Scenario {
    setting
        .affiliate("bob", json!({}))
        .shop(json!({"click_model": "linear"}))
        .click(&day(1), "v1", "ref=ANNA")
        .click(&day(2), "v1", "ref=BOB")
}

fn linked(lines: impl IntoIterator<Item = Line>) -> Order {
    Order::of(lines).codes([]).placed_at(&day(6))
}

fn dinars_with_tax_inside_are_shared_refunded_and_edited(run: &Run) {
    // 3 × 11.500 holds 4.500 of tax: 30.000, of which 10 % is 3.000, 1.500 for each of two.
    let order = linked([line("A", 3, "11.500").tax("4.500")]).currency("KWD").taxes_included();
    let setting = shared_by_two(Scenario::golden().shop(json!({"currency": "KWD"})));
    let placed = setting.order_of("v1", &order);
    assert_eq!(amounts_of(run, &placed, &order, "bob"), (1_500, 1_500));
    // A unit back: 20.000 are left, 1.000 for each.
    let back = order.refund(&day(7)).units("A", 1);
    let refunded = placed.refund(&back);
    assert_eq!(amounts_of(run, &refunded, &order, "bob"), (1_000, 1_000));
    // Another one edited out: 10.000 are left, 0.500 for each.
    let edited = refunded.updated(&order.refunded(&back).with_removed(&day(8), "A", 1));
    assert_eq!(amounts_of(run, &edited, &order, "anna"), (500, 500));
    assert_eq!(amounts_of(run, &edited, &order, "bob"), (500, 500));
}

fn yen_in_slices_are_shared_with_a_level_above_and_go_back(run: &Run) {
    // 5,000 at 5 % and 5,001 at 10 % are 750.1, so 750: 375 for each of two. Cleo has 11 % of
    // Bob's 375, which is 41.25.
    let step = |from: &str, value: &str| json!({"from": from, "commission": percent(value)});
    let tiers = json!({"mode": "marginal", "steps": [step("0", "5"), step("5000", "10")]});
    let setting = Scenario::golden()
        .shop(json!({"currency": "JPY"}))
        .program(json!({"order_value_tiers": tiers, "levels": [{"percent": "11"}]}))
        .affiliate("cleo", json!({}));
    let setting = shared_by_two(setting).affiliate("bob", json!({"upline": "cleo"}));
    let order = linked([line("A", 1, "10001")]).currency("JPY");
    let placed = setting.order_of("v1", &order);
    let earned = |told: &Scenario| {
        let result = run.play(told);
        ["anna", "bob", "cleo"].map(|who| result.order(&order).earned_minor(who))
    };
    assert_eq!(earned(&placed), [375, 375, 41]);
    // 2,001 back: 5,000 at 5 % and 3,000 at 10 % are 550; 275 each; 11 % of that is 30.25.
    let part = placed.clone().refund(&order.refund(&day(7)).amount("2001"));
    assert_eq!(earned(&part), [275, 275, 30]);
    let all = placed.refund(&order.full_refund(&day(8)));
    assert_eq!(earned(&all), [0, 0, 0]);
}

fn a_demotion_leaves_the_rate_and_the_levels_of_orders_before_it(run: &Run) {
    let tiers = json!({"scope": "month", "demote": true,
        "steps": [{"from": "1000.00", "commission": percent("20")}]});
    let setting = Scenario::golden()
        .percent("5")
        .program(json!({"performance_tiers": tiers, "levels": [{"percent": "10"}]}))
        .affiliate("bob", json!({"payout_currency": "EUR", "payout_rate": "0.5"}))
        .affiliate("anna", json!({"upline": "bob"}));
    let (first, third) = (Order::nth(1, "1000.00"), Order::nth(4, "100.00"));
    let second = Order::of([line("A", 2, "50.00")]).id(1_002).placed_at(&day(2));
    let told = setting
        .approved(&first)
        .order(&second)
        .refund(&first.full_refund(&day(3)))
        .order(&third)
        .refund(&second.refund(&day(5)).units("A", 1));
    let result = run.play(&told);
    // Promoted: 20 % of 100, then of the 50 that are left; Bob's 10 % of it, half of that in euros.
    assert_eq!(result.order(&second).earned_minor("anna"), 1_000);
    let bob =
        (result.order(&second).earned_minor("bob"), result.order(&second).paid_out_minor_of("bob"));
    assert_eq!(bob, (100, 50));
    // Demoted by the refund: 5 %.
    assert_eq!(result.order(&third).earned_minor("anna"), 500);
    assert_eq!(result.order(&first).earned_minor("anna"), 0);
}

fn an_exchange_in_yen_below_the_cap_ends_what_the_cap_held_back(run: &Run) {
    // 11,000 with 1,000 of tax inside: 10 % of 10,000 is 1,000, held to 900. It goes back, and
    // 8,800 with 800 of tax comes instead: 800.
    let order = Order::of([line("A", 1, "11000").tax("1000")]).currency("JPY").taxes_included();
    let back = order.refund(&day(1)).units("A", 1);
    let after = order.refunded(&back).with_added(&day(2), line("C", 1, "8800").tax("800"));
    let setting = Scenario::golden()
        .shop(json!({"currency": "JPY"}))
        .program(json!({"cap_per_order": "900"}));
    let result = run.play(&setting.order(&order).refund(&back).updated(&after));
    assert_eq!(result.order(&order).commission(), "800");
    assert_eq!(result.order(&order).amounts(), ["900", "-900", "800"]);
}

fn a_bonus_in_another_currency_goes_back_with_an_edit_and_comes_again(run: &Run) {
    let bonus =
        json!([{"scope": "month", "from": "1000.00", "amount": "25.00", "take_back": true}]);
    let order = Order::of([line("A", 1, "900.00"), line("B", 1, "100.00")]).placed_at(&day(1));
    let told = Scenario::golden()
        .program(json!({"bonuses": bonus}))
        .affiliate("anna", json!({"payout_currency": "EUR", "payout_rate": "0.9"}))
        .order(&order)
        .review(&day(2), &order, "approved", None)
        .updated(&order.with_removed(&day(3), "B", 1));
    let booked = |told: &Scenario| -> Vec<(String, String)> {
        let result = run.play(told);
        let bonuses = result.list("entries").iter().filter(|one| one["kind"] == "bonus");
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        bonuses.map(|one| (text(&one["amount"]), text(&one["payout_amount"]))).collect()
    };
    let pair = |amount: &str, paid: &str| (amount.to_owned(), paid.to_owned());
    assert_eq!(booked(&told), [pair("25.00", "22.50"), pair("-25.00", "-22.50")]);
    // 900 and 100 are 1,000 again.
    let again = told.approved(&Order::nth(4, "100.00"));
    let expected = [pair("25.00", "22.50"), pair("-25.00", "-22.50"), pair("25.00", "22.50")];
    assert_eq!(booked(&again), expected);
}

fn an_edit_lifts_a_new_customers_order_over_the_minimum_and_a_refund_drops_it(run: &Run) {
    let setting = Scenario::golden().program(json!({
        "minimum_order": "100.00",
        "rates": [rate(json!({"customer": "new"}), percent("20"))],
    }));
    let order = Order::of([line("A", 1, "90.00")]);
    let raised = order.with_added(&day(1), line("C", 1, "20.00"));
    let told = setting.order(&order);
    assert_eq!(run.play(&told).order(&order).no_credit_reason(), Some("minimum_order"));
    // 20 % of 110.00; without C it is below the minimum again.
    let told = told.updated(&raised).refund(&raised.refund(&day(2)).units("C", 1));
    assert_eq!(run.play(&told).order(&order).amounts(), ["22.00", "-22.00"]);
}

fn money_without_items_falls_on_the_special_line_but_not_on_flat_items(run: &Run) {
    // A: 2 × 5.00 flat. B: 20 % of 40.00. Of 10.00 given back 4.00 fall on B: 20 % of 36.00.
    let setting = Scenario::golden().program(json!({
        "commission": flat_per_item("5.00"),
        "rates": [rate(json!({"product_id": 632_910_393}), percent("20"))],
    }));
    let order = Order::of([line("A", 2, "30.00"), line("B", 1, "40.00")]);
    let told = setting.order(&order).refund(&order.refund(&day(1)).amount("10.00"));
    assert_eq!(run.play(&told).order(&order).amounts(), ["18.00", "-0.80"]);
}

fn three_levels_of_a_sale_in_dinars_round_alone_up_and_down(run: &Run) {
    let level = |points: &str| json!({"percent": points, "of": "sale"});
    let setting = Scenario::golden()
        .shop(json!({"currency": "KWD"}))
        .program(json!({"levels": [level("2"), level("1"), level("0.5")]}))
        .affiliate("dora", json!({}))
        .affiliate("cleo", json!({"upline": "dora"}))
        .affiliate("bob", json!({"upline": "cleo"}))
        .affiliate("anna", json!({"upline": "bob"}));
    let order = Order::of([line("A", 1, "33.335")]).currency("KWD");
    let earned = |told: &Scenario| {
        let result = run.play(told);
        ["anna", "bob", "cleo", "dora"].map(|who| result.order(&order).earned_minor(who))
    };
    // 3.3335, 0.6667, 0.33335 and 0.166675.
    let placed = setting.order(&order);
    assert_eq!(earned(&placed), [3_334, 667, 333, 167]);
    // 30.000 are left: 3.000, 0.600, 0.300 and 0.150.
    let part = placed.refund(&order.refund(&day(1)).amount("3.335"));
    assert_eq!(earned(&part), [3_000, 600, 300, 150]);
}

fn a_chargeback_of_a_shared_order_that_was_paid_is_a_debt_in_each_currency(run: &Run) {
    let setting = shared_by_two(Scenario::golden())
        .affiliate("anna", json!({"payout_currency": "JPY", "payout_rate": "150"}));
    let order = linked([line("A", 1, "100.00")]);
    let dispute = json!({
        "id": 598_735_659, "order_id": order.id, "type": "chargeback", "status": "lost",
        "amount": "100.00", "currency": "USD", "reason": "fraudulent",
        "initiated_at": day(15), "finalized_on": null,
    });
    let told = setting
        .order_of("v1", &order)
        .review(&day(7), &order, "approved", None)
        .event(&day(9), "payout", json!({"affiliate": "anna"}))
        .webhook(&day(20), "disputes/update", dispute);
    let result = run.play(&told);
    // 5.00 for each; Anna's 750 yen were paid and are owed, Bob's were never paid.
    assert_eq!(result.balance("anna"), ("0.00", "-5.00", "5.00"));
    assert_eq!(result.balance("bob"), ("0.00", "0.00", "0.00"));
    assert_eq!(result.order(&order).paid_out_minor_of("anna"), 0);
}

fn a_renewal_at_its_own_rate_crosses_a_tier_only_for_the_next_one(run: &Run) {
    // Charges earn 40 %, then 20 %, whatever the tiers say; but they count as sales: what is bought
    // beside them is at 5 % below 250.00 approved and at 10 % from it on.
    let setting = Scenario::golden().percent("5").program(json!({
        "performance_tiers": {"steps": [{"from": "250.00", "commission": percent("10")}]},
        "recurring": {"steps": [
            {"charges": 1, "commission": percent("40")}, {"commission": percent("20")}]},
    }));
    let charge = |n: u64| {
        let order = Order::of([line("A", 1, "125.00").selling_plan(7)]).id(2_000 + n);
        let order = order.placed_at(&day(i64::try_from(n).expect("few") * 2));
        if n == 1 { order } else { order.source("subscription_contract") }
    };
    let (one, two, three) = (charge(1), charge(2), charge(3));
    let beside = |n: u64| Order::nth(n, "100.00").buyer(9, "nine@example.net");
    let (before, after) = (beside(3), beside(7));
    let told = setting.approved(&one).order(&before).approved(&two).order(&three).order(&after);
    let result = run.play(&told);
    let earned = [&one, &two, &three, &before, &after].map(|one| result.order(one).commission());
    assert_eq!(earned, ["50.00", "25.00", "25.00", "5.00", "10.00"]);
}

fn a_new_version_between_order_and_edit_changes_neither(run: &Run) {
    // Placed under 10 % with a cap of 9.50; under the new version 50 % without one.
    let order = Order::reference();
    let raised = order.with_added(&day(2), line("C", 1, "20.00"));
    let told = Scenario::golden()
        .program(json!({"cap_per_order": "9.50"}))
        .order(&order)
        .set_program(&day(1), json!({"commission": percent("50"), "cap_per_order": null}))
        .updated(&raised)
        .refund(&raised.refund(&day(3)).units("B", 1));
    let result = run.play(&told);
    // 9.00; 11.00 held to 9.50; 7.40 without B.
    assert_eq!(result.order(&order).amounts(), ["9.00", "0.50", "-2.10"]);
    assert_eq!(result.order(&order).version(), 1);
}

fn a_coupon_rate_holds_although_the_link_of_somebody_else_is_assigned_later(run: &Run) {
    // Anna's coupon earns 30 %. Assigned to Bob, there is no coupon of his on the order: 10 %.
    let setting = Scenario::golden()
        .program(json!({"rates": [rate(json!({"coupon": "ANNA10"}), percent("30"))]}))
        .affiliate("bob", json!({}));
    let order = Order::reference();
    let assigned = setting.order(&order).assign(&day(1), &order, "bob");
    let result = run.play(&assigned);
    let earned = ["anna", "bob"].map(|who| result.order(&order).earned_minor(who));
    assert_eq!(earned, [0, 900]);
    // And back: the conversion keeps what it was judged by when the order came.
    let result = run.play(&assigned.assign(&day(2), &order, "anna"));
    let earned = ["anna", "bob"].map(|who| result.order(&order).earned_minor(who));
    assert_eq!(earned, [2_700, 0]);
}

fn a_minimum_payout_is_netted_over_levels_and_adjusted_orders(run: &Run) {
    // Bob has 10 % of Anna's 100.00 and 50.00, and 30.00 of an order of his own: 45.00; then
    // half of the first one goes back: 40.00.
    let own = Order::nth(3, "300.00").codes(["BOB10"]);
    let first = Order::of([line("A", 2, "500.00")]).id(1_001).placed_at(&day(1));
    let second = Order::nth(2, "500.00");
    let setting = |least: &str| {
        Scenario::golden()
            .program(json!({"levels": [{"percent": "10"}], "minimum_payout": least}))
            .affiliate("bob", json!({"coupons": ["BOB10"]}))
            .affiliate("anna", json!({"upline": "bob"}))
            .approved(&first)
            .approved(&second)
            .approved(&own)
            .refund(&first.refund(&day(4)).units("A", 1))
            .event(&day(5), "payout", json!({"affiliate": "bob"}))
    };
    assert_eq!(run.play(&setting("40.01")).balance("bob"), ("0.00", "40.00", "0.00"));
    assert_eq!(run.play(&setting("40.00")).balance("bob"), ("0.00", "0.00", "40.00"));
}

fn a_gift_card_a_tip_and_duties_never_count_in_any_split(run: &Run) {
    // Only A's 60.00 count: 6.00, 3.00 for each.
    let order = linked([
        line("A", 2, "30.00"),
        line("B", 1, "50.00").gift_card(),
        line("T", 1, "7.00").tip(),
    ])
    .duties("9.00")
    .shipping("4.00");
    let placed = shared_by_two(Scenario::golden()).order_of("v1", &order);
    assert_eq!(amounts_of(run, &placed, &order, "anna"), (300, 300));
    let back = placed.clone().refund(&order.refund(&day(7)).units("B", 1));
    assert_eq!(amounts_of(run, &back, &order, "bob"), (300, 300));
    let half = placed.refund(&order.refund(&day(8)).units("A", 1));
    assert_eq!(amounts_of(run, &half, &order, "bob"), (150, 150));
}
