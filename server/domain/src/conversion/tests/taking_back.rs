//! Refunds, cancellations, chargebacks and edits of something already booked.

use super::*;

#[test]
fn g29_a_full_refund_reverses() {
    let mut book = Book::of_r();
    book.refund(all_of_r(7));
    assert_eq!(book.standing(), "reversed/refunded");
    assert_eq!(book.written(), ["accrual 900", "refund -900 refunded"]);
    assert_eq!(book.told()[1], "refund+status_change reversed (reversal)");
    let told = &book.occurrences[1];
    assert_eq!((told.delta_commission_minor, told.refund_minor), (-900, 9_000));
    assert_eq!(told.reason, Some(Reason::Refunded));
    assert_eq!(book.conversion().approve_at, None);
    assert_eq!(book.conversion().first_commission_minor, 900);
}

#[test]
fn g30_a_partial_refund_adjusts_and_the_status_stays() {
    let mut book = Book::of_r();
    book.refund(one_a(7));
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.written(), ["accrual 900", "refund -270 refunded"]);
    assert_eq!(book.told()[1], "refund+status_change adjusted (reversal)");
    assert_eq!(book.occurrences[1].refund_minor, 2_700);
    assert_eq!(book.conversion().commission_minor, 630);
}

#[test]
fn g31_refunds_one_after_the_other() {
    let mut book = Book::of_r();
    book.refund(one_a(7)).refund(one_a(8)).refund(refund(9).item(B, 1, 3_600));
    assert_eq!(book.amounts(), [900, -270, -270, -360]);
    assert_eq!(book.standing(), "reversed/refunded");
}

#[test]
fn g33_refunded_shipping_changes_nothing() {
    let mut book = Book::of_r();
    book.refund(refund(7).shipping(1_000));
    assert_eq!((book.amounts(), book.conversion().version), (vec![900], 1));
}

#[test]
fn g34_money_without_items() {
    let mut book = Book::of_r();
    book.refund(refund(7).money(900));
    assert_eq!(book.amounts(), [900, -90]);
}

#[test]
fn g38_a_refund_after_the_payout_is_an_entry_and_paid_stays_paid() {
    let mut book = Book::new(rules(json!({"commission": {"type": "percent", "value": "30"}})));
    book.picture(&order_of("USD", "49.00")).approve().pay();
    let before = Balance::of_conversion(book.conversion());
    book.refund(refund(7).item(A, 1, 4_900));
    assert_eq!(book.standing(), "paid/refunded");
    assert_eq!(book.written(), ["accrual 1470", "refund -1470 refunded"]);
    assert_eq!(book.told().last().unwrap(), "refund+status_change reversed (reversal)");
    let moved = Balance::of_conversion(book.conversion()).minus(before);
    assert_eq!(moved, Balance { pending_minor: 0, payable_minor: -1_470, paid_minor: 0 });
}

#[test]
fn g41_a_refund_that_leaves_the_flat_amount_is_no_entry() {
    let flat = json!({"commission": {"type": "flat_per_order", "value": "10.00"}});
    let mut book = Book::new(rules(flat));
    book.picture(&r()).refund(one_a(7));
    assert_eq!(book.amounts(), [1_000]);
    assert_eq!(book.conversion().sales_minor, 6_300);
    assert_eq!(book.occurrences.len(), 1);
    book.refund(one_a(8)).refund(refund(9).item(B, 1, 3_600));
    assert_eq!(book.amounts(), [1_000, -1_000]);
}

#[test]
fn g42_one_of_three_items_refunded() {
    let flat = json!({"commission": {"type": "flat_per_item", "value": "5.00"}});
    let mut book = Book::new(rules(flat));
    book.picture(&r()).refund(one_a(7));
    assert_eq!(book.amounts(), [1_500, -500]);
}

#[test]
fn g44_an_edit_upwards_counts_until_approval() {
    let mut book = Book::of_r();
    book.picture(&r().line(3, 1, "20.00").at(day(1)));
    assert_eq!(book.written(), ["accrual 900", "adjustment 200"]);
    assert_eq!(book.told()[1], "adjustment+status_change adjusted (reversal)");
    assert_eq!(book.conversion().first_commission_minor, 900);
}

#[test]
fn g45_an_edit_downwards_is_an_adjustment() {
    let mut book = Book::of_r();
    book.picture(&r().current(B, 0).at(day(1)));
    assert_eq!(book.written(), ["accrual 900", "adjustment -360"]);
    assert_eq!(book.told()[1], "adjustment+status_change adjusted (reversal)");
    assert_eq!(book.occurrences[1].refund_minor, 0);
}

#[test]
fn an_edit_that_removes_everything_reverses() {
    let mut book = Book::of_r();
    book.picture(&r().current(A, 0).current(B, 0).at(day(1)));
    assert_eq!(book.standing(), "reversed/items_removed");
    assert_eq!(book.written()[1], "adjustment -900 items_removed");
}

#[test]
fn g46_an_edit_upwards_after_approval_needs_consent() {
    let mut book = Book::of_r();
    book.approve().picture(&r().line(3, 1, "20.00").at(day(31)));
    assert_eq!(book.standing(), "approved");
    assert_eq!(book.amounts(), [900]);
    assert_eq!(book.conversion().commission_minor, 900);
    assert_eq!(book.conversion().memory.withheld_increase_minor, 200);
    assert_eq!(book.told().len(), 2);

    book.review(&ReviewAction::AcceptIncrease);
    assert_eq!(book.written(), ["accrual 900", "adjustment 200"]);
    assert_eq!(book.conversion().memory.withheld_increase_minor, 0);
    assert_eq!(book.told().last().unwrap(), "adjustment+status_change adjusted (reversal)");
    let again = review(book.conversion(), &ReviewAction::AcceptIncrease);
    assert_eq!(again, Err(WrongMove::NoIncrease));
    // The consent covers the new amount: the same picture changes nothing.
    assert_eq!(book.settle().conversion().commission_minor, 1_100);
    assert_eq!(book.amounts(), [900, 200]);
}

#[test]
fn after_approval_a_refund_and_an_edit_end_alike_in_either_order() {
    let edited = r().line(3, 1, "20.00").at(day(31));
    let mut one = Book::of_r();
    one.approve().refund(one_a(7).on(day(32))).picture(&edited);
    let mut other = Book::of_r();
    other.approve().picture(&edited).refund(one_a(7).on(day(32)));
    assert_eq!(one.conversion().commission_minor, 830);
    assert_eq!(other.conversion().commission_minor, 830);
}

#[test]
fn g47_a_chargeback_after_the_payout() {
    let mut book = Book::of_r();
    book.approve().pay();
    book.order.charged_back = true;
    book.settle();
    assert_eq!(book.standing(), "paid/chargeback");
    assert_eq!(book.written(), ["accrual 900", "refund -900 chargeback"]);
    assert_eq!(book.occurrences.last().unwrap().reason, Some(Reason::Chargeback));
}

#[test]
fn cancelling_a_paid_order_reverses() {
    let mut book = Book::of_r();
    book.picture(&r().at(day(1)).cancelled());
    assert_eq!(book.standing(), "reversed/cancelled");
    assert_eq!(book.written()[1], "reversal -900 cancelled");
    assert_eq!(book.told()[1], "status_change reversed (reversal)");
}

#[test]
fn a_refund_after_the_cancellation_corrects_the_reason_silently() {
    let mut book = Book::of_r();
    book.picture(&r().at(day(1)).cancelled()).refund(all_of_r(7));
    assert_eq!(book.standing(), "reversed/refunded");
    assert_eq!((book.entries.len(), book.occurrences.len()), (2, 2));
}

#[test]
fn a_deleted_order_takes_back_what_is_not_paid_yet() {
    let mut unpaid = Book::of_r();
    unpaid.order.deleted = true;
    unpaid.settle();
    assert_eq!(unpaid.standing(), "reversed/deleted");
    assert_eq!(unpaid.written()[1], "reversal -900 deleted");

    let mut paid = Book::of_r();
    paid.approve().pay();
    paid.order.deleted = true;
    paid.settle();
    assert_eq!((paid.standing(), paid.amounts()), ("paid".to_owned(), vec![900]));
}

#[test]
fn a_refund_below_the_minimum_takes_everything_back() {
    let mut book = Book::new(rules(json!({"minimum_order": "80.00"})));
    book.picture(&r()).refund(one_a(7));
    assert_eq!(book.standing(), "reversed/minimum_order");
    assert_eq!(book.written()[1], "refund -900 minimum_order");
}

#[test]
fn a_reversed_order_that_earns_again_is_pending_again() {
    let mut book = Book::of_r();
    book.approve().refund(all_of_r(7)).picture(&r().line(3, 1, "20.00").at(day(40)));
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.written().last().unwrap(), "adjustment 200");
    assert_eq!(book.told().last().unwrap(), "adjustment+status_change pending (reversal)");
}

#[test]
fn a_superseded_credit_goes_back() {
    let mut book = Book::of_r();
    book.disqualified = Some(Reason::Superseded(crate::attribution::Method::Manual));
    book.settle();
    assert_eq!(book.standing(), "reversed/superseded by manual");
    assert_eq!(book.written()[1], "reversal -900 superseded by manual");
}

#[test]
fn a_credit_that_was_never_booked_is_superseded_silently() {
    let mut book = Book::new(plain());
    book.picture(&unpaid_r());
    book.disqualified = Some(Reason::Superseded(crate::attribution::Method::Manual));
    book.settle();
    assert_eq!(book.standing(), "rejected/superseded by manual");
    assert!(book.occurrences.is_empty());
}

#[test]
fn g36_a_refund_without_restock_is_a_refund() {
    let mut book = Book::of_r();
    book.refund(all_of_r(7));
    assert_eq!(book.amounts(), [900, -900]);
}

#[test]
fn a_capped_commission_follows_only_below_the_cap() {
    let mut book = Book::new(rules(json!({"cap_per_order": "6.00"})));
    book.picture(&r()).refund(one_a(7)).refund(one_a(8));
    assert_eq!(book.amounts(), [600, -240]);
}

#[test]
fn an_approval_that_was_reversed_limits_nothing() {
    let mut book = Book::of_r();
    book.approve().refund(all_of_r(7)).picture(&r().line(3, 1, "200.00").at(day(40)));
    assert_eq!((book.standing(), book.conversion().commission_minor), ("pending".into(), 2_000));
    assert_eq!(book.conversion().memory.withheld_increase_minor, 0);
}

#[test]
fn a_free_order_that_was_told_is_told_again_when_it_is_reversed() {
    let free = order_of("USD", "30.00").discount(A, "30.00");
    let mut book = Book::new(rules(json!({"fire_on_zero": true})));
    book.picture(&free).picture(&free.clone().at(day(1)).cancelled());
    assert!(book.entries.is_empty());
    assert_eq!(book.told(), ["conversion pending", "status_change reversed (reversal)"]);
}
