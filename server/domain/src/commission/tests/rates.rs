//! Which rate a line earns.

use super::*;

fn percent(value: &str) -> serde_json::Value {
    json!({"type": "percent", "value": value})
}

fn rate(matching: serde_json::Value, value: &str) -> serde_json::Value {
    json!({"match": matching, "commission": percent(value)})
}

/// 100.00 under these special rates, with a program of 10 %.
fn hundred(special: serde_json::Value, context: &CommissionContext) -> String {
    let rules = rules(json!({"rates": special, "product_collections": {"100": [7, 8]}}));
    let commission = commission_of(&order_of("USD", "100.00").state(), &rules, context).unwrap();
    commission.total.decimal()
}

#[test]
fn the_most_specific_special_rate_wins_whatever_the_order_in_the_list() {
    let by_coupon =
        CommissionContext { method: Method::Coupon, coupon: Some("vip".to_owned()), ..context() };
    // From the least specific to the most: each beats all before it.
    let ladder = [
        rate(json!({"customer": "new"}), "11"),
        rate(json!({"affiliate": "anna"}), "12"),
        rate(json!({"coupon": "VIP"}), "13"),
        rate(json!({"collection_id": 7}), "14"),
        rate(json!({"product_id": 100}), "15"),
        rate(json!({"product_id": 100, "affiliate": "ANNA"}), "16"),
    ];
    for rungs in 1..=ladder.len() {
        let mut listed = ladder[..rungs].to_vec();
        let expected = format!("{}.00", 10 + rungs);
        assert_eq!(hundred(json!(listed), &by_coupon), expected);
        listed.reverse();
        assert_eq!(hundred(json!(listed), &by_coupon), expected);
    }
}

#[test]
fn of_several_collections_the_highest_rate_counts() {
    let special = json!([
        rate(json!({"collection_id": 7}), "12"),
        rate(json!({"collection_id": 8}), "15"),
        rate(json!({"collection_id": 9}), "99"),
    ]);
    assert_eq!(hundred(special, &context()), "15.00");
}

#[test]
fn a_variant_is_more_specific_than_its_product() {
    let special =
        json!([rate(json!({"product_id": 100}), "15"), rate(json!({"variant_id": 1000}), "5"),]);
    assert_eq!(hundred(special, &context()), "5.00");
}

#[test]
fn a_rate_whose_conditions_do_not_all_hold_is_not_used() {
    let special = json!([
        rate(json!({"product_id": 100, "customer": "returning"}), "20"),
        rate(json!({"affiliate": "bob"}), "30"),
        rate(json!({"coupon": "VIP"}), "40"),
    ]);
    assert_eq!(hundred(special, &context()), "10.00");
}

#[test]
fn a_special_rate_of_zero_is_a_rate() {
    assert_eq!(hundred(json!([rate(json!({"product_id": 100}), "0")]), &context()), "0.00");
}

#[test]
fn g63_new_and_returning_customers_can_have_rates_of_their_own() {
    let both = rules(json!({"rates": [
        rate(json!({"customer": "new"}), "20"), rate(json!({"customer": "returning"}), "10"),
    ]}));
    let earned = |customer| {
        let context = CommissionContext { customer, ..context() };
        commission_of(&order_of("USD", "25.00").state(), &both, &context).unwrap().total.decimal()
    };
    assert_eq!(earned(CustomerKind::New), "5.00");
    assert_eq!(earned(CustomerKind::Returning), "2.50");
}

#[test]
fn g64_returning_customers_can_be_refused() {
    let new_only = rules(json!({"customers": "new_only"}));
    let returning = CommissionContext { customer: CustomerKind::Returning, ..context() };
    let commission = commission_of(&r().state(), &new_only, &returning).unwrap();
    assert_eq!(commission.zero_reason, Some(Reason::NotNewCustomer));
    assert_eq!(commission.total.minor, 0);
    assert_eq!(total(&r().state(), &new_only), "9.00");
}

#[test]
fn g66_a_coupon_can_have_its_own_rate() {
    let rules = rules(json!({
        "commission": percent("20"), "rates": [rate(json!({"coupon": "ANNA10"}), "10")],
    }));
    let with_coupon = order_of("USD", "100.00").discount(A, "10.00");
    let coupon = CommissionContext {
        method: Method::Coupon,
        coupon: Some(" anna10".to_owned()),
        ..context()
    };
    let by_coupon = commission_of(&with_coupon.state(), &rules, &coupon).unwrap();
    assert_eq!(by_coupon.total.decimal(), "9.00");
    assert_eq!(by_coupon.lines[0].why, "special rate: coupon");
    assert_eq!(total(&order_of("USD", "100.00").state(), &rules), "20.00");
}

#[test]
fn a_flat_amount_per_order_is_paid_once_beside_a_special_product() {
    let rules = rules(json!({
        "commission": {"type": "flat_per_order", "value": "10.00"},
        "rates": [rate(json!({"product_id": 200}), "20")],
    }));
    // B: 36.00 at 20 %; A: the flat amount.
    assert_eq!(total(&r().state(), &rules), "17.20");
    assert_eq!(total(&r().after(&[one_a(7)]), &rules), "17.20");
    assert_eq!(total(&r().after(&[refund(7).item(A, 2, 5_400)]), &rules), "7.20");
}

#[test]
fn two_special_flat_amounts_are_two() {
    let flat = |product, value: &str| {
        json!({"match": {"product_id": product},
               "commission": {"type": "flat_per_order", "value": value}})
    };
    let rules = rules(json!({"rates": [flat(100, "3.00"), flat(200, "4.00")]}));
    assert_eq!(total(&r().state(), &rules), "7.00");
}

#[test]
fn shipping_never_earns_a_flat_amount() {
    let flat = rules(json!({
        "commission": {"type": "flat_per_order", "value": "10.00"}, "base": {"shipping": true},
    }));
    assert_eq!(total(&r().state(), &flat), "10.00");
    assert_eq!(total(&r().after(&[all_of_r(7)]), &flat), "0.00");
}

fn subscription() -> crate::program::ProgramRules {
    rules(json!({"recurring": {
        "steps": [{"charges": 3, "commission": percent("40")}, {"commission": percent("20")}],
        "max_charges": 12,
    }}))
}

fn charge(number: i64) -> CommissionContext {
    CommissionContext { charge_number: Some(number), ..context() }
}

#[test]
fn g77_the_first_charges_of_a_subscription_can_earn_more() {
    let order = order_of("USD", "100.00").state();
    let earned = [1, 2, 3, 4, 5].map(|number| {
        commission_of(&order, &subscription(), &charge(number)).unwrap().total.decimal()
    });
    assert_eq!(earned, ["40.00", "40.00", "40.00", "20.00", "20.00"]);
}

#[test]
fn g78_after_the_last_charge_that_earns_the_term_has_ended() {
    let order = order_of("USD", "100.00").state();
    let at = |number| commission_of(&order, &subscription(), &charge(number)).unwrap();
    assert_eq!((at(12).total.decimal(), at(12).zero_reason), ("20.00".to_owned(), None));
    let ended = at(13);
    assert_eq!((ended.total.minor, ended.zero_reason), (0, Some(Reason::TermEnded)));
}

#[test]
fn a_single_purchase_beside_an_ended_subscription_still_earns() {
    let order = order("USD").line(A, 1, "100.00").line(B, 1, "50.00");
    let order = order.edit_line(A, |line| line.subscription = true);
    let commission = commission_of(&order.state(), &subscription(), &charge(13)).unwrap();
    assert_eq!((commission.total.decimal(), commission.zero_reason), ("5.00".to_owned(), None));
    assert_eq!(commission.lines[0].why, "term ended");
}

#[test]
fn charges_after_the_last_step_earn_the_program_rate() {
    let short =
        rules(json!({"recurring": {"steps": [{"charges": 1, "commission": percent("40")}]}}));
    let order = order_of("USD", "100.00").state();
    assert_eq!(commission_of(&order, &short, &charge(2)).unwrap().total.decimal(), "10.00");
}

#[test]
fn a_single_purchase_does_not_use_recurring_rates() {
    assert_eq!(total(&order_of("USD", "100.00").state(), &subscription()), "10.00");
}

#[test]
fn of_two_equally_specific_rates_the_one_with_more_conditions_counts() {
    let mut special = vec![
        rate(json!({"product_id": 100}), "30"),
        rate(json!({"product_id": 100, "customer": "new"}), "5"),
    ];
    assert_eq!(hundred(json!(special), &context()), "5.00");
    special.reverse();
    assert_eq!(hundred(json!(special), &context()), "5.00");
}

#[test]
fn a_coupons_rate_is_for_orders_credited_through_it() {
    let by_link = CommissionContext { coupon: Some("VIP".to_owned()), ..context() };
    assert_eq!(hundred(json!([rate(json!({"coupon": "VIP"}), "20")]), &by_link), "10.00");
}
