//! What a refund gives or keeps beside its items: order adjustments and shipping.

use domain::money::Currency;

use crate::payloads::{
    error::{At as _, PayloadError, Problem},
    json::{self, json_object},
    line::either,
};

json_object! {
    /// `order_adjustments[]`.
    AdjustmentJson { kind, reason, amount, amount_set, tax_amount, tax_amount_set }
}

json_object! {
    /// `refund_shipping_lines[]`.
    RefundShippingJson { subtotal_amount_set, tax_amount_set }
}

/// One sum that Shopify lists beside the items: negative when given to the buyer.
pub(super) struct Adjustment {
    pub(super) is_shipping: bool,
    pub(super) minor: i64,
    pub(super) tax_minor: i64,
}

impl AdjustmentJson<'_> {
    pub(super) fn adjustment(&self, currency: Currency) -> Result<Adjustment, PayloadError> {
        // GraphQL has dropped the kind; should webhooks follow, the reason still tells.
        let kind = self.kind.text().or_else(|| self.reason.text()).unwrap_or_default();
        let amount = either(("amount", self.amount), ("amount_set", self.amount_set), currency)?;
        let tax = either(
            ("tax_amount", self.tax_amount),
            ("tax_amount_set", self.tax_amount_set),
            currency,
        )?;
        Ok(Adjustment {
            is_shipping: kind.replace(' ', "_").eq_ignore_ascii_case("shipping_refund"),
            minor: amount.ok_or(Problem::Missing).at("amount")?,
            tax_minor: tax.unwrap_or(0),
        })
    }

    pub(super) fn named_currency(&self) -> Option<Currency> {
        self.amount_set.shop_currency()
    }
}

impl RefundShippingJson<'_> {
    /// Positive in the payload; turned to the sign of adjustments.
    pub(super) fn shipping(&self, currency: Currency) -> Result<Adjustment, PayloadError> {
        let amount = self.subtotal_amount_set.shop_minor(currency).at("subtotal_amount_set")?;
        let tax = self.tax_amount_set.shop_minor(currency).at("tax_amount_set")?;
        Ok(Adjustment {
            is_shipping: true,
            minor: amount.ok_or(Problem::Missing).at("subtotal_amount_set")?.saturating_neg(),
            tax_minor: tax.unwrap_or(0).saturating_neg(),
        })
    }

    pub(super) fn named_currency(&self) -> Option<Currency> {
        self.subtotal_amount_set.shop_currency()
    }
}

/// What adjustments gave to the buyer: amount and tax, positive.
pub(super) fn given<'a>(
    adjustments: impl IntoIterator<Item = &'a Adjustment> + Clone,
) -> Result<(i64, i64), Problem> {
    let amounts = adjustments.clone().into_iter().map(|it| it.minor.saturating_neg());
    let taxes = adjustments.into_iter().map(|it| it.tax_minor.saturating_neg());
    Ok((json::sum(amounts)?, json::sum(taxes)?))
}
