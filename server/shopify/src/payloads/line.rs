//! Order lines and shipping lines. Not here: refund lines (`refund`).

use domain::{money::Currency, order::OrderLine};

use super::{
    error::{At as _, PayloadError, Problem, Required as _},
    json::{Json, json_object},
};

json_object! {
    /// `line_items[]`.
    LineJson {
        id, product_id, variant_id, title, name, quantity, current_quantity, price, price_set,
        discount_allocations, tax_lines, gift_card, selling_plan_id, tip_payment_gateway,
    }
}

json_object! {
    /// `shipping_lines[]`.
    ShippingJson {
        price, price_set, discounted_price, discounted_price_set, discount_allocations, tax_lines,
        is_removed,
    }
}

json_object! {
    /// `discount_allocations[]`.
    AllocationJson { amount, amount_set }
}

json_object! {
    /// `tax_lines[]`.
    TaxJson { price, price_set }
}

/// Shipping after discounts, tax included where prices include tax, and that tax.
pub(super) struct Shipping {
    pub(super) net_minor: i64,
    pub(super) tax_minor: i64,
}

impl LineJson<'_> {
    pub(super) fn order_line(&self, currency: Currency) -> Result<OrderLine, PayloadError> {
        Ok(OrderLine {
            id: self.id.id().required().at("id")?,
            product_id: self.product_id.id().at("product_id")?,
            variant_id: self.variant_id.id().at("variant_id")?,
            title: self.title.trimmed().or_else(|| self.name.trimmed()).unwrap_or_default(),
            quantity: self.quantity.integer().required().at("quantity")?,
            current_quantity: self.current_quantity.integer().at("current_quantity")?,
            unit_price_minor: needed("price", self.price, ("price_set", self.price_set), currency)?,
            discount_minor: discounts(self.discount_allocations, currency)?,
            tax_minor: taxes(self.tax_lines, currency)?,
            gift_card: self.gift_card.flag().at("gift_card")?,
            // Only tips have the key, and it may be null.
            tip: self.tip_payment_gateway.is_present(),
            subscription: self.selling_plan_id.id().at("selling_plan_id")?.is_some(),
        })
    }
}

impl ShippingJson<'_> {
    /// `discounted_price` leaves out order-level discounts in some payloads and contains all of them
    /// in others, so the lower of it and price less allocations counts.
    pub(super) fn shipping(&self, currency: Currency) -> Result<Shipping, PayloadError> {
        if self.is_removed.flag().at("is_removed")? {
            return Ok(Shipping { net_minor: 0, tax_minor: 0 });
        }
        let price = needed("price", self.price, ("price_set", self.price_set), currency)?;
        let discounted = either(
            ("discounted_price", self.discounted_price),
            ("discounted_price_set", self.discounted_price_set),
            currency,
        )?;
        let allocated = price.saturating_sub(discounts(self.discount_allocations, currency)?);
        Ok(Shipping {
            net_minor: discounted.unwrap_or(allocated).min(allocated).max(0),
            tax_minor: taxes(self.tax_lines, currency)?,
        })
    }
}

/// An amount that is given plainly and as a set, or in only one of the two ways.
pub(super) fn either(
    (first_key, first): (&str, Json<'_>),
    (set_key, set): (&str, Json<'_>),
    currency: Currency,
) -> Result<Option<i64>, PayloadError> {
    match first.minor(currency).at(first_key)? {
        Some(minor) => Ok(Some(minor)),
        None => set.shop_minor(currency).at(set_key),
    }
}

fn discounts(allocations: Json<'_>, currency: Currency) -> Result<i64, PayloadError> {
    allocations
        .sum(|one: AllocationJson<'_>| {
            needed("amount", one.amount, ("amount_set", one.amount_set), currency)
        })
        .at("discount_allocations")
}

fn taxes(tax_lines: Json<'_>, currency: Currency) -> Result<i64, PayloadError> {
    tax_lines
        .sum(|one: TaxJson<'_>| needed("price", one.price, ("price_set", one.price_set), currency))
        .at("tax_lines")
}

fn needed(
    key: &str,
    plain: Json<'_>,
    set: (&str, Json<'_>),
    currency: Currency,
) -> Result<i64, PayloadError> {
    either((key, plain), set, currency)?.ok_or(Problem::Missing).at(key)
}
