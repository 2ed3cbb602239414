//! How a random history is made: an order, what happens to it, the webhooks that Shopify sends, and
//! one order of arrival with repeats. Shared by both properties.

use domain::{
    money::{Currency, Money},
    order::OrderState,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;

use crate::golden::builder::{Line, Order, Refund, day, later, line};

/// Product 632910397 (line `F`) earns nothing in the programs of the histories.
pub(super) const EXCLUDED_PRODUCT: u64 = 632_910_397;

/// A history and the rates that it is computed with.
#[derive(Debug, Clone)]
pub(super) struct History {
    /// The order as it ends.
    pub(super) order: Order,
    /// What Shopify sends, in the order in which it happens.
    pub(super) messages: Vec<Message>,
    /// The same messages as they arrive: shuffled, some repeated.
    pub(super) arrival: Vec<Message>,
    /// The program's rate.
    pub(super) rate_bps: i64,
    /// The rate of the affiliate's own currency, in hundredths.
    pub(super) payout_rate_percent: i64,
    /// Everything was given back at the end.
    pub(super) is_fully_refunded: bool,
    /// Money without items was given back.
    pub(super) has_amount_refund: bool,
}

/// One webhook.
#[derive(Debug, Clone)]
pub(super) enum Message {
    /// A picture of the order, under this topic.
    Order(&'static str, Box<Order>),
    /// `refunds/create`.
    Refund(Box<Refund>),
}

impl Message {
    /// Topic and payload, as Shopify sends them.
    pub(super) fn webhook(&self) -> (&'static str, Value) {
        match self {
            Self::Order(topic, order) => (topic, order.payload()),
            Self::Refund(refund) => ("refunds/create", refund.payload()),
        }
    }

    /// What the message does to the known state.
    pub(super) fn apply(&self, state: &mut OrderState) {
        match self {
            Self::Order(_, order) => state.apply_snapshot(order.snapshot()),
            Self::Refund(refund) => state.apply_refund(refund.domain()),
        }
    }
}

/// One thing that happens to an order. Shares are in percent of what is there at that time.
#[derive(Debug, Clone, Copy)]
enum Action {
    RefundUnits { line: usize, share: i64 },
    RefundAmount { share: i64 },
    RefundShipping,
    RemoveUnits { line: usize, share: i64 },
    AddLine { price: i64, tax: i64 },
    Cancel,
}

/// The numbers that a history is made of.
#[derive(Debug, Clone)]
struct Seed {
    currency: &'static str,
    taxes_included: bool,
    is_paid_at_once: bool,
    lines: Vec<LineSeed>,
    shipping: i64,
    actions: Vec<Action>,
    is_fully_refunded: bool,
    rate_bps: i64,
    payout_rate_percent: i64,
    arrival: Vec<(u16, bool)>,
}

/// The numbers of a line: price in minor units, discount and tax in percent of the line.
#[derive(Debug, Clone, Copy)]
struct LineSeed {
    quantity: i64,
    price: i64,
    discount: i64,
    tax: i64,
    is_gift_card: bool,
}

/// Random histories.
pub(super) fn histories() -> impl Strategy<Value = History> {
    seeds().prop_map(|seed| Telling::of(&seed).finish(&seed))
}

fn seeds() -> impl Strategy<Value = Seed> {
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
    (
        1_i64..=4,
        price,
        discount,
        0_i64..=25,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(quantity, price, discount, tax, is_gift_card)| LineSeed {
            quantity,
            price,
            discount,
            tax,
            is_gift_card,
        })
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

/// A history while it is told.
struct Telling {
    order: Order,
    messages: Vec<Message>,
    has_amount_refund: bool,
    is_shipping_refunded: bool,
}

impl Telling {
    fn of(seed: &Seed) -> Self {
        let currency = Currency::parse(seed.currency).expect("a currency");
        let text = |minor| Money::new(minor, currency).decimal();
        let lines = ["A", "B", "C", "D", "E", "F"]
            .iter()
            .zip(&seed.lines)
            .map(|(title, line)| described(title, line, seed.taxes_included, &text));
        let placed = Order::of(lines)
            .currency(seed.currency)
            .shipping(&text(seed.shipping));
        let placed = if seed.taxes_included {
            placed.taxes_included()
        } else {
            placed
        };
        let placed = if seed.is_paid_at_once {
            placed
        } else {
            placed.unpaid()
        };
        let mut telling = Self {
            messages: vec![Message::Order("orders/create", Box::new(placed.clone()))],
            order: placed,
            has_amount_refund: false,
            is_shipping_refunded: seed.shipping == 0,
        };
        let paid = telling.order.paid(&telling.next_time());
        telling.tell("orders/paid", paid);
        seed.actions.iter().for_each(|action| telling.act(*action));
        if seed.is_fully_refunded {
            telling.refund_everything();
        }
        telling
    }

    fn finish(self, seed: &Seed) -> History {
        let copies = self.messages.iter().zip(&seed.arrival);
        let mut arrival: Vec<(u16, &Message)> = copies
            .flat_map(|(message, (position, is_repeated))| {
                let repeat = is_repeated.then_some((position.rotate_left(7), message));
                std::iter::once((*position, message)).chain(repeat)
            })
            .collect();
        arrival.sort_by_key(|(position, _)| *position);
        let arrival = arrival
            .into_iter()
            .map(|(_, message)| message.clone())
            .collect();
        History {
            arrival,
            order: self.order,
            messages: self.messages,
            rate_bps: seed.rate_bps,
            payout_rate_percent: seed.payout_rate_percent,
            is_fully_refunded: seed.is_fully_refunded,
            has_amount_refund: self.has_amount_refund,
        }
    }

    fn act(&mut self, action: Action) {
        if self.order.is_cancelled() {
            return;
        }
        let time = self.next_time();
        match action {
            Action::RefundUnits { line, share } => {
                if let Some((title, units)) = self.some_units(line, share) {
                    self.refund(self.order.refund(&time).units(&title, units));
                }
            }
            Action::RefundAmount { share } => {
                let amount = self.order.left_minor() * share / 100;
                if amount > 0 {
                    self.has_amount_refund = true;
                    self.refund(self.order.refund(&time).amount(&self.order.text(amount)));
                }
            }
            Action::RefundShipping => {
                if !std::mem::replace(&mut self.is_shipping_refunded, true) {
                    self.refund(self.order.refund(&time).shipping_in_full());
                }
            }
            Action::RemoveUnits { line, share } => {
                if let Some((title, units)) = self.some_units(line, share) {
                    let edited = self.order.with_removed(&time, &title, units);
                    self.tell("orders/updated", edited);
                }
            }
            Action::AddLine { price, tax } => {
                let title = format!("G{}", self.messages.len());
                let tax = self.order.text(price * tax / (100 + tax));
                let added = line(&title, 1, &self.order.text(price)).tax(&tax);
                self.tell("orders/updated", self.order.with_added(&time, added));
            }
            Action::Cancel => self.tell("orders/cancelled", self.order.cancelled(&time)),
        }
    }

    fn refund_everything(&mut self) {
        if self.order.is_cancelled() {
            return;
        }
        let time = self.next_time();
        let refund = self.order.refund_of_rest(&time);
        let is_shipping_left = !std::mem::replace(&mut self.is_shipping_refunded, true);
        self.refund(if is_shipping_left {
            refund.shipping_in_full()
        } else {
            refund
        });
    }

    /// A refund comes as its own webhook and in the order's next picture.
    fn refund(&mut self, refund: Refund) {
        let after = self.order.refunded(&refund);
        self.messages.push(Message::Refund(Box::new(refund)));
        self.tell("orders/updated", after);
    }

    fn tell(&mut self, topic: &'static str, order: Order) {
        self.messages
            .push(Message::Order(topic, Box::new(order.clone())));
        self.order = order;
    }

    /// Some of what is left of a line, at least one unit.
    fn some_units(&self, line: usize, share: i64) -> Option<(String, i64)> {
        let (title, left) = self.order.units_left().get(line)?.clone();
        (left > 0).then(|| (title, (left * share / 100).max(1)))
    }

    fn next_time(&self) -> String {
        let hours = i64::try_from(self.messages.len()).expect("few messages");
        later(&day(0), hours * 3_600)
    }
}

fn described(
    title: &str,
    seed: &LineSeed,
    taxes_included: bool,
    text: &impl Fn(i64) -> String,
) -> Line {
    let list = seed.price * seed.quantity;
    let discount = list * seed.discount / 100;
    let net = list - discount;
    let tax = net * seed.tax / if taxes_included { 100 + seed.tax } else { 100 };
    let line = line(title, seed.quantity, &text(seed.price))
        .discount(&text(discount))
        .tax(&text(tax));
    if seed.is_gift_card {
        line.gift_card()
    } else {
        line
    }
}
