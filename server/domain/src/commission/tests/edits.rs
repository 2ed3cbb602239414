//! What remains after edits and exchanges, and how they are told from refunds.

use super::*;

#[test]
fn g44_a_line_added_by_an_edit_counts() {
    assert_eq!(total(&r().line(3, 1, "20.00").state(), &plain()), "11.00");
}

#[test]
fn g45_a_line_removed_by_an_edit_does_not_count() {
    let commission = earns(&r().current(B, 0).state(), &plain());
    assert_eq!(commission.total.decimal(), "5.40");
    assert_eq!(commission.refunded.minor, 0);
}

#[test]
fn one_of_several_units_removed_by_an_edit_takes_its_share() {
    assert_eq!(total(&r().current(A, 1).state(), &plain()), "6.30");
    // 10.00 over three units: two are 6.67.
    let order = order("USD").line(A, 3, "4.00").discount(A, "2.00").current(A, 2);
    assert_eq!(earns(&order.state(), &plain()).sales.decimal(), "6.67");
}

#[test]
fn everything_removed_by_edits_is_no_refund() {
    let order = r().current(A, 0).current(B, 0).state();
    assert_eq!(reason(&order), Some(Reason::ItemsRemoved));
}

#[test]
fn an_order_without_current_quantities_has_no_edits() {
    let order = r().edit_line(A, |line| line.current_quantity = None);
    assert_eq!(total(&order.after(&[one_a(7)]), &plain()), "6.30");
}

#[test]
fn units_that_a_listed_refund_took_are_not_taken_again_as_an_edit() {
    let later = one_a(7).on(day(5)); // clocks differ: listed is listed
    let order = r().current(A, 1).listing(&later).at(day(2));
    assert_eq!(total(&order.state(), &plain()), "6.30");
}

#[test]
fn units_of_an_older_unlisted_refund_are_not_taken_again_as_an_edit() {
    let order = r().current(A, 1).at(day(2));
    assert_eq!(total(&order.after(&[one_a(7).on(day(2))]), &plain()), "6.30");
}

#[test]
fn a_refund_after_the_edit_is_taken_too() {
    let order = r().current(A, 1).at(day(2));
    assert_eq!(total(&order.after(&[one_a(7).on(day(3))]), &plain()), "3.60");
}

#[test]
fn an_edit_and_a_refund_in_one_picture_are_told_apart() {
    let order = order("USD").line(A, 5, "10.00").current(A, 2).at(day(2));
    let two_back = refund(7).item(A, 2, 2_000);
    let commission = earns(&order.listing(&two_back).state(), &plain());
    assert_eq!(
        (commission.sales.decimal(), commission.refunded.decimal()),
        ("20.00".into(), "20.00".into())
    );
}

#[test]
fn an_exchange_is_a_return_and_a_new_line() {
    let back = refund(7).item(B, 1, 3_600);
    let exchanged = r().line(3, 1, "45.00").current(B, 0).listing(&back).at(day(2));
    assert_eq!(total(&exchanged.state(), &plain()), "9.90");
}

#[test]
fn units_of_a_pending_refund_are_not_an_edit() {
    let pending = one_a(7).settled(RefundSettlement::Pending);
    assert_eq!(total(&r().current(A, 1).listing(&pending).at(day(2)).state(), &plain()), "9.00");
}
