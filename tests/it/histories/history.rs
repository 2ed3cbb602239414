//! A random history: an order, what happens to it, the webhooks that Shopify sends, and one order of
//! arrival with repeats. Shared by all properties; the numbers that it is made of are in `seed`.

use domain::money::{Currency, Money};
use proptest::prelude::*;

use super::message::Message;
use super::seed::{Action, LineSeed, Seed, seeds};
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
    /// Positions of the messages as they arrive: shuffled, some repeated.
    arrival: Vec<usize>,
    /// The program's rate.
    pub(super) rate_bps: i64,
    /// The rate of the affiliate's own currency, in hundredths.
    pub(super) payout_rate_percent: i64,
    /// Everything was given back at the end.
    pub(super) is_fully_refunded: bool,
}

/// Which of a shop's orders a history tells of: its id, when it was placed, what connects it.
#[derive(Debug, Clone)]
pub(super) struct Placing {
    pub(super) id: u64,
    pub(super) at: String,
    pub(super) customer: u64,
    pub(super) coupon: Option<&'static str>,
}

impl Placing {
    /// The only order of a history.
    fn only() -> Self {
        Self { id: 450_789_469, at: day(0), customer: 207_119_551, coupon: Some("ANNA10") }
    }

    fn place(&self, order: Order) -> Order {
        let order = order.id(self.id).placed_at(&self.at);
        let order = order.buyer(self.customer, &format!("buyer{}@example.net", self.customer));
        match self.coupon {
            Some(code) => order.codes([code]),
            None => order.codes([]),
        }
    }
}

/// Random histories in which only whole units come and go: no cancellation, and no money without
/// items, which is shared out over the lines in cents.
pub(super) fn histories_of_units() -> impl Strategy<Value = History> {
    seeds().prop_map(|mut seed| {
        seed.actions
            .retain(|action| !matches!(action, Action::RefundAmount { .. } | Action::Cancel));
        Telling::of(&seed, Placing::only()).finish(&seed)
    })
}

impl History {
    /// The history of one of several orders.
    pub(super) fn of(seed: &Seed, placing: Placing) -> Self {
        Telling::of(seed, placing).finish(seed)
    }

    /// The messages as they arrive.
    pub(super) fn as_it_arrives(&self) -> impl DoubleEndedIterator<Item = &Message> {
        self.arrival.iter().filter_map(|position| self.messages.get(*position))
    }

    /// Everything was given back, unit by unit: whatever the rules, nothing is earned. What a
    /// cancellation leaves is up to the program.
    pub(super) const fn nothing_is_left(&self) -> bool {
        self.is_fully_refunded && !self.order.is_cancelled()
    }

    /// The base that remains, in twelfths of a minor unit (exact for up to four units a line), and
    /// the units of the lines that only a part remains of: so often may a refund have rounded.
    pub(super) fn exact_base_twelfths(&self) -> (i128, i128) {
        let order = self.order.snapshot();
        let lines = order.lines.iter().filter(|line| {
            !line.gift_card && line.product_id.is_none_or(|product| product.0 != EXCLUDED_PRODUCT)
        });
        lines.fold((0, 0), |(base, parts), line| {
            let tax = if order.taxes_included { line.tax_minor } else { 0 };
            let net = line.unit_price_minor * line.quantity - line.discount_minor - tax;
            let left = line.current_quantity.unwrap_or(line.quantity);
            let is_part = left > 0 && left < line.quantity;
            let part = i128::from(net) * i128::from(left) * 12 / i128::from(line.quantity);
            (base + part, parts + i128::from(is_part) * i128::from(line.quantity))
        })
    }
}

/// Random histories.
pub(super) fn histories() -> impl Strategy<Value = History> {
    seeds().prop_map(|seed| Telling::of(&seed, Placing::only()).finish(&seed))
}

/// A history while it is told.
struct Telling {
    order: Order,
    messages: Vec<Message>,
    is_shipping_refunded: bool,
}

impl Telling {
    fn of(seed: &Seed, placing: Placing) -> Self {
        let currency = Currency::parse(seed.currency).expect("a currency");
        let text = |minor| Money::new(minor, currency).decimal();
        let lines = ["A", "B", "C", "D", "E", "F"]
            .iter()
            .zip(&seed.lines)
            .map(|(title, line)| described(title, line, seed.taxes_included, &text));
        let placed = placing.place(Order::of(lines));
        let placed = placed.currency(seed.currency).shipping(&text(seed.shipping));
        let placed = if seed.taxes_included { placed.taxes_included() } else { placed };
        let placed = if seed.is_paid_at_once { placed } else { placed.unpaid() };
        let mut telling = Self {
            messages: vec![Message::order("orders/create", &placed)],
            order: placed,
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
        let copies = (0..self.messages.len()).zip(&seed.arrival);
        let mut arrival: Vec<(u16, usize)> = copies
            .flat_map(|(message, (time, is_repeated))| {
                let repeat = is_repeated.then_some((time.rotate_left(7), message));
                std::iter::once((*time, message)).chain(repeat)
            })
            .collect();
        arrival.sort_unstable();
        let arrival = arrival.into_iter().map(|(_, message)| message).collect();
        History {
            arrival,
            order: self.order,
            messages: self.messages,
            rate_bps: seed.rate_bps,
            payout_rate_percent: seed.payout_rate_percent,
            is_fully_refunded: seed.is_fully_refunded,
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
        self.refund(if is_shipping_left { refund.shipping_in_full() } else { refund });
    }

    /// A refund comes as its own webhook and in the order's next picture.
    fn refund(&mut self, refund: Refund) {
        let after = self.order.refunded(&refund);
        self.messages.push(Message::refund(&refund));
        self.tell("orders/updated", after);
    }

    fn tell(&mut self, topic: &'static str, order: Order) {
        self.messages.push(Message::order(topic, &order));
        self.order = order;
    }

    /// Some of what is left of a line, at least one unit.
    fn some_units(&self, line: usize, share: i64) -> Option<(String, i64)> {
        let (title, left) = self.order.units_left().get(line)?.clone();
        (left > 0).then(|| (title, (left * share / 100).max(1)))
    }

    fn next_time(&self) -> String {
        let hours = i64::try_from(self.messages.len()).expect("few messages");
        later(&self.order.created_at, hours * 3_600)
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
    let line =
        line(title, seed.quantity, &text(seed.price)).discount(&text(discount)).tax(&text(tax));
    if seed.is_gift_card { line.gift_card() } else { line }
}
