//! From placed to approved: when a conversion counts, and who is told.

use super::*;

#[test]
fn g01_a_paid_order_is_booked_and_told() {
    let book = Book::of_r();
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.written(), ["accrual 900"]);
    assert_eq!(book.told(), ["conversion pending"]);
    let conversion = book.conversion();
    assert_eq!((conversion.sales_minor, conversion.first_commission_minor), (9_000, 900));
    assert_eq!(book.occurrences[0].delta_commission_minor, 900);
}

#[test]
fn an_unpaid_order_is_shown_and_not_booked() {
    for payment in [PaymentStatus::Pending, PaymentStatus::Authorized, PaymentStatus::PartiallyPaid]
    {
        let mut book = Book::new(plain());
        book.picture(&r().payment(payment));
        assert_eq!(book.standing(), "recorded");
        assert_eq!(book.conversion().commission_minor, 900);
        assert_eq!(book.conversion().booked_minor(), 0);
        assert_eq!(Balance::of_conversion(book.conversion()), Balance::default());
        assert!(book.entries.is_empty() && book.occurrences.is_empty());
    }
}

#[test]
fn payment_books_what_was_recorded() {
    let mut book = Book::new(plain());
    book.picture(&unpaid_r()).picture(&r().at(day(1)));
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.written(), ["accrual 900"]);
    assert_eq!(book.told(), ["conversion pending"]);
    assert_eq!(book.conversion().version, 2);
}

#[test]
fn edits_before_payment_are_shown_and_booked_once() {
    let mut book = Book::new(plain());
    book.picture(&unpaid_r()).picture(&unpaid_r().line(3, 1, "20.00").at(day(1)));
    assert_eq!(book.conversion().commission_minor, 1_100);
    assert!(book.entries.is_empty());
    book.picture(&r().line(3, 1, "20.00").at(day(2)));
    assert_eq!(book.written(), ["accrual 1100"]);
}

#[test]
fn a_program_may_accept_unpaid_orders() {
    let mut book = Book::new(rules(json!({"accept_unpaid": true})));
    book.picture(&unpaid_r());
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.conversion().approve_at, Some(day(30)));
    book.picture(&r().at(day(5)));
    assert_eq!(book.written(), ["accrual 900"]);
    assert_eq!(book.conversion().approve_at, Some(day(30)));
}

#[test]
fn g43_cancelled_before_payment_leaves_no_entry() {
    let mut book = Book::new(plain());
    book.picture(&unpaid_r()).picture(&unpaid_r().at(day(1)).cancelled());
    assert_eq!(book.standing(), "reversed/cancelled");
    assert_eq!(book.conversion().commission_minor, 0);
    assert!(book.entries.is_empty() && book.occurrences.is_empty());
}

#[test]
fn an_order_that_arrives_cancelled_is_not_told() {
    let mut book = Book::new(plain());
    book.picture(&r().cancelled());
    assert_eq!(book.standing(), "reversed/cancelled");
    assert!(book.entries.is_empty() && book.occurrences.is_empty());
}

#[test]
fn g09_an_order_of_excluded_products_is_no_conversion() {
    let mut book = Book::new(rules(json!({"exclude": {"product_ids": [100, 200]}})));
    book.picture(&r());
    assert_eq!(book.conversion, None);
}

#[test]
fn a_test_order_is_rejected_and_not_told() {
    let mut book = Book::new(plain());
    book.picture(&r().with(|order| order.test = true));
    assert_eq!(book.standing(), "rejected/test_order");
    assert!(book.entries.is_empty() && book.occurrences.is_empty());
}

#[test]
fn g48_repeated_deliveries_write_one_entry() {
    let mut book = Book::of_r();
    for _ in 0..3 {
        book.picture(&r());
        book.picture(&r().with(|order| order.triggered_at = day(0).plus_millis(5)));
    }
    assert_eq!(book.written(), ["accrual 900"]);
    assert_eq!(book.conversion().version, 1);
}

#[test]
fn g49_a_refund_before_the_order_is_in_the_first_entry() {
    let mut book = Book::new(plain());
    book.refund(one_a(7)).picture(&unpaid_r()).picture(&r().at(day(1)));
    assert_eq!(book.written(), ["accrual 630"]);
    assert_eq!(book.told(), ["conversion pending"]);
}

#[test]
fn g61_a_disqualified_affiliate_sees_a_rejected_conversion_of_nothing() {
    let mut book = Book::new(plain());
    book.disqualified = Some(Reason::SelfReferral);
    book.picture(&r());
    assert_eq!(book.standing(), "rejected/self_referral");
    assert_eq!((book.conversion().sales_minor, book.conversion().commission_minor), (9_000, 0));
    assert!(book.entries.is_empty());
    assert_eq!(book.told(), ["conversion rejected (reversal)"]);
    assert_eq!(book.occurrences[0].reason, Some(Reason::SelfReferral));
    book.picture(&r().at(day(1))).refund(one_a(7));
    assert_eq!(book.occurrences.len(), 1);
}

#[test]
fn g64_g78_rules_of_the_program_reject_like_attribution_does() {
    for (rule, reason) in [
        (json!({"minimum_order": "100.00"}), "rejected/minimum_order"),
        (json!({"customers": "new_only"}), "rejected/not_new_customer"),
        (json!({"recurring": {"max_charges": 12}}), "rejected/term_ended"),
    ] {
        let mut book = Book::new(rules(rule));
        book.context.customer = crate::program::CustomerKind::Returning;
        book.context.charge_number = Some(13);
        book.picture(&r());
        assert_eq!(book.standing(), reason);
        assert!(book.entries.is_empty());
    }
}

#[test]
fn an_order_that_an_edit_lifts_over_the_minimum_counts() {
    let mut book = Book::new(rules(json!({"minimum_order": "100.00"})));
    book.picture(&r()).picture(&r().line(3, 1, "20.00").at(day(1)));
    assert_eq!(book.standing(), "pending");
    assert_eq!(book.written(), ["accrual 1100"]);
    assert_eq!(book.told(), ["conversion rejected (reversal)", "conversion pending"]);
}

#[test]
fn g83_an_order_worth_nothing_is_recorded_and_told_only_on_request() {
    let free = order_of("USD", "30.00").discount(A, "30.00");
    let mut quiet = Book::new(plain());
    quiet.picture(&free);
    assert_eq!(quiet.standing(), "pending");
    assert!(quiet.entries.is_empty() && quiet.occurrences.is_empty());

    let mut loud = Book::new(rules(json!({"fire_on_zero": true})));
    loud.picture(&free).picture(&free.clone().at(day(1)));
    assert!(loud.entries.is_empty());
    assert_eq!(loud.told(), ["conversion pending"]);
}

#[test]
fn a_free_order_that_gains_a_line_is_told_then() {
    let free = order_of("USD", "30.00").discount(A, "30.00");
    let mut book = Book::new(plain());
    book.picture(&free).picture(&free.clone().line(B, 1, "10.00").at(day(1)));
    assert_eq!(book.written(), ["accrual 100"]);
    assert_eq!(book.told(), ["conversion pending"]);
}

#[test]
fn g80_approval_comes_to_the_microsecond() {
    let mut book = Book::of_r();
    let end = UtcTime::parse("2026-03-31T12:00:00Z").unwrap();
    assert_eq!(book.conversion().approve_at, Some(end));
    for early in [end.plus_seconds(-1), UtcTime::from_micros(end.micros() - 1)] {
        let result = approve(book.conversion(), early);
        assert_eq!(result, Err(WrongMove::TooEarly { approve_at: end }));
    }
    let change = approve(book.conversion(), end).unwrap();
    assert_eq!(change.entry, None);
    book.take(change);
    assert_eq!(book.standing(), "approved");
    assert_eq!(book.told(), ["conversion pending", "status_change approved"]);
}

#[test]
fn the_hold_starts_at_the_payment_not_at_the_order() {
    let mut book = Book::new(plain());
    book.picture(&unpaid_r()).picture(&r().at(day(4)));
    assert_eq!(book.conversion().approve_at, Some(day(34)));
}

#[test]
fn the_hold_waits_for_fulfilment_where_it_is_required() {
    let mut book = Book::new(rules(json!({"require_fulfilment": true, "hold_days": 10})));
    book.picture(&r());
    assert_eq!(book.conversion().approve_at, None);
    assert_eq!(approve(book.conversion(), day(99)), Err(WrongMove::Waiting));
    book.picture(&r().with(|order| order.fulfilled = true).at(day(3)));
    assert_eq!(book.conversion().approve_at, Some(day(13)));
}

#[test]
fn a_fulfilment_before_the_payment_does_not_shorten_the_hold() {
    let mut book = Book::new(rules(json!({"require_fulfilment": true, "hold_days": 10})));
    let sent = |order: Order| order.with(|order| order.fulfilled = true);
    book.picture(&sent(unpaid_r())).picture(&sent(r()).at(day(3)));
    assert_eq!(book.conversion().approve_at, Some(day(13)));
}

#[test]
fn a_pending_refund_holds_the_approval_back() {
    let mut book = Book::of_r();
    book.refund(one_a(7).settled(RefundSettlement::Pending));
    assert_eq!(book.conversion().approve_at, None);
    assert_eq!(book.conversion().commission_minor, 900);
    assert_eq!(book.occurrences.len(), 1);

    let mut failed = book.clone();
    failed.refund(one_a(7).settled(RefundSettlement::Failed));
    assert_eq!(failed.conversion().approve_at, Some(day(30)));
    assert_eq!(failed.written(), ["accrual 900"]);

    book.refund(one_a(7));
    assert_eq!(book.conversion().approve_at, Some(day(30)));
    assert_eq!(book.written(), ["accrual 900", "refund -270 refunded"]);
}
