//! What counts: shipping, tax, discounts, gift cards, tips, exclusions.

use super::*;

#[test]
fn g01_the_reference_order_earns_nine() {
    let commission = earns(&r().state(), &plain());
    assert_eq!(commission.total.decimal(), "9.00");
    assert_eq!(commission.sales.decimal(), "90.00");
    let lines: Vec<_> = commission
        .lines
        .iter()
        .map(|line| {
            (line.base.decimal(), line.rate.as_str(), line.commission.decimal(), &*line.why)
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("54.00".to_owned(), "10%", "5.40".to_owned(), "program rate"),
            ("36.00".to_owned(), "10%", "3.60".to_owned(), "program rate"),
        ]
    );
}

#[test]
fn g02_shipping_counts_where_it_is_switched_in() {
    let commission = earns(&r().state(), &rules(json!({"base": {"shipping": true}})));
    assert_eq!(commission.total.decimal(), "10.00");
    let shipping = commission.lines.last().unwrap();
    assert_eq!((shipping.line_item_id, shipping.why.as_str()), (None, "shipping: program rate"));
}

#[test]
fn g03_tax_counts_where_it_is_switched_in() {
    assert_eq!(total(&r().state(), &rules(json!({"base": {"tax": true}}))), "9.80");
}

#[test]
fn g04_discounts_need_not_be_deducted() {
    assert_eq!(total(&r().state(), &rules(json!({"base": {"discounts": "ignore"}}))), "10.00");
}

#[test]
fn g05_flat_per_order_pays_its_amount() {
    let flat = rules(json!({"commission": {"type": "flat_per_order", "value": "10.00"}}));
    let commission = earns(&r().state(), &flat);
    assert_eq!(commission.total.decimal(), "10.00");
    let parts: Vec<_> = commission.lines.iter().map(|line| line.commission.minor).collect();
    assert_eq!(parts, [600, 400]);
    assert_eq!(commission.lines[0].rate, "10.00 per order");
}

#[test]
fn g06_flat_per_item_counts_units() {
    let flat = rules(json!({"commission": {"type": "flat_per_item", "value": "5.00"}}));
    assert_eq!(total(&r().state(), &flat), "15.00");
}

#[test]
fn g07_shipping_is_left_out_of_a_five_percent_order() {
    let order = order_of("USD", "90.00").shipping("10.00", "0.00");
    let five = rules(json!({"commission": {"type": "percent", "value": "5"}}));
    assert_eq!(total(&order.state(), &five), "4.50");
}

#[test]
fn g09_only_excluded_products_are_no_referral() {
    let excluded = rules(json!({"exclude": {"product_ids": [100, 200]}}));
    let commission = earns(&r().state(), &excluded);
    assert_eq!(commission.zero_reason, Some(Reason::ExcludedOnly));
    assert_eq!(commission.total.minor, 0);
    assert!(commission.lines.iter().all(|line| line.why == "excluded product"));
}

#[test]
fn g10_excluded_products_earn_nothing_and_the_rest_does() {
    let order = order("USD").line(A, 1, "50.00").line(B, 1, "50.00");
    let excluded = rules(json!({"exclude": {"product_ids": [200]}}));
    assert_eq!(total(&order.state(), &excluded), "5.00");
}

#[test]
fn a_collection_can_be_excluded() {
    let excluded = rules(json!({
        "exclude": {"collection_ids": [7]}, "product_collections": {"200": [3, 7]},
    }));
    assert_eq!(total(&r().state(), &excluded), "5.40");
}

#[test]
fn g11_a_special_rate_on_the_same_product_beats_the_exclusion() {
    let order = order_of("USD", "20.00");
    let both = rules(json!({
        "exclude": {"product_ids": [100]},
        "rates": [{"match": {"product_id": 100}, "commission": {"type": "percent", "value": "10"}}],
    }));
    assert_eq!(total(&order.state(), &both), "2.00");
}

#[test]
fn a_special_rate_of_a_collection_does_not_beat_the_exclusion() {
    let both = rules(json!({
        "exclude": {"product_ids": [100]}, "product_collections": {"100": [7]},
        "rates": [{"match": {"collection_id": 7}, "commission": {"type": "percent", "value": "10"}}],
    }));
    let commission = earns(&order_of("USD", "20.00").state(), &both);
    assert_eq!(commission.zero_reason, Some(Reason::ExcludedOnly));
}

#[test]
fn another_affiliates_special_rate_does_not_beat_the_exclusion() {
    let both = rules(json!({
        "exclude": {"product_ids": [100]},
        "rates": [{"match": {"product_id": 100, "affiliate": "bob"},
                   "commission": {"type": "percent", "value": "10"}}],
    }));
    let commission = earns(&order_of("USD", "20.00").state(), &both);
    assert_eq!(commission.zero_reason, Some(Reason::ExcludedOnly));
}

#[test]
fn g12_an_excluded_product_is_no_evidence_for_whom_it_is_bound_to() {
    let excluded = rules(json!({"exclude": {"product_ids": [100]}}));
    let order = r();
    assert!(!may_earn(&excluded, &context(), &order.0.lines[0]));
    assert!(may_earn(&excluded, &context(), &order.0.lines[1]));
}

#[test]
fn g13_tax_is_taken_out_of_prices_that_contain_it() {
    let order = order_of("EUR", "119.00").taxes_included().tax(A, "19.00");
    assert_eq!(total(&order.state(), &plain()), "10.00");
    assert_eq!(total(&order.state(), &rules(json!({"base": {"tax": true}}))), "11.90");
}

#[test]
fn g18_the_base_is_what_was_charged() {
    let order = order_of("USD", "50.00").discount(A, "10.00");
    assert_eq!(total(&order.state(), &plain()), "4.00");
}

#[test]
fn g19_gift_cards_earn_nothing() {
    let order = order("USD").line(A, 1, "50.00").line(B, 1, "25.00");
    let order = order.edit_line(A, |line| line.gift_card = true);
    let commission = earns(&order.state(), &plain());
    assert_eq!(commission.total.decimal(), "2.50");
    assert_eq!(commission.lines[1].why, "gift card");
}

#[test]
fn g20_paying_with_a_gift_card_does_not_shrink_the_base() {
    // A gift card as payment is a transaction: the lines do not show it.
    assert_eq!(total(&order_of("USD", "100.00").state(), &plain()), "10.00");
}

#[test]
fn g21_tips_earn_nothing() {
    let order = order("USD").line(A, 1, "100.00").line(B, 1, "5.00");
    let order = order.edit_line(B, |line| (line.tip, line.product_id) = (true, None));
    assert_eq!(total(&order.state(), &plain()), "10.00");
}

#[test]
fn g22_duties_are_not_part_of_the_base() {
    let order = order_of("USD", "100.00").with(|order| order.total_minor = 11_200);
    assert_eq!(total(&order.state(), &plain()), "10.00");
}

#[test]
fn g83_a_fully_discounted_order_is_worth_nothing_without_a_reason() {
    let order = order_of("USD", "30.00").discount(A, "30.00");
    for commission in ["percent", "flat_per_order", "flat_per_item"] {
        let rules = rules(json!({"commission": {"type": commission, "value": "10"}}));
        let commission = earns(&order.state(), &rules);
        assert_eq!((commission.total.minor, commission.zero_reason), (0, None));
    }
}

#[test]
fn a_tip_and_a_gift_card_alone_are_no_referral() {
    let order = order("USD").line(A, 1, "5.00").line(B, 1, "5.00");
    let order =
        order.edit_line(A, |line| line.tip = true).edit_line(B, |line| line.gift_card = true);
    let commission = earns(&order.state(), &rules(json!({"base": {"shipping": true}})));
    assert_eq!(commission.zero_reason, Some(Reason::ExcludedOnly));
}

#[test]
fn custom_lines_without_a_product_earn() {
    let order = order_of("USD", "10.00").edit_line(A, |line| {
        (line.product_id, line.variant_id) = (None, None);
    });
    assert_eq!(total(&order.state(), &plain()), "1.00");
}

#[test]
fn shipping_tax_counts_where_both_are_switched_in() {
    let order = r().shipping("10.00", "0.80");
    let both = rules(json!({"base": {"shipping": true, "tax": true}}));
    assert_eq!(total(&order.state(), &both), "10.88");
}

#[test]
fn a_discount_beyond_the_price_gives_zero_and_never_less() {
    let order = order("USD").line(A, 1, "10.00").discount(A, "25.00").line(B, 1, "10.00");
    assert_eq!(total(&order.state(), &plain()), "1.00");
}

#[test]
fn nonsense_amounts_give_zero_and_never_less() {
    let order = order("USD").line(A, -3, "10.00").line(B, 1, "10.00");
    let order = order.edit_line(B, |line| {
        (line.unit_price_minor, line.tax_minor, line.discount_minor) = (-500, -90, -90);
    });
    let commission = earns(&order.state(), &plain());
    assert_eq!((commission.total.minor, commission.sales.minor), (0, 0));
}

#[test]
fn amounts_beyond_64_bits_are_an_error() {
    let order = order("USD").line(A, i64::MAX, "10.00");
    let result = commission_of(&order.state(), &plain(), &context());
    assert_eq!(result, Err(RuleError::OutOfRange));
}

#[test]
fn an_order_of_which_only_refunds_are_known_is_no_order_yet() {
    let mut order = OrderState::default();
    order.apply_refund(one_a(7));
    assert_eq!(commission_of(&order, &plain(), &context()), Err(RuleError::OrderNotSeen));
}
