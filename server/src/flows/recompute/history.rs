//! What happened before an order, where the rules of a new part ask for it: the customer's earlier
//! orders and the affiliate's approved sales. Programs that ask for nothing cost no query.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use domain::{
    ids::{OrderId, ShopifyId},
    program::{CustomerKind, CustomerRule, ProgramRules},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::Affiliate,
    milestones::{self, PeriodKey},
    orders::{self, Order},
};

use crate::flows::shop_book::ShopBook;

/// Orders of one customer that are looked at, to find which charge of a subscription one is.
const CUSTOMER_ORDERS_MAX: u32 = 200;

/// A part of an order of which nothing is stored yet.
pub(in crate::flows) struct NewPart<'a> {
    pub(in crate::flows) order: &'a Order,
    pub(in crate::flows) affiliate: Affiliate,
    pub(in crate::flows) rules: Arc<ProgramRules>,
}

/// An order of a customer.
#[derive(Debug, Clone, Copy)]
struct Earlier {
    place: (UtcTime, OrderId),
    is_charge: bool,
}

/// What happened before a batch of orders.
#[derive(Debug, Default)]
pub(in crate::flows) struct History {
    orders: HashMap<ShopifyId, Vec<Earlier>>,
    sales: HashMap<PeriodKey, i64>,
}

impl History {
    pub(in crate::flows) fn read(
        conn: &mut DbConn,
        book: &ShopBook,
        parts: &[NewPart<'_>],
    ) -> Result<Self, StorageError> {
        let mut history = Self::default();
        history.read_orders(conn, book, parts)?;
        history.read_sales(conn, book, parts)?;
        Ok(history)
    }

    fn read_orders(
        &mut self,
        conn: &mut DbConn,
        book: &ShopBook,
        parts: &[NewPart<'_>],
    ) -> Result<(), StorageError> {
        let asking = parts.iter().filter(|part| needs_orders(&part.rules));
        let customers: BTreeSet<ShopifyId> =
            asking.filter_map(|part| part.order.customer_id).collect();
        if customers.is_empty() {
            return Ok(());
        }
        let customers: Vec<ShopifyId> = customers.into_iter().collect();
        let found = orders::orders_of_customers(conn, book.shop, &customers, CUSTOMER_ORDERS_MAX)?;
        for order in found {
            if let Some(customer) = order.customer_id {
                let earlier =
                    Earlier { place: (order.ordered_at, order.id), is_charge: order.is_charge };
                self.orders.entry(customer).or_default().push(earlier);
            }
        }
        Ok(())
    }

    fn read_sales(
        &mut self,
        conn: &mut DbConn,
        book: &ShopBook,
        parts: &[NewPart<'_>],
    ) -> Result<(), StorageError> {
        let (mut sums, mut peaks) = (BTreeSet::new(), BTreeSet::new());
        for part in parts {
            let key = period_of(book, part.order, &part.affiliate, &part.rules);
            match (key, demotes(&part.rules)) {
                (Some(key), true) => sums.insert(key),
                (Some(key), false) => peaks.insert(key),
                (None, _) => false,
            };
        }
        if !sums.is_empty() {
            let found = milestones::period_sales_of(conn, book.shop, &sums)?;
            self.sales.extend(found.iter().map(|sum| (sum.key(), sum.sales_minor)));
        }
        if !peaks.is_empty() {
            self.sales.extend(milestones::period_peaks_until(conn, book.shop, &peaks)?);
        }
        Ok(())
    }

    fn earlier<'a>(&'a self, order: &Order) -> impl Iterator<Item = &'a Earlier> + use<'a> {
        let known = order.customer_id.and_then(|customer| self.orders.get(&customer));
        let place = (order.ordered_at, order.id);
        known.into_iter().flatten().filter(move |earlier| earlier.place < place)
    }

    /// Whether the buyer had ordered before.
    pub(in crate::flows) fn customer_kind(&self, order: &Order) -> CustomerKind {
        match self.earlier(order).next() {
            Some(_) => CustomerKind::Returning,
            None => CustomerKind::New,
        }
    }

    /// Which charge of a subscription the order is, where the rules ask for it. // G77
    pub(in crate::flows) fn charge_number(
        &self,
        order: &Order,
        rules: &ProgramRules,
    ) -> Option<i64> {
        if !order.is_charge || rules.recurring.is_none() {
            return None;
        }
        let charges = self.earlier(order).filter(|earlier| earlier.is_charge).count();
        Some(i64::try_from(charges).unwrap_or(i64::MAX).saturating_add(1))
    }

    /// The affiliate's approved net sales in the period that the program's performance tiers count
    /// (G68), or the highest that they ever were where nobody is demoted (G70).
    pub(in crate::flows) fn approved_sales(
        &self,
        book: &ShopBook,
        order: &Order,
        affiliate: &Affiliate,
        rules: &ProgramRules,
    ) -> i64 {
        let key = period_of(book, order, affiliate, rules);
        key.and_then(|key| self.sales.get(&key)).copied().unwrap_or(0)
    }
}

/// The period of the order that the program's performance tiers count.
fn period_of(
    book: &ShopBook,
    order: &Order,
    affiliate: &Affiliate,
    rules: &ProgramRules,
) -> Option<PeriodKey> {
    let scope = rules.performance_tiers.as_ref()?.scope;
    Some(PeriodKey {
        affiliate: affiliate.id,
        program: affiliate.program_id,
        scope,
        starts_at: scope.start(order.ordered_at, &book.timezone),
    })
}

fn demotes(rules: &ProgramRules) -> bool {
    rules.performance_tiers.as_ref().is_some_and(|tiers| tiers.demote)
}

/// Whether the rules depend on what the buyer ordered before.
fn needs_orders(rules: &ProgramRules) -> bool {
    rules.customers == CustomerRule::NewOnly
        || rules.recurring.is_some()
        || rules.rates.iter().any(|rate| rate.applies_to.customer.is_some())
}
