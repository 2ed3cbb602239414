//! That the pieces of an order become one state, whatever their order and number.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::testing::{A, B, day, one_a, r, refund};

/// Pictures that differ in all that decides a tie, on two days so that ties are frequent.
fn a_picture() -> impl Strategy<Value = OrderSnapshot> {
    let times = (0_i64..2, 0_i64..2);
    let flags = any::<[bool; 3]>();
    let payment = prop_oneof![
        Just(PaymentStatus::Pending),
        Just(PaymentStatus::Paid),
        Just(PaymentStatus::Refunded),
    ];
    (times, flags, payment, 0_i64..3, vec(a_refund(), 0..3)).prop_map(
        |((updated, triggered), [cancelled, fulfilled, test], payment, units, refunds)| {
            let order = r().payment(payment).current(A, units).at(day(updated));
            let mut snapshot = if cancelled { order.cancelled().0 } else { order.0 };
            snapshot.triggered_at = day(triggered);
            (snapshot.fulfilled, snapshot.test, snapshot.refunds) = (fulfilled, test, refunds);
            snapshot
        },
    )
}

fn a_refund() -> impl Strategy<Value = Refund> {
    let settlement = prop_oneof![
        Just(RefundSettlement::Pending),
        Just(RefundSettlement::Failed),
        Just(RefundSettlement::Settled),
    ];
    (0_u64..3, 0_i64..3, settlement).prop_map(|(id, units, settlement)| {
        refund(id).item(B, units, units * 100).settled(settlement)
    })
}

#[derive(Debug, Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of them in a test")]
enum Piece {
    Picture(OrderSnapshot),
    Refund(Refund),
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    vec(prop_oneof![a_picture().prop_map(Piece::Picture), a_refund().prop_map(Piece::Refund)], 0..7)
}

fn state_of(pieces: &[Piece]) -> OrderState {
    let mut state = OrderState::default();
    for piece in pieces {
        match piece {
            Piece::Picture(snapshot) => state.apply_snapshot(snapshot.clone()),
            Piece::Refund(refund) => state.apply_refund(refund.clone()),
        }
    }
    state
}

proptest! {
    #[test]
    fn any_permutation_with_any_repeats_gives_one_state(
        (pieces, shuffled) in pieces().prop_flat_map(|pieces| {
            let twice = [pieces.clone(), pieces.clone()].concat();
            (Just(pieces), Just(twice).prop_shuffle())
        }),
    ) {
        prop_assert_eq!(state_of(&pieces), state_of(&shuffled));
    }

    #[test]
    fn a_state_reads_back_from_its_stored_form(pieces in pieces()) {
        let state = state_of(&pieces);
        let json = serde_json::to_string(&state).unwrap();
        prop_assert_eq!(serde_json::from_str::<OrderState>(&json).unwrap(), state);
    }
}

#[test]
fn the_newest_picture_counts_and_older_ones_add_what_they_alone_know() {
    let mut state = OrderState::default();
    state.apply_snapshot(r().at(day(5)).current(B, 0).0);
    state.apply_snapshot(r().at(day(2)).listing(&one_a(7)).0);
    assert_eq!(state.snapshot.as_ref().unwrap().updated_at, day(5));
    assert_eq!(state.paid_at, Some(day(2)));
    assert!(state.refunds.contains_key(&7));
    assert!(state.listed_refunds.is_empty());
}

#[test]
fn of_two_pictures_of_one_instant_the_one_that_got_further_counts() {
    for pictures in [[r().0, r().cancelled().0], [r().cancelled().0, r().0]] {
        let mut state = OrderState::default();
        pictures.into_iter().for_each(|picture| state.apply_snapshot(picture));
        assert!(state.snapshot.unwrap().cancelled_at.is_some());
    }
}

#[test]
fn a_refund_that_failed_was_pending_before() {
    let mut state = OrderState::default();
    state.apply_refund(one_a(7).settled(RefundSettlement::Pending));
    assert!(state.has_pending_refund());
    state.apply_refund(one_a(7).settled(RefundSettlement::Failed));
    assert!(!state.has_pending_refund());
    state.apply_refund(one_a(7).settled(RefundSettlement::Pending));
    assert!(!state.has_pending_refund());
}

#[test]
fn a_refund_is_known_when_it_is_listed_or_not_later_than_the_picture() {
    let mut state = r().at(day(3)).listing(&one_a(7).on(day(9))).state();
    state.apply_refund(one_a(8).on(day(3)));
    state.apply_refund(one_a(9).on(day(3).plus_seconds(1)));
    let known = [7, 8, 9].map(|id| state.snapshot_knows(&state.refunds[&id]));
    assert_eq!(known, [true, true, false]);
}

#[test]
fn of_two_pictures_alike_in_time_and_progress_the_same_one_always_counts() {
    let pairs = [
        [r().0, r().current(A, 1).0],
        [r().0, r().listing(&one_a(7).on(day(9))).0],
        [r().listing(&one_a(7)).0, r().listing(&one_a(8)).0],
    ];
    for [one, other] in pairs {
        let state = |pictures: [&OrderSnapshot; 2]| {
            let mut state = OrderState::default();
            pictures.into_iter().for_each(|picture| state.apply_snapshot(picture.clone()));
            state
        };
        assert_eq!(state([&one, &other]), state([&other, &one]));
    }
}
