//! What remains after refunds and cancellations. Edits and exchanges are in `edits`.

use super::*;
use crate::{
    order::Refund,
    testing::{Order, time},
};

/// What R earns with these refunds.
fn r_after(refunds: &[Refund]) -> String {
    total(&r().after(refunds), &plain())
}

#[test]
fn g29_a_full_refund_leaves_nothing() {
    let commission = earns(&r().after(&[all_of_r(7)]), &plain());
    assert_eq!((commission.total.minor, commission.sales.minor), (0, 0));
    assert_eq!(commission.zero_reason, Some(Reason::Refunded));
    assert_eq!(commission.refunded.decimal(), "90.00");
}

#[test]
fn g30_one_unit_refunded_takes_its_part() {
    let commission = earns(&r().after(&[one_a(7)]), &plain());
    assert_eq!(commission.total.decimal(), "6.30");
    assert_eq!(commission.refunded.decimal(), "27.00");
}

#[test]
fn g31_refunds_one_after_the_other_end_at_zero() {
    let refunds = [one_a(7), one_a(8), refund(9).item(B, 1, 3_600)];
    let totals: Vec<_> = (1..=3).map(|count| r_after(&refunds[..count])).collect();
    assert_eq!(totals, ["6.30", "3.60", "0.00"]);
}

#[test]
fn g33_refunded_shipping_changes_nothing() {
    assert_eq!(r_after(&[refund(7).shipping(1_000)]), "9.00");
}

#[test]
fn refunded_shipping_counts_where_shipping_does() {
    let with_shipping = rules(json!({"base": {"shipping": true}}));
    assert_eq!(total(&r().after(&[refund(7).shipping(400)]), &with_shipping), "9.60");
    assert_eq!(total(&r().after(&[refund(7).shipping(9_999)]), &with_shipping), "9.00");
}

#[test]
fn g34_money_without_items_lowers_the_base_pro_rata() {
    let commission = earns(&r().after(&[refund(7).money(900)]), &plain());
    assert_eq!(commission.total.decimal(), "8.10");
    let bases: Vec<_> = commission.lines.iter().map(|line| line.base.decimal()).collect();
    assert_eq!(bases, ["48.60", "32.40"]);
}

#[test]
fn g35_money_without_items_is_net_of_tax_where_prices_contain_it() {
    let order = order_of("EUR", "119.00").taxes_included().tax(A, "19.00");
    assert_eq!(total(&order.after(&[refund(7).money(1_190)]), &plain()), "9.00");
    // Where tax counts, the money counts as it is.
    let with_tax = rules(json!({"base": {"tax": true}}));
    assert_eq!(total(&order.after(&[refund(7).money(1_190)]), &with_tax), "10.71");
}

#[test]
fn money_without_items_may_name_its_tax() {
    let included = order_of("EUR", "119.00").taxes_included().tax(A, "19.00");
    assert_eq!(total(&included.after(&[refund(7).money(1_000).money_tax(190)]), &plain()), "9.00");
    // Tax on top: it counts only where tax does. R with tax is 98.00.
    let tenth = refund(7).money(900).money_tax(80);
    assert_eq!(r_after(std::slice::from_ref(&tenth)), "8.10");
    let with_tax = rules(json!({"base": {"tax": true}}));
    assert_eq!(total(&r().after(&[tenth]), &with_tax), "8.82");
    let one_back = refund(7).item_with_tax(A, 1, (2_700, 240));
    let tenth_of_the_rest = refund(8).money(630).money_tax(56);
    assert_eq!(earns(&r().after(&[one_back, tenth_of_the_rest]), &with_tax).sales.minor, 6_174);
}

#[test]
fn money_without_items_follows_an_item_that_came_back_without_a_subtotal() {
    assert_eq!(r_after(&[refund(7).item(A, 1, 0), refund(8).money(630)]), "5.67");
}

#[test]
fn money_without_items_can_be_ignored() {
    let ignoring = rules(json!({"amount_only_refunds": "ignore"}));
    assert_eq!(total(&r().after(&[refund(7).money(900)]), &ignoring), "9.00");
}

#[test]
fn money_without_items_can_take_everything() {
    let order = r().after(&[refund(7).money(9_000)]);
    assert_eq!((total(&order, &plain()), reason(&order)), ("0.00".into(), Some(Reason::Refunded)));
    let more = r().after(&[refund(7).money(99_900)]);
    assert_eq!(total(&more, &plain()), "0.00");
}

#[test]
fn money_without_items_follows_a_returned_item() {
    // 63.00 remain, 6.30 back.
    assert_eq!(r_after(&[one_a(7), refund(8).money(630)]), "5.67");
}

#[test]
fn money_without_items_lowers_ignored_discounts_in_proportion() {
    // 9.00 of the 90.00 paid is a tenth of the list price of 100.00.
    let ignoring = rules(json!({"base": {"discounts": "ignore"}}));
    assert_eq!(total(&r().after(&[refund(7).money(900)]), &ignoring), "9.00");
}

#[test]
fn money_without_items_touches_only_lines_that_earn() {
    let excluded = rules(json!({"exclude": {"product_ids": [200]}}));
    assert_eq!(total(&r().after(&[refund(7).money(900)]), &excluded), "4.50");
}

#[test]
fn money_kept_of_a_return_changes_nothing() {
    assert_eq!(r_after(&[one_a(7).kept(500)]), "6.30");
}

#[test]
fn money_owed_after_an_edit_is_not_taken_twice() {
    // Shopify books the edit as a return whose money is kept, and later gives the money.
    let edit = refund(7).item(B, 1, 3_600).kept(3_600);
    let owed = refund(8).money(3_600);
    assert_eq!(r_after(std::slice::from_ref(&edit)), "5.40");
    assert_eq!(r_after(&[edit, owed]), "5.40");
}

#[test]
fn g36_no_restock_changes_nothing() {
    // Whether goods were restocked is not even part of a refund here.
    assert_eq!(r_after(&[all_of_r(7)]), "0.00");
}

#[test]
fn g37_g38_forty_nine_at_thirty_percent_and_back() {
    let thirty = rules(json!({"commission": {"type": "percent", "value": "30"}}));
    let order = order_of("USD", "49.00");
    assert_eq!(total(&order.state(), &thirty), "14.70");
    assert_eq!(total(&order.after(&[refund(7).item(A, 1, 4_900)]), &thirty), "0.00");
}

#[test]
fn g41_flat_per_order_stays_whole_until_nothing_is_left() {
    let flat = rules(json!({"commission": {"type": "flat_per_order", "value": "10.00"}}));
    assert_eq!(total(&r().after(&[one_a(7)]), &flat), "10.00");
    assert_eq!(total(&r().after(&[all_of_r(7)]), &flat), "0.00");
}

#[test]
fn g42_flat_per_item_follows_the_units() {
    let flat = rules(json!({"commission": {"type": "flat_per_item", "value": "5.00"}}));
    assert_eq!(total(&r().after(&[one_a(7)]), &flat), "10.00");
    assert_eq!(total(&r().current(B, 0).state(), &flat), "10.00");
}

#[test]
fn g43_a_cancelled_order_earns_nothing() {
    let order = r().payment(PaymentStatus::Pending).cancelled().state();
    assert_eq!((total(&order, &plain()), reason(&order)), ("0.00".into(), Some(Reason::Cancelled)));
}

#[test]
fn a_cancelled_order_whose_items_all_came_back_was_refunded() {
    assert_eq!(reason(&r().cancelled().after(&[all_of_r(7)])), Some(Reason::Refunded));
    assert_eq!(reason(&r().cancelled().after(&[one_a(7)])), Some(Reason::Cancelled));
}

#[test]
fn g49_a_refund_may_arrive_before_the_order() {
    let mut order = OrderState::default();
    order.apply_refund(one_a(7));
    order.apply_snapshot(r().0);
    assert_eq!(total(&order, &plain()), "6.30");
}

#[test]
fn a_pending_refund_does_not_count_yet_and_a_failed_one_never() {
    let pending = one_a(7).settled(RefundSettlement::Pending);
    assert_eq!(r_after(std::slice::from_ref(&pending)), "9.00");
    assert_eq!(r_after(&[pending.clone(), one_a(7)]), "6.30");
    let failed = one_a(7).settled(RefundSettlement::Failed);
    assert_eq!(r_after(&[pending, failed]), "9.00");
}

#[test]
fn all_units_back_is_exactly_zero_whatever_the_subtotals_say() {
    for subtotal in [0, 1, 5_399, 5_401, 999_999, -5] {
        let back = refund(7).item(A, 2, subtotal);
        assert_eq!(r_after(&[back]), "3.60", "{subtotal}");
    }
}

#[test]
fn a_unit_back_without_a_subtotal_takes_its_share() {
    assert_eq!(r_after(&[refund(7).item(A, 1, 0)]), "6.30");
}

#[test]
fn a_subtotal_larger_than_what_is_left_stops_at_zero() {
    assert_eq!(r_after(&[refund(7).item(A, 1, 999_999)]), "3.60");
}

#[test]
fn more_units_back_than_ordered_change_nothing_further() {
    assert_eq!(r_after(&[one_a(7), one_a(8), one_a(9)]), "3.60");
    assert_eq!(r_after(&[refund(7).item(A, i64::MAX, 1), refund(8).item(A, i64::MAX, 1)]), "3.60");
}

#[test]
fn refunds_of_unknown_lines_change_nothing() {
    assert_eq!(r_after(&[refund(7).item(99, 1, 2_700)]), "9.00");
}

fn taxed() -> Order {
    // 2 × 60.00 with 10.00 tax inside each.
    order("EUR").line(A, 2, "60.00").taxes_included().tax(A, "20.00")
}

#[test]
fn a_tax_included_subtotal_is_taken_without_its_tax() {
    let back = refund(7).item_with_tax(A, 1, (6_000, 1_000));
    assert_eq!(earns(&taxed().after(&[back]), &plain()).sales.decimal(), "50.00");
}

#[test]
fn a_tax_included_subtotal_that_names_no_tax_is_scaled() {
    let back = refund(7).item(A, 1, 6_000);
    assert_eq!(earns(&taxed().after(&[back]), &plain()).sales.decimal(), "50.00");
}

#[test]
fn a_tax_included_edit_takes_the_net_share() {
    assert_eq!(earns(&taxed().current(A, 1).state(), &plain()).sales.decimal(), "50.00");
}

#[test]
fn tax_in_the_base_comes_back_with_the_item() {
    let with_tax = rules(json!({"base": {"tax": true}}));
    // R: A 54.00 + 4.80, B 36.00 + 3.20.
    let back = refund(7).item_with_tax(A, 1, (2_700, 240));
    assert_eq!(earns(&r().after(&[back]), &with_tax).sales.decimal(), "68.60");
    assert_eq!(total(&r().after(&[all_of_r(7)]), &with_tax), "0.00");
}

#[test]
fn ignored_discounts_come_back_at_list_price() {
    let ignoring = rules(json!({"base": {"discounts": "ignore"}}));
    assert_eq!(total(&r().after(&[one_a(7)]), &ignoring), "7.00");
    assert_eq!(total(&r().after(&[all_of_r(7)]), &ignoring), "0.00");
}

#[test]
fn uneven_units_come_back_to_zero_step_by_step() {
    // 10.00 over three units, as Shopify splits it.
    let order = order("USD").line(A, 3, "4.00").discount(A, "2.00");
    let steps = [refund(1).item(A, 1, 333), refund(2).item(A, 1, 333), refund(3).item(A, 1, 334)];
    let sales: Vec<_> = (1..=3)
        .map(|count| earns(&order.after(&steps[..count]), &plain()).sales.decimal())
        .collect();
    assert_eq!(sales, ["6.67", "3.34", "0.00"]);
}

#[test]
fn yen_come_back_without_decimals() {
    let order = order("JPY").line(A, 3, "333");
    assert_eq!(total(&order.after(&[refund(7).item(A, 1, 333)]), &plain()), "67"); // 66.6
}

#[test]
fn a_picture_that_says_refunded_is_enough() {
    let order = r().payment(PaymentStatus::Refunded).state();
    assert_eq!((total(&order, &plain()), reason(&order)), ("0.00".into(), Some(Reason::Refunded)));
    assert_eq!(earns(&order, &plain()).refunded.decimal(), "90.00");
}

#[test]
fn a_voided_payment_earns_nothing() {
    assert_eq!(reason(&r().payment(PaymentStatus::Voided).state()), Some(Reason::PaymentVoided));
}

#[test]
fn g47_a_chargeback_takes_everything() {
    let mut order = r().state();
    order.charged_back = true;
    let commission = earns(&order, &plain());
    assert_eq!(commission.zero_reason, Some(Reason::Chargeback));
    assert_eq!((commission.total.minor, commission.refunded.minor), (0, 9_000));
    assert!(commission.lines.iter().all(|line| line.base.is_zero() && line.why == "chargeback"));
}

#[test]
fn test_and_deleted_orders_earn_nothing() {
    assert_eq!(reason(&r().with(|order| order.test = true).state()), Some(Reason::TestOrder));
    let mut deleted = r().state();
    deleted.deleted = true;
    assert_eq!(reason(&deleted), Some(Reason::Deleted));
}

#[test]
fn shopifys_sample_order_is_a_test_before_it_is_cancelled() {
    let sample = r().payment(PaymentStatus::Voided).cancelled().with(|order| order.test = true);
    assert_eq!(reason(&sample.state()), Some(Reason::TestOrder));
}

#[test]
fn a_free_order_is_gone_when_its_units_are() {
    let free = order_of("USD", "30.00").discount(A, "30.00");
    assert_eq!(reason(&free.state()), None);
    assert_eq!(reason(&free.after(&[refund(7).item(A, 1, 0)])), Some(Reason::Refunded));
}

#[test]
fn times_of_equal_seconds_count_as_known() {
    let at = time("2026-03-02T12:00:00Z");
    let order = r().current(A, 1).at(at);
    assert_eq!(total(&order.after(&[one_a(7).on(at)]), &plain()), "6.30");
}

#[test]
fn amounts_are_in_the_orders_currency() {
    assert_eq!(earns(&order_of("KWD", "1.000").state(), &plain()).total.currency, currency("KWD"));
}

#[test]
fn shipping_given_back_can_be_all_that_there_was() {
    let with_shipping = rules(json!({"base": {"shipping": true}}));
    let free = order_of("USD", "30.00").discount(A, "30.00").shipping("10.00", "0.00");
    let commission = earns(&free.after(&[refund(7).shipping(1_000)]), &with_shipping);
    assert_eq!(commission.zero_reason, Some(Reason::Refunded));
}

#[test]
fn a_negative_number_of_units_adds_nothing() {
    let flat = rules(json!({"commission": {"type": "flat_per_item", "value": "5.00"}}));
    assert_eq!(total(&r().after(&[refund(7).item(A, -1, 0)]), &flat), "15.00");
}
