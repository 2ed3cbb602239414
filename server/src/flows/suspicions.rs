//! What is suspicious about freshly decided orders (domain rules 3.7, N19): collects what the shop's
//! rules look at and has the domain judge. Rules that are switched off cost no query.

use std::collections::{HashMap, HashSet};

use domain::{
    attribution::{Decision, Method},
    fraud::{Consequence, FraudSettings, Signals, judge},
    ids::{AffiliateId, ShopifyId},
    order::OrderSnapshot,
    time::UtcTime,
};
use storage::{DbConn, StorageError, affiliates, clicks::Click, conversions};

use super::shop_book::ShopBook;

/// What the rules need to know besides the visits of each order.
#[derive(Debug, Default)]
pub(super) struct Suspicions {
    /// Orders whose buyer is an affiliate of the shop, and which.
    buyers: HashMap<ShopifyId, HashSet<AffiliateId>>,
    /// Orders credited in this batch, which the table does not know yet.
    credited: HashMap<AffiliateId, Vec<UtcTime>>,
}

impl Suspicions {
    /// Reads what the shop's rules ask for about a batch of orders.
    pub(super) fn read(
        conn: &mut DbConn,
        book: &ShopBook,
        orders: &[&OrderSnapshot],
    ) -> Result<Self, StorageError> {
        let mut known = Self::default();
        if book.settings.fraud.sibling == Consequence::Credit {
            return Ok(known);
        }
        let mailboxes: Vec<String> =
            orders.iter().filter_map(|order| order.email_fingerprint.clone()).collect();
        let accounts: Vec<ShopifyId> =
            orders.iter().filter_map(|order| order.customer_id).collect();
        let found = affiliates::affiliates_who_buy(conn, book.shop, &mailboxes, &accounts)?;
        for order in orders {
            let is_buyer = |affiliate: &&affiliates::Affiliate| {
                let is_mailbox = order.email_fingerprint.as_deref()
                    == Some(affiliate.email_fingerprint.as_str());
                is_mailbox
                    || (order.customer_id.is_some()
                        && order.customer_id == affiliate.shopify_customer_id)
            };
            let buyers = found.iter().filter(is_buyer).map(|affiliate| affiliate.id).collect();
            known.buyers.insert(order.shopify_order_id, buyers);
        }
        Ok(known)
    }

    /// What the shop's rules make of a decision, from the visits that led to the order.
    pub(super) fn judge(
        &mut self,
        conn: &mut DbConn,
        book: &ShopBook,
        order: &OrderSnapshot,
        visits: &[&Click],
        decision: Decision,
    ) -> Result<Decision, StorageError> {
        let Some(credit) = decision.credits.first() else { return Ok(decision) };
        if credit.method == Method::Manual {
            return Ok(decision);
        }
        let affiliate = credit.affiliate;
        let rules = &book.settings.fraud;
        let is_credited = |click: &&&Click| {
            decision.credits.iter().any(|credit| credit.affiliate == click.affiliate_id)
        };
        let own_pages = visits.iter().filter(is_credited).map(|click| click.entry_url.as_str());
        let pages = visits.iter().map(|click| click.entry_url.as_str());
        let pages = pages.chain(order.landing_site.as_deref());
        let buyers = self.buyers.get(&order.shopify_order_id);
        let first_click =
            visits.iter().filter(|click| click.affiliate_id == affiliate).map(|one| one.clicked_at);
        let signals = Signals {
            parameters: pages.flat_map(parameter_names).collect(),
            own_parameters: own_pages.flat_map(parameter_names).collect(),
            referrers: visits.iter().filter_map(|click| click.referrer.as_deref()).collect(),
            has_disposable_email: order.has_disposable_email,
            is_sibling: buyers.is_some_and(|buyers| buyers.iter().any(|buyer| *buyer != affiliate)),
            recent_orders: self.recent_orders(conn, book, affiliate, order.ordered_at)?,
            first_click_seconds: first_click.min().map(|at| order.ordered_at.seconds_since(at)),
        };
        self.credited.entry(affiliate).or_default().push(order.ordered_at);
        Ok(decision.after(judge(rules, &signals)))
    }

    /// Orders credited to an affiliate in the time before one, as many as the rule asks for.
    fn recent_orders(
        &self,
        conn: &mut DbConn,
        book: &ShopBook,
        affiliate: AffiliateId,
        ordered_at: UtcTime,
    ) -> Result<i64, StorageError> {
        let FraudSettings { velocity, velocity_orders, velocity_minutes, .. } = book.settings.fraud;
        if velocity == Consequence::Credit {
            return Ok(0);
        }
        let from = ordered_at.plus_seconds(velocity_minutes.saturating_mul(-60));
        let stored = conversions::conversion_count_between(
            conn,
            book.shop,
            affiliate,
            (from, ordered_at),
            velocity_orders,
        )?;
        let in_batch = self.credited.get(&affiliate).into_iter().flatten();
        let in_batch = in_batch.filter(|at| **at >= from && **at <= ordered_at).count();
        Ok(stored.saturating_add(i64::try_from(in_batch).unwrap_or(i64::MAX)))
    }
}

/// The names in a page's query, as they are written.
fn parameter_names(page: &str) -> impl Iterator<Item = &str> {
    let query = page.split_once('?').map_or("", |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').filter_map(|pair| pair.split('=').next()).filter(|name| !name.is_empty())
}
