//! Attribution between the golden cases: spellings, split credit, manual assignment, order sources
//! (domain rules 3.1).

use serde_json::json;

use super::{
    builder::{Order, Scenario, day, later, line},
    harness::{Run, golden},
};

golden![
    an_order_without_code_or_click_credits_nobody,
    codes_are_compared_without_regard_to_case,
    a_link_code_is_compared_without_regard_to_case,
    a_foreign_code_leaves_the_link_in_charge,
    a_click_of_another_visitor_does_not_count,
    a_click_after_the_order_does_not_count,
    the_program_decides_the_window_before_the_shop,
    a_product_binding_is_the_last_resort,
    a_customer_binding_beats_a_click,
    a_manual_assignment_credits_an_order_without_a_candidate,
    a_manual_assignment_moves_the_credit,
    linear_credit_is_shared_to_the_cent,
    a_pending_affiliate_earns_nothing,
    an_order_of_the_point_of_sale_is_credited_by_its_coupon,
    order_ids_beyond_two_to_the_53rd_stay_exact,
    two_orders_of_one_click_are_both_credited,
    a_test_order_earns_nothing,
    a_landing_that_only_the_cart_tells_of_is_credited,
];

/// Anna, Bob and Cleo, without anything that happened yet.
fn three_affiliates() -> Scenario {
    Scenario::golden().affiliate("bob", json!({})).affiliate("cleo", json!({}))
}

/// An order without a code, placed by visitor `v1` on day 6.
fn linked_order() -> Order {
    Order::reference().codes([]).placed_at(&day(6))
}

#[track_caller]
fn assert_credited(run: &Run, scenario: &Scenario, order: &Order, affiliate: &str, method: &str) {
    let result = run.play(scenario);
    assert_eq!(result.order(order).affiliate(), Some(affiliate));
    assert_eq!(result.order(order).method(), Some(method));
    assert_eq!(result.order(order).no_credit_reason(), None);
    assert_eq!(result.order(order).earned_minor(affiliate), 900);
}

#[track_caller]
fn assert_not_credited(run: &Run, scenario: &Scenario, order: &Order) {
    let result = run.play(scenario);
    assert_eq!(result.order(order).affiliate(), None);
    assert!(result.order(order).has_no_conversion());
    assert!(result.order(order).no_credit_reason().is_some(), "every order has a reason");
}

fn a_landing_that_only_the_cart_tells_of_is_credited(run: &Run) {
    for attribute in
        ["raw~?ref=ANNA&sub1=7", "9999999999~~1*2*BOB~@report-1/products/x?ref=ANNA&sub1=7"]
    {
        let order = linked_order();
        let mut payload = order.payload();
        payload["note_attributes"] = json!([{"name": "__rf", "value": attribute}]);
        let scenario = three_affiliates().webhook(&day(6), "orders/create", payload);
        assert_credited(run, &scenario, &order, "anna", "link");
    }
}

fn an_order_without_code_or_click_credits_nobody(run: &Run) {
    let order = linked_order();
    assert_not_credited(run, &three_affiliates().order(&order), &order);
}

fn codes_are_compared_without_regard_to_case(run: &Run) {
    let order = Order::reference().codes(["anna10"]);
    assert_credited(run, &three_affiliates().order(&order), &order, "anna", "coupon");
}

fn a_link_code_is_compared_without_regard_to_case(run: &Run) {
    let order = linked_order();
    let scenario = three_affiliates().click(&day(5), "v1", "ref=bOb").order_of("v1", &order);
    assert_credited(run, &scenario, &order, "bob", "link");
}

fn a_foreign_code_leaves_the_link_in_charge(run: &Run) {
    let order = Order::reference().codes(["SPRING"]).placed_at(&day(6));
    let scenario = three_affiliates().click(&day(5), "v1", "ref=BOB").order_of("v1", &order);
    assert_credited(run, &scenario, &order, "bob", "link");
}

fn a_click_of_another_visitor_does_not_count(run: &Run) {
    let order = linked_order();
    let scenario = three_affiliates().click(&day(5), "v2", "ref=BOB").order_of("v1", &order);
    assert_not_credited(run, &scenario, &order);
}

fn a_click_after_the_order_does_not_count(run: &Run) {
    let order = linked_order();
    let clicked = three_affiliates().click(&later(&day(6), 60), "v1", "ref=BOB");
    // The payload is delivered late, with the cart attribute written since.
    let scenario = clicked.webhook_of("v1", &later(&day(6), 120), "orders/create", &order);
    assert_not_credited(run, &scenario, &order);
}

fn the_program_decides_the_window_before_the_shop(run: &Run) {
    let order = linked_order();
    let scenario = three_affiliates()
        .shop(json!({"window_days": 30}))
        .program(json!({"window_days": 1}))
        .click(&day(4), "v1", "ref=BOB")
        .order_of("v1", &order);
    assert_not_credited(run, &scenario, &order);
}

fn a_product_binding_is_the_last_resort(run: &Run) {
    let order = linked_order();
    let bound = three_affiliates().affiliate("cleo", json!({"products": [632_910_393]}));
    assert_credited(run, &bound.clone().order(&order), &order, "cleo", "product");
    let scenario = bound.click(&day(5), "v1", "ref=BOB").order_of("v1", &order);
    assert_credited(run, &scenario, &order, "bob", "link");
}

fn a_customer_binding_beats_a_click(run: &Run) {
    let order = linked_order();
    let scenario = three_affiliates()
        .affiliate("cleo", json!({"customers": [207_119_551]}))
        .click(&day(5), "v1", "ref=BOB")
        .order_of("v1", &order);
    assert_credited(run, &scenario, &order, "cleo", "customer");
}

fn a_manual_assignment_credits_an_order_without_a_candidate(run: &Run) {
    let order = linked_order();
    let scenario = three_affiliates().order(&order).assign(&day(7), &order, "bob");
    assert_credited(run, &scenario, &order, "bob", "manual");
}

fn a_manual_assignment_moves_the_credit(run: &Run) {
    let order = Order::reference();
    let scenario = three_affiliates().order(&order).assign(&day(1), &order, "bob");
    let result = run.play(&scenario);
    let played = result.order(&order);
    assert_eq!(played.affiliate(), Some("bob"));
    assert_eq!(played.method(), Some("manual"));
    assert_eq!((played.earned_minor("anna"), played.earned_minor("bob")), (0, 900));
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
    assert_eq!(result.balance("bob"), ("9.00", "0.00", "0.00"));
}

fn linear_credit_is_shared_to_the_cent(run: &Run) {
    let order = Order::of([line("A", 1, "100.00")]).codes([]).placed_at(&day(6));
    let scenario = three_affiliates()
        .shop(json!({"click_model": "linear"}))
        .click(&day(1), "v1", "ref=ANNA")
        .click(&day(2), "v1", "ref=BOB")
        .click(&day(3), "v1", "ref=CLEO")
        .order_of("v1", &order);
    let result = run.play(&scenario);
    let mut shares = ["anna", "bob", "cleo"].map(|key| result.order(&order).earned_minor(key));
    shares.sort_unstable();
    assert_eq!(shares, [333, 333, 334]);

    let refund = order.full_refund(&day(8));
    let result = run.play(&scenario.refund(&refund));
    assert_eq!(["anna", "bob", "cleo"].map(|key| result.order(&order).earned_minor(key)), [0; 3]);
}

fn a_pending_affiliate_earns_nothing(run: &Run) {
    let order = Order::reference();
    let scenario = Scenario::golden().affiliate("anna", json!({"status": "pending"})).order(&order);
    let result = run.play(&scenario);
    assert_eq!(result.order(&order).no_credit_reason(), Some("affiliate_inactive"));
    assert!(result.order(&order).amounts().is_empty());
}

fn an_order_of_the_point_of_sale_is_credited_by_its_coupon(run: &Run) {
    let order = Order::reference().source("pos").guest();
    assert_credited(run, &three_affiliates().order(&order), &order, "anna", "coupon");
}

fn order_ids_beyond_two_to_the_53rd_stay_exact(run: &Run) {
    let order = Order::reference().id(820_982_911_946_154_508);
    let neighbour = Order::reference().id(820_982_911_946_154_509).codes([]);
    let result = run.play(&three_affiliates().order(&order).order(&neighbour));
    assert_eq!(result.order(&order).affiliate(), Some("anna"));
    assert_eq!(result.order(&neighbour).affiliate(), None);
}

fn two_orders_of_one_click_are_both_credited(run: &Run) {
    let (first, second) = (linked_order(), linked_order().id(1_002).placed_at(&day(8)));
    let scenario = three_affiliates()
        .click(&day(5), "v1", "ref=BOB")
        .order_of("v1", &first)
        .order_of("v1", &second);
    assert_credited(run, &scenario, &first, "bob", "link");
    assert_credited(run, &scenario, &second, "bob", "link");
}

fn a_test_order_earns_nothing(run: &Run) {
    let order = Order::reference().test();
    let result = run.play(&three_affiliates().order(&order));
    assert!(result.order(&order).amounts().is_empty());
    assert_eq!(result.balance("anna"), ("0.00", "0.00", "0.00"));
}
