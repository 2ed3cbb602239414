//! The numbers that a random history is made of, and how they are drawn.

use proptest::{collection::vec, prelude::*};

/// One thing that happens to an order. Shares are in percent of what is there at that time.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    RefundUnits { line: usize, share: i64 },
    RefundAmount { share: i64 },
    RefundShipping,
    RemoveUnits { line: usize, share: i64 },
    AddLine { price: i64, tax: i64 },
    Cancel,
}

/// The numbers that a history is made of.
#[derive(Debug, Clone)]
pub(super) struct Seed {
    pub(super) currency: &'static str,
    pub(super) taxes_included: bool,
    pub(super) is_paid_at_once: bool,
    pub(super) lines: Vec<LineSeed>,
    pub(super) shipping: i64,
    pub(super) actions: Vec<Action>,
    pub(super) is_fully_refunded: bool,
    pub(super) rate_bps: i64,
    pub(super) payout_rate_percent: i64,
    pub(super) arrival: Vec<(u16, bool)>,
}

/// The numbers of a line: price in minor units, discount and tax in percent of the line.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineSeed {
    pub(super) quantity: i64,
    pub(super) price: i64,
    pub(super) discount: i64,
    pub(super) tax: i64,
    pub(super) is_gift_card: bool,
}

/// Random numbers for a history.
pub(super) fn seeds() -> impl Strategy<Value = Seed> {
    let order = (
        prop_oneof![3 => Just("USD"), 1 => Just("JPY"), 1 => Just("KWD")],
        any::<bool>(),
        prop::bool::weighted(0.7),
        vec(line_seeds(), 1..=6),
        0_i64..3_000,
    );
    let story = (
        vec(actions(), 0..6),
        prop::bool::weighted(0.4),
        1_i64..=5_000,
        prop_oneof![Just(90_i64), 1_i64..=300],
        vec((any::<u16>(), prop::bool::weighted(0.3)), 32),
    );
    (order, story).prop_map(|(order, story)| Seed {
        currency: order.0,
        taxes_included: order.1,
        is_paid_at_once: order.2,
        lines: order.3,
        shipping: order.4,
        actions: story.0,
        is_fully_refunded: story.1,
        rate_bps: story.2,
        payout_rate_percent: story.3,
        arrival: story.4,
    })
}

fn line_seeds() -> impl Strategy<Value = LineSeed> {
    let price = prop_oneof![1_i64..=100, 1_i64..=50_000];
    let discount = prop_oneof![Just(0_i64), 0_i64..=100];
    (1_i64..=4, price, discount, 0_i64..=25, prop::bool::weighted(0.1)).prop_map(
        |(quantity, price, discount, tax, is_gift_card)| LineSeed {
            quantity,
            price,
            discount,
            tax,
            is_gift_card,
        },
    )
}

fn actions() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (0_usize..6, 1_i64..=100).prop_map(|(line, share)| Action::RefundUnits { line, share }),
        2 => (1_i64..=100).prop_map(|share| Action::RefundAmount { share }),
        1 => Just(Action::RefundShipping),
        1 => (0_usize..6, 1_i64..=100).prop_map(|(line, share)| Action::RemoveUnits { line, share }),
        1 => (1_i64..=20_000, 0_i64..=25).prop_map(|(price, tax)| Action::AddLine { price, tax }),
        1 => Just(Action::Cancel),
    ]
}
