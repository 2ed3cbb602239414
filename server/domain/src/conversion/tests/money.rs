//! Two currencies, and shares of one order.

use super::*;

fn paid_in(code: &str, rate: &str) -> PayoutTerms {
    let rate = PayoutRate::parse(rate).unwrap();
    PayoutTerms::new(Currency::USD, Some(currency(code)), Some(rate))
}

fn payouts(book: &Book) -> Vec<i64> {
    book.entries.iter().map(|entry| entry.payout_amount_minor).collect()
}

#[test]
fn g27_the_payout_uses_the_rate_of_the_order_time() {
    let mut book = Book::new(plain());
    book.payout = paid_in("EUR", "0.90");
    book.picture(&order_of("USD", "100.00"));
    assert_eq!((book.amounts(), payouts(&book)), (vec![1_000], vec![900]));
    // Another rate later does not matter.
    book.payout = paid_in("EUR", "0.50");
    book.refund(refund(7).item(A, 1, 10_000));
    assert_eq!((book.amounts(), payouts(&book)), (vec![1_000, -1_000], vec![900, -900]));
    assert_eq!(book.conversion().payout_currency, currency("EUR"));
}

#[test]
fn several_refunds_are_exactly_zero_in_both_currencies() {
    let mut book = Book::new(plain());
    book.payout = paid_in("JPY", "150.255");
    book.picture(&r());
    book.refund(one_a(7)).refund(one_a(8)).refund(refund(9).item(B, 1, 3_600));
    assert_eq!(payouts(&book), [1_352, -405, -406, -541]);
    assert_eq!(book.conversion().payout_minor, 0);
}

#[test]
fn a_change_too_small_for_one_currency_is_booked_in_the_other() {
    let mut book = Book::new(plain());
    book.payout = paid_in("JPY", "1");
    book.picture(&r()).refund(refund(7).money(100));
    // 9.00 → 8.90 is 9 yen still.
    assert_eq!((book.amounts(), payouts(&book)), (vec![900, -10], vec![9, 0]));
}

#[test]
fn without_another_currency_both_amounts_are_one() {
    let mut book = Book::of_r();
    book.refund(one_a(7));
    assert_eq!(payouts(&book), book.amounts());
    assert_eq!(book.conversion().payout_rate, None);
}

#[test]
fn a_recorded_conversion_has_nothing_booked_in_either_currency() {
    let mut book = Book::new(plain());
    book.payout = paid_in("EUR", "0.90");
    book.picture(&unpaid_r());
    assert_eq!((book.conversion().payout_minor, book.conversion().booked_payout_minor()), (810, 0));
    book.picture(&r().at(day(1)));
    assert_eq!(payouts(&book), [810]);
}

#[test]
fn the_shares_of_a_split_order_sum_to_it_through_refunds() {
    let mut books = [0, 1, 2].map(|index| {
        let mut book = Book::new(plain());
        book.share = Share { index, of: 3 };
        book
    });
    let sum = |books: &[Book; 3]| {
        books.iter().map(|book| book.conversion().commission_minor).collect::<Vec<_>>()
    };
    for book in &mut books {
        book.picture(&order_of("USD", "100.00"));
    }
    assert_eq!(sum(&books), [334, 333, 333]);
    for book in &mut books {
        book.refund(refund(7).money(5_010));
    }
    assert_eq!(sum(&books), [167, 166, 166]); // 4.99
    for book in &mut books {
        book.refund(refund(8).item(A, 1, 10_000));
    }
    assert_eq!(sum(&books), [0, 0, 0]);
}

#[test]
fn a_pending_commission_becomes_payable_on_approval() {
    let mut book = Book::of_r();
    let pending = Balance::of_conversion(book.conversion());
    assert_eq!(pending, Balance { pending_minor: 900, payable_minor: 0, paid_minor: 0 });
    book.approve();
    let approved = Balance::of_conversion(book.conversion());
    assert_eq!(approved, Balance { pending_minor: 0, payable_minor: 900, paid_minor: 0 });
}
