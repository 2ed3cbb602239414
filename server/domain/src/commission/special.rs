//! Special rates and exclusions: for which lines they hold, and which is the most specific. Not
//! here: what comes after them in the order of lookup (`rate`).

use std::cmp::Reverse;

use crate::{
    affiliate::fold_code,
    attribution::Method,
    ids::ShopifyId,
    order::OrderLine,
    program::{ProgramRules, RateMatch},
};

use super::{
    CommissionContext,
    base::BaseLine,
    exact::EXACT,
    rules::{Plan, Rate, Special},
};

/// Whether a line can earn under a program: no gift card, no tip, not excluded. A product that is
/// bound to an affiliate is evidence for that affiliate only if this holds. // G09, G11, G12, G19
#[must_use]
pub fn may_earn(rules: &ProgramRules, context: &CommissionContext, line: &OrderLine) -> bool {
    why_skipped(rules, context, line).is_none()
}

/// Why a line never earns.
pub(super) fn why_skipped(
    rules: &ProgramRules,
    context: &CommissionContext,
    line: &OrderLine,
) -> Option<&'static str> {
    if line.gift_card {
        return Some("gift card");
    }
    if line.tip {
        return Some("tip");
    }
    let product = line.product_id?;
    let is_excluded = rules.exclude.product_ids.contains(&product)
        || collections(rules, Some(product))
            .iter()
            .any(|collection| rules.exclude.collection_ids.contains(&ShopifyId(*collection)));
    let target = Target { rules, context, product_id: Some(product), variant_id: line.variant_id };
    let is_rescued = || {
        rules.rates.iter().any(|special| {
            let names_product =
                special.applies_to.product_id.is_some() || special.applies_to.variant_id.is_some();
            names_product && target.meets(&special.applies_to)
        })
    };
    (is_excluded && !is_rescued()).then_some("excluded product")
}

/// The special rate that applies to a line, with its place in the program's list. Of several, the
/// more specific one; then the one with more conditions; a variant before its product; of
/// collections the one that pays more; then the first.
pub(super) fn most_specific<'a>(
    plan: &'a Plan<'a>,
    context: &CommissionContext,
    line: &BaseLine,
) -> Option<(usize, &'a Special<'a>)> {
    let BaseLine { product_id, variant_id, .. } = *line;
    let target = Target { rules: plan.rules, context, product_id, variant_id };
    let applying =
        plan.specials.iter().enumerate().filter(|(_, special)| target.meets(special.applies_to));
    applying.min_by_key(|(_, Special { applies_to, rate })| {
        let rank = rank(applies_to);
        let amount = if rank == Rank::Collection { worth(*rate, line) } else { 0 };
        let conditions = conditions(applies_to).len();
        (rank, Reverse(conditions), applies_to.variant_id.is_none(), Reverse(amount))
    })
}

/// What a special rate is for, for people: `affiliate and product`.
pub(super) fn described(applies_to: &RateMatch) -> String {
    conditions(applies_to).join(" and ")
}

/// What a rate would pay for one line alone: to compare two rates.
fn worth(rate: Rate, line: &BaseLine) -> i128 {
    match rate {
        Rate::Percent(points) => i128::from(line.base_minor) * i128::from(points.0),
        Rate::FlatPerOrder(minor) => i128::from(minor) * EXACT,
        Rate::FlatPerItem(each) => {
            i128::from(each).saturating_mul(i128::from(line.units)).saturating_mul(EXACT)
        }
    }
}

/// How specific a special rate is, most specific first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    AffiliateAndProduct,
    Product,
    Collection,
    Coupon,
    Affiliate,
    Customer,
}

const fn rank(applies_to: &RateMatch) -> Rank {
    let names_product = applies_to.product_id.is_some() || applies_to.variant_id.is_some();
    if names_product && applies_to.affiliate.is_some() {
        Rank::AffiliateAndProduct
    } else if names_product {
        Rank::Product
    } else if applies_to.collection_id.is_some() {
        Rank::Collection
    } else if applies_to.coupon.is_some() {
        Rank::Coupon
    } else if applies_to.affiliate.is_some() {
        Rank::Affiliate
    } else {
        Rank::Customer
    }
}

fn conditions(applies_to: &RateMatch) -> Vec<&'static str> {
    [
        applies_to.affiliate.as_ref().map(|_| "affiliate"),
        applies_to.product_id.map(|_| "product"),
        applies_to.variant_id.map(|_| "variant"),
        applies_to.collection_id.map(|_| "collection"),
        applies_to.coupon.as_ref().map(|_| "coupon"),
        applies_to.customer.map(|_| "customer"),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What a special rate's conditions are held against.
struct Target<'a> {
    rules: &'a ProgramRules,
    context: &'a CommissionContext,
    product_id: Option<ShopifyId>,
    variant_id: Option<ShopifyId>,
}

impl Target<'_> {
    /// All given conditions hold.
    fn meets(&self, applies_to: &RateMatch) -> bool {
        let is_coupon = |wanted: &String| {
            self.context.method == Method::Coupon
                && self.context.coupon.as_deref().map(fold_code) == Some(fold_code(wanted))
        };
        let is_affiliate = |wanted: &String| {
            let wanted = fold_code(wanted);
            self.context.affiliate_names.iter().any(|name| fold_code(name) == wanted)
        };
        let in_collection = |collection: ShopifyId| {
            collections(self.rules, self.product_id).contains(&collection.0)
        };
        applies_to.product_id.is_none_or(|product| self.product_id == Some(product))
            && applies_to.variant_id.is_none_or(|variant| self.variant_id == Some(variant))
            && applies_to.collection_id.is_none_or(in_collection)
            && applies_to.coupon.as_ref().is_none_or(is_coupon)
            && applies_to.affiliate.as_ref().is_none_or(is_affiliate)
            && applies_to.customer.is_none_or(|customer| self.context.customer == customer)
    }
}

/// The collections of a product, as far as they were looked up.
fn collections(rules: &ProgramRules, product: Option<ShopifyId>) -> &[u64] {
    product.and_then(|product| rules.product_collections.get(&product.0)).map_or(&[], Vec::as_slice)
}
