//! Refunds, alone (`refunds/create`) or inside an order.

use domain::{
    ids::ShopifyId,
    money::Currency,
    order::{Refund, RefundLine},
    time::UtcTime,
};

use super::{
    error::{At as _, PayloadError, Problem, Required as _},
    json::{self, Json, json_object},
};
use adjustments::{Adjustment, AdjustmentJson, RefundShippingJson, given};

mod adjustments;
mod transactions;

json_object! {
    /// A refund.
    RefundJson {
        id, order_id, created_at, processed_at, refund_line_items, order_adjustments,
        refund_shipping_lines, transactions, total_duties_set, total_additional_fees_set,
    }
}

json_object! {
    /// `refund_line_items[]`.
    RefundLineJson {
        line_item_id, line_item, quantity, subtotal, subtotal_set, total_tax, total_tax_set,
    }
}

json_object! {
    /// `line_item` of a refund line.
    LineIdJson { id }
}

/// Reads a `refunds/create` body: the order it belongs to, the refund, and the shop's currency as
/// the body itself names it. Where it names none, amounts are read in `shop_currency`.
///
/// # Errors
/// [`PayloadError`] when an id, an amount, a quantity or a time that the rules need is missing or
/// unreadable.
pub fn refund(
    body: &[u8],
    shop_currency: Currency,
) -> Result<(ShopifyId, Refund, Option<Currency>), PayloadError> {
    let refund: RefundJson<'_> = json::body(body)?;
    let order_id = refund.order_id.id().required().at("order_id")?;
    let named = refund.named_currency()?;
    Ok((order_id, refund.refund(named.unwrap_or(shop_currency))?, named))
}

impl RefundJson<'_> {
    pub(super) fn refund(&self, currency: Currency) -> Result<Refund, PayloadError> {
        let lines = self
            .refund_line_items
            .objects(|line: RefundLineJson<'_>| line.refund_line(currency))
            .at("refund_line_items")?;
        let adjustments = self
            .order_adjustments
            .objects(|adjustment: AdjustmentJson<'_>| adjustment.adjustment(currency))
            .at("order_adjustments")?;
        let settlement = self.settlement()?;

        let (shipping, items): (Vec<_>, Vec<_>) =
            adjustments.into_iter().partition(|adjustment| adjustment.is_shipping);
        // A shipping refund is listed in both places; it must count once.
        let shipping = if shipping.is_empty() { self.shipping_lines(currency)? } else { shipping };
        let is_money_only = lines.is_empty() && items.is_empty() && shipping.is_empty();
        let (beyond_items_minor, beyond_items_tax_minor) = if is_money_only {
            (self.money_moved(settlement, currency)?, 0)
        } else {
            given(items.iter().filter(|it| it.minor <= 0)).at("order_adjustments")?
        };
        let kept = items.iter().map(|it| it.minor.max(0));
        let (shipping_minor, shipping_tax_minor) = given(&shipping).at("order_adjustments")?;
        Ok(Refund {
            id: self.id.id().required().at("id")?,
            created_at: self.created_at()?,
            settlement,
            lines,
            beyond_items_minor,
            beyond_items_tax_minor,
            kept_minor: json::sum(kept).at("order_adjustments")?,
            shipping_minor,
            shipping_tax_minor,
        })
    }

    fn shipping_lines(&self, currency: Currency) -> Result<Vec<Adjustment>, PayloadError> {
        self.refund_shipping_lines
            .objects(|line: RefundShippingJson<'_>| line.shipping(currency))
            .at("refund_shipping_lines")
    }

    fn created_at(&self) -> Result<UtcTime, PayloadError> {
        match self.created_at.time().at("created_at")? {
            Some(time) => Ok(time),
            None => self.processed_at.time().required().at("created_at"),
        }
    }

    fn named_currency(&self) -> Result<Option<Currency>, PayloadError> {
        let lines = self
            .refund_line_items
            .objects(|line: RefundLineJson<'_>| Ok(line.subtotal_set.shop_currency()))
            .at("refund_line_items")?;
        let adjustments = self
            .order_adjustments
            .objects(|adjustment: AdjustmentJson<'_>| Ok(adjustment.named_currency()))
            .at("order_adjustments")?;
        let shipping = self
            .refund_shipping_lines
            .objects(|line: RefundShippingJson<'_>| Ok(line.named_currency()))
            .at("refund_shipping_lines")?;
        let duties = [self.total_duties_set.shop_currency()];
        Ok(lines.into_iter().chain(adjustments).chain(shipping).chain(duties).flatten().next())
    }
}

impl RefundLineJson<'_> {
    /// The set is preferred: the plain fields are JSON numbers.
    fn refund_line(&self, currency: Currency) -> Result<RefundLine, PayloadError> {
        let subtotal =
            set_or(("subtotal_set", self.subtotal_set), ("subtotal", self.subtotal), currency)?;
        let tax =
            set_or(("total_tax_set", self.total_tax_set), ("total_tax", self.total_tax), currency)?;
        Ok(RefundLine {
            line_id: self.line_id()?,
            quantity: self.quantity.integer().required().at("quantity")?,
            subtotal_minor: subtotal.ok_or(Problem::Missing).at("subtotal_set")?,
            tax_minor: tax.unwrap_or(0),
        })
    }

    fn line_id(&self) -> Result<ShopifyId, PayloadError> {
        if let Some(id) = self.line_item_id.id().at("line_item_id")? {
            return Ok(id);
        }
        let line: Option<LineIdJson<'_>> = self.line_item.object().at("line_item")?;
        line.unwrap_or_default().id.id().required().at("line_item_id")
    }
}

fn set_or(
    (set_key, set): (&str, Json<'_>),
    (plain_key, plain): (&str, Json<'_>),
    currency: Currency,
) -> Result<Option<i64>, PayloadError> {
    match set.shop_minor(currency).at(set_key)? {
        Some(minor) => Ok(Some(minor)),
        None => plain.minor(currency).at(plain_key),
    }
}
