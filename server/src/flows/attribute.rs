//! Collects what connects a batch of orders to affiliates, and has the domain decide. Reads only.

use std::collections::{HashMap, HashSet};

use domain::{
    affiliate::{AffiliateStatus, fold_code},
    attribution::{self, AffiliateFacts, Decision, Evidence, Method, Touch},
    commission::{CommissionContext, may_earn},
    ids::{AffiliateId, ShopifyId},
    link::CartVisit,
    order::OrderSnapshot,
    time::UtcTime,
};
use storage::{
    DbConn, StorageError,
    affiliates::{self, Affiliate},
    bindings,
    clicks::{self, Click},
    coupons,
};

use super::{order_facts::LookedUp, shop_book::ShopBook};
use crate::visit_token::VisitTokens;

/// Most clicks and codes of one order that are looked at.
const CLAIMS_MAX: usize = 50;

/// What is known about a batch of orders of one shop.
#[derive(Debug, Default)]
pub struct Connections {
    coupons: HashMap<String, AffiliateId>,
    clicks: HashMap<String, Vec<Click>>,
    customers: HashMap<ShopifyId, AffiliateId>,
    products: HashMap<ShopifyId, AffiliateId>,
    looked_up: LookedUp,
    /// Every affiliate that any of it names.
    pub affiliates: HashMap<AffiliateId, Affiliate>,
}

impl Connections {
    /// Reads everything that the given orders could be credited by, in a few statements.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn read(
        conn: &mut DbConn,
        book: &ShopBook,
        tokens: &VisitTokens,
        orders: &[&OrderSnapshot],
        now: UtcTime,
    ) -> Result<Self, StorageError> {
        let mut known = Self::default();
        if orders.is_empty() {
            return Ok(known);
        }
        known.read_coupons(conn, book, orders)?;
        known.read_clicks(conn, book, tokens, orders, now)?;
        known.read_bindings(conn, book, orders)?;
        let named: HashSet<AffiliateId> = known
            .coupons
            .values()
            .chain(known.customers.values())
            .chain(known.products.values())
            .copied()
            .chain(known.clicks.values().flatten().map(|click| click.affiliate_id))
            .collect();
        let named: Vec<AffiliateId> = named.into_iter().collect();
        if !named.is_empty() {
            known.affiliates = affiliates::affiliates_by_ids(conn, book.shop, &named)?;
        }
        Ok(known)
    }

    /// Adds affiliates whom the merchant names.
    pub fn add(&mut self, affiliates: HashMap<AffiliateId, Affiliate>) {
        self.affiliates.extend(affiliates);
    }

    /// Decides about one order; `manual` is the merchant's own choice.
    #[must_use]
    pub fn decide(
        &self,
        book: &ShopBook,
        tokens: &VisitTokens,
        order: &OrderSnapshot,
        manual: Option<AffiliateId>,
        now: UtcTime,
    ) -> Decision {
        let facts = self.facts(book, order.ordered_at);
        let codes = order.discount_codes.iter().take(CLAIMS_MAX);
        let coupons = codes
            .filter_map(|code| Some((code.clone(), *self.coupons.get(&fold_code(code))?)))
            .collect();
        attribution::decide(
            &book.settings.attribution,
            &Evidence {
                ordered_at: order.ordered_at,
                customer_id: order.customer_id,
                email_fingerprint: order.email_fingerprint.clone(),
                coupons,
                touches: self.touches(book, tokens, order, now),
                customer_binding: order.customer_id.and_then(|id| self.customers.get(&id)).copied(),
                product_bindings: self.bound_products(book, order),
                manual,
                affiliates: &facts,
            },
        )
    }

    /// Clicks of the visitors that the order's cart names, up to the order.
    #[must_use]
    pub fn visits(
        &self,
        book: &ShopBook,
        tokens: &VisitTokens,
        order: &OrderSnapshot,
        now: UtcTime,
    ) -> Vec<&Click> {
        visitors(book, tokens, order, now)
            .iter()
            .filter_map(|visitor| self.clicks.get(visitor))
            .flatten()
            .filter(|click| click.clicked_at <= order.ordered_at)
            .collect()
    }

    fn touches(
        &self,
        book: &ShopBook,
        tokens: &VisitTokens,
        order: &OrderSnapshot,
        now: UtcTime,
    ) -> Vec<Touch> {
        let visits = self.visits(book, tokens, order, now).into_iter();
        visits
            .map(|click| Touch {
                click: click.id,
                affiliate: click.affiliate_id,
                at: click.clicked_at,
            })
            .collect()
    }

    /// Affiliates bound to the order's products, but for products that their program excludes (G12).
    fn bound_products(&self, book: &ShopBook, order: &OrderSnapshot) -> Vec<AffiliateId> {
        let mut bound = Vec::new();
        for line in &order.lines {
            let owner = line.product_id.and_then(|product| self.products.get(&product));
            let Some(affiliate) = owner.and_then(|id| self.affiliates.get(id)) else { continue };
            let context = CommissionContext::bare(Method::Product, names_of(affiliate));
            let Some(version) = book.version_at(affiliate.program_id, order.ordered_at) else {
                continue;
            };
            let rules = self.looked_up.rules(order.shopify_order_id, &version.rules);
            if may_earn(&rules, &context, line) {
                bound.push(affiliate.id);
            }
        }
        bound
    }

    fn facts(&self, book: &ShopBook, at: UtcTime) -> HashMap<AffiliateId, AffiliateFacts> {
        self.affiliates
            .values()
            .map(|affiliate| {
                let version = book.version_at(affiliate.program_id, at);
                let facts = AffiliateFacts {
                    id: affiliate.id,
                    status: AffiliateStatus::parse(&affiliate.status)
                        .unwrap_or(AffiliateStatus::Blocked),
                    email_fingerprint: Some(affiliate.email_fingerprint.clone())
                        .filter(|fingerprint| !fingerprint.is_empty()),
                    shopify_customer_id: affiliate.shopify_customer_id,
                    window_days: version.and_then(|version| version.rules.window_days),
                };
                (affiliate.id, facts)
            })
            .collect()
    }

    fn read_coupons(
        &mut self,
        conn: &mut DbConn,
        book: &ShopBook,
        orders: &[&OrderSnapshot],
    ) -> Result<(), StorageError> {
        let codes: Vec<String> = distinct(
            orders
                .iter()
                .flat_map(|order| order.discount_codes.iter().take(CLAIMS_MAX))
                .map(|code| fold_code(code)),
        );
        if !codes.is_empty() {
            self.coupons =
                coupons::coupons_by_codes(conn, book.shop, &codes)?.into_iter().collect();
        }
        Ok(())
    }

    fn read_clicks(
        &mut self,
        conn: &mut DbConn,
        book: &ShopBook,
        tokens: &VisitTokens,
        orders: &[&OrderSnapshot],
        now: UtcTime,
    ) -> Result<(), StorageError> {
        let keys = distinct(orders.iter().flat_map(|order| visitors(book, tokens, order, now)));
        if keys.is_empty() {
            return Ok(());
        }
        let since = UtcTime::default();
        for click in clicks::clicks_of_visitors(conn, book.shop, &keys, since)? {
            self.clicks.entry(click.visitor.clone()).or_default().push(click);
        }
        Ok(())
    }

    fn read_bindings(
        &mut self,
        conn: &mut DbConn,
        book: &ShopBook,
        orders: &[&OrderSnapshot],
    ) -> Result<(), StorageError> {
        let customers = distinct(orders.iter().filter_map(|order| order.customer_id));
        if !customers.is_empty() {
            self.customers = bindings::customer_bindings_for(conn, book.shop, &customers)?
                .into_iter()
                .map(|bound| (bound.customer_id, bound.affiliate_id))
                .collect();
        }
        let products = distinct(
            orders.iter().flat_map(|order| order.lines.iter().filter_map(|line| line.product_id)),
        );
        if !products.is_empty() {
            self.products = bindings::product_bindings_for(conn, book.shop, &products)?
                .into_iter()
                .map(|bound| (bound.product_id, bound.affiliate_id))
                .collect();
        }
        if !self.products.is_empty() {
            // A program may exclude the collections that a bound product is in.
            let ids: Vec<ShopifyId> = orders.iter().map(|order| order.shopify_order_id).collect();
            self.looked_up = LookedUp::read(conn, book, &ids)?;
        }
        Ok(())
    }
}

/// Who a visitor's clicks speak for at a moment, by the rules that an order would be judged by.
///
/// # Errors
/// [`StorageError`].
pub fn decide_visit(
    conn: &mut DbConn,
    book: &ShopBook,
    visitor: &str,
    now: UtcTime,
) -> Result<Decision, StorageError> {
    let visitors = [visitor.to_owned()];
    let clicks = clicks::clicks_of_visitors(conn, book.shop, &visitors, UtcTime::default())?;
    let mut named: Vec<AffiliateId> = clicks.iter().map(|click| click.affiliate_id).collect();
    named.sort_unstable();
    named.dedup();
    let mut known = Connections::default();
    if !named.is_empty() {
        known.affiliates = affiliates::affiliates_by_ids(conn, book.shop, &named)?;
    }
    let touch = |click: &Click| Touch {
        click: click.id,
        affiliate: click.affiliate_id,
        at: click.clicked_at,
    };
    Ok(attribution::decide(
        &book.settings.attribution,
        &Evidence {
            ordered_at: now,
            customer_id: None,
            email_fingerprint: None,
            coupons: Vec::new(),
            touches: clicks.iter().map(touch).collect(),
            customer_binding: None,
            product_bindings: Vec::new(),
            manual: None,
            affiliates: &known.facts(book, now),
        },
    ))
}

/// Names by which a special rate may mean an affiliate: the code, the name, the number.
#[must_use]
pub fn names_of(affiliate: &Affiliate) -> Vec<String> {
    vec![affiliate.code.clone(), affiliate.name.clone(), affiliate.number.to_string()]
}

/// The visitors whom an order's cart names, as far as we signed for them, and the one that
/// [`super::recover_click`] may have made from a landing page of which no report arrived.
pub(super) fn visitors(
    book: &ShopBook,
    tokens: &VisitTokens,
    order: &OrderSnapshot,
    now: UtcTime,
) -> Vec<String> {
    let mut named = signed_visitors(book, tokens, order, now);
    if unreported_landing(book, tokens, order, now).is_some() {
        named.push(landing_visitor(order.shopify_order_id));
    }
    named
}

/// The landing page that only the order tells of: the one in the cart that the storefront could not
/// report, else, where the cart names nobody, the order's own.
pub(super) fn unreported_landing<'a>(
    book: &ShopBook,
    tokens: &VisitTokens,
    order: &'a OrderSnapshot,
    now: UtcTime,
) -> Option<&'a str> {
    let attributes = order.attribution_tokens.iter();
    let in_cart = attributes.filter_map(|text| CartVisit::read(text).landing).next_back();
    in_cart.or_else(|| {
        let is_unnamed = signed_visitors(book, tokens, order, now).is_empty();
        order.landing_site.as_deref().filter(|_| is_unnamed)
    })
}

fn signed_visitors(
    book: &ShopBook,
    tokens: &VisitTokens,
    order: &OrderSnapshot,
    now: UtcTime,
) -> Vec<String> {
    let attributes = order.attribution_tokens.iter().map(|text| CartVisit::read(text));
    let signed = attributes.filter_map(|visit| visit.token);
    distinct(signed.filter_map(|token| tokens.visitor(book.shop, token, now)))
}

/// The visitor of whom nothing is known but the order's landing page.
pub(super) fn landing_visitor(order: ShopifyId) -> String {
    format!("order-{order}")
}

fn distinct<T: std::hash::Hash + Eq + Clone>(items: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    items.filter(|item| seen.insert(item.clone())).collect()
}
