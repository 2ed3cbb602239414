//! `orders/create`, `updated`, `paid`, `cancelled`, `fulfilled`: a whole order, always taken in the
//! same way.

use domain::{
    fraud::is_disposable,
    ids::ShopifyId,
    money::Currency,
    order::{OrderSnapshot, PaymentStatus},
    time::UtcTime,
};

use super::{
    error::{At as _, PayloadError, Required as _},
    json::{self, json_object},
    line::{LineJson, Shipping, ShippingJson, either},
    refund::RefundJson,
};
use crate::fingerprint::Fingerprinter;

/// The storefront writes one value; more are forged, and these bounds are far above what it writes.
const TOKENS_MAX: usize = 5;
const TOKEN_BYTES_MAX: usize = 2048;
/// Longest name of a host (RFC 1035).
const HOST_BYTES_MAX: usize = 253;

json_object! {
    /// An order.
    OrderJson {
        id, name, order_number, created_at, processed_at, updated_at, cancelled_at, test, currency,
        taxes_included, financial_status, fulfillment_status, email, contact_email, customer,
        landing_site, referring_site, source_name, note_attributes, discount_codes, discount_applications,
        line_items, shipping_lines, refunds, total_price, total_price_set,
    }
}

json_object! {
    /// `customer`.
    CustomerJson { id, email }
}

json_object! {
    /// `note_attributes[]`.
    AttributeJson { name, value }
}

json_object! {
    /// `discount_codes[]` and `discount_applications[]`.
    DiscountJson { r#type, code, title, description }
}

/// Reads a whole order. `triggered_at` is the trigger time of the delivery; `attribute_name` is the
/// cart attribute that the storefront writes (`__rf`), also found with one leading underscore less.
///
/// # Errors
/// [`PayloadError`] when an id, an amount, a quantity or a time that the rules need is missing or
/// unreadable.
pub fn order_snapshot(
    body: &[u8],
    triggered_at: UtcTime,
    fingerprints: &Fingerprinter,
    attribute_name: &str,
) -> Result<OrderSnapshot, PayloadError> {
    let order: OrderJson<'_> = json::body(body)?;
    let currency = order.currency.currency().required().at("currency")?;
    let taxes_included = order.taxes_included.flag().at("taxes_included")?;
    let customer = order.customer.object::<CustomerJson<'_>>().at("customer")?.unwrap_or_default();
    let shipping = order.shipping(currency)?;
    let shopify_order_id = order.id.id().required().at("id")?;
    let emails = [order.email, order.contact_email, customer.email];
    Ok(OrderSnapshot {
        updated_at: order.updated_at.time().at("updated_at")?.unwrap_or(triggered_at),
        triggered_at,
        shopify_order_id,
        name: order.display_name(shopify_order_id),
        ordered_at: order.ordered_at()?,
        currency,
        taxes_included,
        test: order.test.flag().at("test")?,
        cancelled_at: order.cancelled_at.time().at("cancelled_at")?,
        payment: payment_status(order.financial_status.text().as_deref()),
        fulfilled: order.fulfillment_status.text().as_deref() == Some("fulfilled"),
        discount_codes: order.codes()?,
        customer_id: customer.id.id().at("customer.id")?,
        has_disposable_email: emails
            .iter()
            .any(|field| field.text().is_some_and(|email| is_disposable(&email))),
        email_fingerprint: emails.into_iter().find_map(|field| fingerprints.email(&field.text()?)),
        attribution_tokens: order.tokens(attribute_name)?,
        landing_site: order.landing_site.trimmed().filter(|it| it.len() <= TOKEN_BYTES_MAX),
        referring_host: order.referring_site.text().as_deref().and_then(host_of),
        source_name: order.source_name.trimmed(),
        lines: order
            .line_items
            .objects(|line: LineJson<'_>| line.order_line(currency))
            .at("line_items")?,
        shipping_minor: if taxes_included {
            shipping.net_minor.saturating_sub(shipping.tax_minor)
        } else {
            shipping.net_minor
        },
        shipping_tax_minor: shipping.tax_minor,
        total_minor: order.total(currency)?,
        tells_subscriptions: order.line_items.mentions("\"selling_plan_id\""),
        refunds: order
            .refunds
            .objects(|refund: RefundJson<'_>| refund.refund(currency))
            .at("refunds")?,
    })
}

impl OrderJson<'_> {
    fn display_name(&self, id: ShopifyId) -> String {
        let number = || self.order_number.trimmed().map(|number| format!("#{number}"));
        self.name.trimmed().or_else(number).unwrap_or_else(|| id.to_string())
    }

    fn ordered_at(&self) -> Result<UtcTime, PayloadError> {
        match self.created_at.time().at("created_at")? {
            Some(time) => Ok(time),
            None => self.processed_at.time().required().at("created_at"),
        }
    }

    /// For display only, so a payload without it still counts.
    fn total(&self, currency: Currency) -> Result<i64, PayloadError> {
        let total = either(
            ("total_price", self.total_price),
            ("total_price_set", self.total_price_set),
            currency,
        )?;
        Ok(total.unwrap_or(0))
    }

    fn shipping(&self, currency: Currency) -> Result<Shipping, PayloadError> {
        let lines = self
            .shipping_lines
            .objects(|line: ShippingJson<'_>| line.shipping(currency))
            .at("shipping_lines")?;
        Ok(Shipping {
            net_minor: json::sum(lines.iter().map(|line| line.net_minor)).at("shipping_lines")?,
            tax_minor: json::sum(lines.iter().map(|line| line.tax_minor)).at("shipping_lines")?,
        })
    }

    /// What the buyer entered: `discount_codes` first, then applications that stand for a code. A
    /// code typed on a draft order is of type `manual` and carries it as its title.
    fn codes(&self) -> Result<Vec<String>, PayloadError> {
        let entered = self
            .discount_codes
            .objects(|discount: DiscountJson<'_>| Ok(discount.code.trimmed()))
            .at("discount_codes")?;
        let applied = self
            .discount_applications
            .objects(|discount: DiscountJson<'_>| Ok(discount.applied_code()))
            .at("discount_applications")?;
        let mut codes: Vec<String> = Vec::new();
        for code in entered.into_iter().chain(applied).flatten() {
            if !codes.iter().any(|known| known.to_lowercase() == code.to_lowercase()) {
                codes.push(code);
            }
        }
        Ok(codes)
    }

    fn tokens(&self, attribute_name: &str) -> Result<Vec<String>, PayloadError> {
        let public_name = attribute_name.strip_prefix('_');
        let values = self
            .note_attributes
            .objects(|attribute: AttributeJson<'_>| {
                let name = attribute.name.text();
                let is_ours = name.as_deref() == Some(attribute_name)
                    || (name.is_some() && name.as_deref() == public_name);
                Ok(attribute.value.trimmed().filter(|_| is_ours))
            })
            .at("note_attributes")?;
        let fits = |value: &String| value.len() <= TOKEN_BYTES_MAX;
        Ok(values.into_iter().flatten().filter(fits).take(TOKENS_MAX).collect())
    }
}

impl DiscountJson<'_> {
    fn applied_code(&self) -> Option<String> {
        let kind = self.r#type.text()?;
        if !matches!(kind.as_ref(), "discount_code" | "manual") {
            return None;
        }
        [self.code, self.title, self.description].into_iter().find_map(|field| field.trimmed())
    }
}

/// The host of the page from which the buyer came; where exactly is nobody's business.
fn host_of(page: &str) -> Option<String> {
    let url = url::Url::parse(page.trim()).ok()?;
    url.host_str().filter(|host| host.len() <= HOST_BYTES_MAX).map(str::to_lowercase)
}

/// A payload that does not say counts as paid; a word we do not know as not yet.
pub(crate) fn payment_status(text: Option<&str>) -> PaymentStatus {
    match text {
        None | Some("paid") => PaymentStatus::Paid,
        Some("authorized") => PaymentStatus::Authorized,
        Some("partially_paid") => PaymentStatus::PartiallyPaid,
        Some("partially_refunded") => PaymentStatus::PartiallyRefunded,
        Some("refunded") => PaymentStatus::Refunded,
        Some("voided" | "expired") => PaymentStatus::Voided,
        Some(_) => PaymentStatus::Pending,
    }
}
