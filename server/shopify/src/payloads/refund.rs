//! Refunds, alone (`refunds/create`) or inside an order.

use domain::{
    ids::ShopifyId,
    money::Currency,
    order::{Refund, RefundLine, RefundSettlement},
    time::UtcTime,
};

use super::{
    error::{At as _, PayloadError, Problem, Required as _},
    events::TransactionStatus,
    json::{self, Json, json_object},
    line::either,
};

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

json_object! {
    /// `order_adjustments[]`.
    AdjustmentJson { kind, reason, amount, amount_set, tax_amount, tax_amount_set }
}

json_object! {
    /// `refund_shipping_lines[]`.
    RefundShippingJson { subtotal_amount_set, tax_amount_set }
}

json_object! {
    /// `transactions[]`.
    TransactionJson { kind, status, amount, currency }
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
    Ok((
        order_id,
        refund.refund(named.unwrap_or(shop_currency))?,
        named,
    ))
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
        let shipping_lines = self
            .refund_shipping_lines
            .objects(|line: RefundShippingJson<'_>| line.shipping(currency))
            .at("refund_shipping_lines")?;
        let settlement = self.settlement()?;

        let (shipping, items): (Vec<_>, Vec<_>) = adjustments
            .into_iter()
            .partition(|adjustment| adjustment.is_shipping);
        let is_money_only = lines.is_empty() && items.is_empty() && shipping_lines.is_empty();
        let (beyond_items_minor, beyond_items_tax_minor) = if is_money_only && shipping.is_empty() {
            (self.money_moved(settlement, currency)?, 0)
        } else {
            given(items.iter().filter(|it| it.minor <= 0)).at("order_adjustments")?
        };
        let kept = items.iter().map(|it| it.minor.max(0));
        // A shipping refund is listed in both places; it must count once.
        let (shipping_minor, shipping_tax_minor) = if shipping.is_empty() {
            given(&shipping_lines).at("refund_shipping_lines")?
        } else {
            given(&shipping).at("order_adjustments")?
        };
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

    fn created_at(&self) -> Result<UtcTime, PayloadError> {
        match self.created_at.time().at("created_at")? {
            Some(time) => Ok(time),
            None => self.processed_at.time().required().at("created_at"),
        }
    }

    /// No money transactions: nothing to wait for. One that succeeded: it happened. Otherwise it
    /// waits for whatever has not failed.
    fn settlement(&self) -> Result<RefundSettlement, PayloadError> {
        let statuses = self.money(|transaction| Ok(transaction.status()))?;
        let mut open = statuses.iter().filter(|status| !status.is_failed());
        Ok(
            if statuses.is_empty() || statuses.contains(&TransactionStatus::Success) {
                RefundSettlement::Settled
            } else if open.next().is_some() {
                RefundSettlement::Pending
            } else {
                RefundSettlement::Failed
            },
        )
    }

    /// The money of an amount-only refund without adjustments, which nothing but the transactions
    /// tells. They are in the buyer's currency, so only those in the shop's own count. While the
    /// refund is pending, this is what it will be.
    fn money_moved(
        &self,
        settlement: RefundSettlement,
        currency: Currency,
    ) -> Result<i64, PayloadError> {
        let amounts = self.money(|transaction| {
            let counts = match settlement {
                RefundSettlement::Settled => transaction.status() == TransactionStatus::Success,
                RefundSettlement::Pending | RefundSettlement::Failed => {
                    !transaction.status().is_failed()
                }
            };
            if !counts || transaction.currency.currency().at("currency")? != Some(currency) {
                return Ok(0);
            }
            transaction.amount.minor(currency).required().at("amount")
        })?;
        let not_goods = [
            self.total_duties_set
                .shop_minor(currency)
                .at("total_duties_set")?,
            self.total_additional_fees_set
                .shop_minor(currency)
                .at("total_additional_fees_set")?,
        ];
        let not_goods = json::sum(not_goods.into_iter().flatten()).at("total_duties_set")?;
        let moved = json::sum(amounts).at("transactions")?;
        Ok(moved.saturating_sub(not_goods).max(0))
    }

    /// Looks at each transaction that gives money back.
    fn money<T>(
        &self,
        look: impl Fn(&TransactionJson<'_>) -> Result<T, PayloadError>,
    ) -> Result<Vec<T>, PayloadError> {
        let looks = self
            .transactions
            .objects(|transaction: TransactionJson<'_>| {
                let kind = transaction.kind.text();
                let gives_back = kind.is_none_or(|kind| kind == "refund");
                gives_back.then(|| look(&transaction)).transpose()
            })
            .at("transactions")?;
        Ok(looks.into_iter().flatten().collect())
    }

    fn named_currency(&self) -> Result<Option<Currency>, PayloadError> {
        let lines = self
            .refund_line_items
            .objects(|line: RefundLineJson<'_>| Ok(line.subtotal_set.shop_currency()))
            .at("refund_line_items")?;
        let adjustments = self
            .order_adjustments
            .objects(|adjustment: AdjustmentJson<'_>| Ok(adjustment.amount_set.shop_currency()))
            .at("order_adjustments")?;
        let shipping = self
            .refund_shipping_lines
            .objects(|line: RefundShippingJson<'_>| Ok(line.subtotal_amount_set.shop_currency()))
            .at("refund_shipping_lines")?;
        let duties = [self.total_duties_set.shop_currency()];
        Ok(lines
            .into_iter()
            .chain(adjustments)
            .chain(shipping)
            .chain(duties)
            .flatten()
            .next())
    }
}

impl RefundLineJson<'_> {
    /// The set is preferred: the plain fields are JSON numbers.
    fn refund_line(&self, currency: Currency) -> Result<RefundLine, PayloadError> {
        let subtotal = set_or(
            ("subtotal_set", self.subtotal_set),
            ("subtotal", self.subtotal),
            currency,
        )?;
        let tax = set_or(
            ("total_tax_set", self.total_tax_set),
            ("total_tax", self.total_tax),
            currency,
        )?;
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
        line.unwrap_or_default()
            .id
            .id()
            .required()
            .at("line_item_id")
    }
}

/// One sum that Shopify lists beside the items: negative when given to the buyer.
struct Adjustment {
    is_shipping: bool,
    minor: i64,
    tax_minor: i64,
}

impl AdjustmentJson<'_> {
    fn adjustment(&self, currency: Currency) -> Result<Adjustment, PayloadError> {
        // GraphQL has dropped the kind; should webhooks follow, the reason still tells.
        let kind = self
            .kind
            .text()
            .or_else(|| self.reason.text())
            .unwrap_or_default();
        let amount = either(
            ("amount", self.amount),
            ("amount_set", self.amount_set),
            currency,
        )?;
        let tax = either(
            ("tax_amount", self.tax_amount),
            ("tax_amount_set", self.tax_amount_set),
            currency,
        )?;
        Ok(Adjustment {
            is_shipping: kind
                .replace(' ', "_")
                .eq_ignore_ascii_case("shipping_refund"),
            minor: amount.ok_or(Problem::Missing).at("amount")?,
            tax_minor: tax.unwrap_or(0),
        })
    }
}

impl RefundShippingJson<'_> {
    /// Positive in the payload; turned to the sign of adjustments.
    fn shipping(&self, currency: Currency) -> Result<Adjustment, PayloadError> {
        let amount = self
            .subtotal_amount_set
            .shop_minor(currency)
            .at("subtotal_amount_set")?;
        let tax = self
            .tax_amount_set
            .shop_minor(currency)
            .at("tax_amount_set")?;
        Ok(Adjustment {
            is_shipping: true,
            minor: amount
                .ok_or(Problem::Missing)
                .at("subtotal_amount_set")?
                .saturating_neg(),
            tax_minor: tax.unwrap_or(0).saturating_neg(),
        })
    }
}

impl TransactionJson<'_> {
    fn status(&self) -> TransactionStatus {
        TransactionStatus::parse(self.status.text().as_deref().unwrap_or_default())
    }
}

/// What adjustments gave to the buyer: amount and tax, positive.
fn given<'a>(
    adjustments: impl IntoIterator<Item = &'a Adjustment> + Clone,
) -> Result<(i64, i64), Problem> {
    let amounts = adjustments
        .clone()
        .into_iter()
        .map(|it| it.minor.saturating_neg());
    let taxes = adjustments
        .into_iter()
        .map(|it| it.tax_minor.saturating_neg());
    Ok((json::sum(amounts)?, json::sum(taxes)?))
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
