//! The demo store's own memory: its orders, as Shopify would keep them. Lost with the process; what
//! the app made of them stays in its database.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::time::UtcTime;
use serde_json::Value;

use super::{
    discounts::Coupon,
    payloads::{self, DemoOrder, Line, Product},
};
use crate::{flows::order_news::CART_ATTRIBUTE, web::view::parts::Notice};

/// The store's orders.
#[derive(Debug)]
pub(super) struct Store {
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    orders: BTreeMap<u64, Entry>,
    next_id: u64,
    next_number: u64,
}

#[derive(Debug)]
struct Entry {
    order: DemoOrder,
    notice: Option<Notice>,
}

/// What a visitor is about to order.
#[derive(Debug, Clone)]
pub(super) struct Cart {
    pub(super) product: Product,
    pub(super) quantity: i64,
    pub(super) email: String,
    pub(super) coupon: Option<Coupon>,
    /// What the storefront put into the cart.
    pub(super) attribution: Option<String>,
}

/// How much of an order is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refund {
    /// One unit of a line.
    One(u64),
    /// Whatever is left.
    All,
}

impl Store {
    /// An empty store. Ids start from the time, so that orders of an earlier demo keep theirs.
    pub(super) fn new(now: UtcTime) -> Self {
        let next_id = u64::try_from(now.micros()).unwrap_or(1);
        let inner = Inner { orders: BTreeMap::new(), next_id, next_number: 1001 };
        Self { inner: Mutex::new(inner) }
    }

    /// Places an order.
    pub(super) fn place(&self, cart: Cart, now: UtcTime) -> DemoOrder {
        let mut inner = self.lock();
        let (id, line_id) = (inner.take_id(), inner.take_id());
        let mut lines = vec![Line {
            id: line_id,
            product: cart.product,
            quantity: cart.quantity,
            refunded: 0,
            discount_minor: 0,
        }];
        if let Some(coupon) = &cart.coupon {
            payloads::discount(&mut lines, coupon.saving);
        }
        let attribution = cart.attribution.filter(|token| !token.is_empty());
        let order = DemoOrder {
            id,
            number: inner.next_number,
            placed_at: now,
            updated_at: now,
            cancelled_at: None,
            email: cart.email,
            coupon: cart.coupon,
            attributes: attribution
                .map(|token| (CART_ATTRIBUTE.to_owned(), token))
                .into_iter()
                .collect(),
            lines,
            refunds: Vec::new(),
        };
        inner.next_number += 1;
        inner.orders.insert(id, Entry { order: order.clone(), notice: None });
        order
    }

    /// Gives something back: the order afterwards and the refund. None when there is no such order
    /// or nothing is left.
    pub(super) fn refund(&self, id: u64, what: Refund, now: UtcTime) -> Option<(DemoOrder, Value)> {
        let mut inner = self.lock();
        let refund_id = inner.take_id();
        let order = &mut inner.orders.get_mut(&id)?.order;
        if order.cancelled_at.is_some() {
            return None;
        }
        let wanted = match what {
            Refund::One(line) => vec![(line, 1)],
            Refund::All => order.lines.iter().map(|line| (line.id, line.quantity)).collect(),
        };
        let refund = order.refund(&wanted, refund_id, now)?;
        Some((order.clone(), refund))
    }

    /// Cancels an order. None when there is no such order or it was cancelled before.
    pub(super) fn cancel(&self, id: u64, now: UtcTime) -> Option<DemoOrder> {
        let mut inner = self.lock();
        let order = &mut inner.orders.get_mut(&id)?.order;
        if order.cancelled_at.is_some() {
            return None;
        }
        (order.cancelled_at, order.updated_at) = (Some(now), now);
        Some(order.clone())
    }

    /// An order with what was last done to it, which is told once.
    pub(super) fn show(&self, id: u64) -> Option<(DemoOrder, Option<Notice>)> {
        let mut inner = self.lock();
        let entry = inner.orders.get_mut(&id)?;
        Some((entry.order.clone(), entry.notice.take()))
    }

    /// Remembers what the next view of an order has to tell.
    pub(super) fn tell(&self, id: u64, notice: Notice) {
        if let Some(entry) = self.lock().orders.get_mut(&id) {
            entry.notice = Some(notice);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    const fn take_id(&mut self) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::discounts::tests::fresh;

    fn cart(quantity: i64) -> Cart {
        Cart {
            product: payloads::CATALOGUE[0],
            quantity,
            email: "visitor@example.com".to_owned(),
            coupon: fresh().coupon(" anna10 "),
            attribution: Some("v1.x.y".to_owned()),
        }
    }

    #[test]
    fn an_order_carries_the_visit_and_the_code() {
        let order = Store::new(UtcTime::from_micros(7)).place(cart(2), UtcTime::default());
        assert_eq!(order.attributes, [("__rf".to_owned(), "v1.x.y".to_owned())]);
        assert_eq!(order.discount_minor(), 600);
    }

    #[test]
    fn nothing_is_given_back_twice_and_nothing_from_a_cancelled_order() {
        let (store, now) = (Store::new(UtcTime::from_micros(7)), UtcTime::default());
        let order = store.place(cart(2), now);
        let line = order.lines[0].id;
        assert!(store.refund(order.id, Refund::One(line), now).is_some());
        let (after, _) = store.refund(order.id, Refund::All, now).unwrap();
        assert_eq!(after.financial_status(), "refunded");
        assert!(store.refund(order.id, Refund::All, now).is_none());
        let other = store.place(cart(1), now);
        assert!(store.cancel(other.id, now).is_some());
        assert!(store.cancel(other.id, now).is_none());
        assert!(store.refund(other.id, Refund::All, now).is_none());
    }
}
