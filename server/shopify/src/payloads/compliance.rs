//! The three mandatory privacy topics. Any field of a person may be missing; the shop and the orders
//! say what to look for.

use domain::ids::ShopifyId;

use super::{
    error::{At as _, PayloadError, Required as _},
    json::{self, Json, json_object},
};

json_object! {
    /// All three bodies.
    ComplianceJson { shop_id, shop_domain, customer, orders_requested, orders_to_redact, data_request }
}

json_object! {
    /// `customer`.
    PersonJson { id, email, phone }
}

json_object! {
    /// `data_request`.
    DataRequestJson { id }
}

/// Whose data it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The customer's id.
    pub customer_id: Option<ShopifyId>,
    /// The customer's e-mail, as given; compare by fingerprint.
    pub email: Option<String>,
    /// The customer's telephone number; we keep none.
    pub phone: Option<String>,
}

/// `customers/data_request`: hand what we have to the merchant within 30 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRequest {
    /// The shop.
    pub shop_id: ShopifyId,
    /// The shop's domain, as claimed.
    pub shop_domain: Option<String>,
    /// Shopify's number of the request.
    pub request_id: Option<ShopifyId>,
    /// Who asks.
    pub person: Person,
    /// Their orders.
    pub order_ids: Vec<ShopifyId>,
}

/// `customers/redact`: erase what we have of a person within 30 days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRedact {
    /// The shop.
    pub shop_id: ShopifyId,
    /// The shop's domain, as claimed.
    pub shop_domain: Option<String>,
    /// Whose data.
    pub person: Person,
    /// Their orders.
    pub order_ids: Vec<ShopifyId>,
}

/// `shop/redact`: erase the shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShopRedact {
    /// The shop.
    pub shop_id: ShopifyId,
    /// The shop's domain, as claimed.
    pub shop_domain: Option<String>,
}

/// Reads `customers/data_request`.
///
/// # Errors
/// [`PayloadError`].
pub fn customer_request(body: &[u8]) -> Result<CustomerRequest, PayloadError> {
    let body: ComplianceJson<'_> = json::body(body)?;
    let request: Option<DataRequestJson<'_>> = body.data_request.object().at("data_request")?;
    Ok(CustomerRequest {
        shop_id: body.shop_id.id().required().at("shop_id")?,
        shop_domain: body.shop_domain.trimmed(),
        request_id: request.unwrap_or_default().id.id().at("data_request.id")?,
        person: body.person()?,
        order_ids: ids(body.orders_requested).at("orders_requested")?,
    })
}

/// Reads `customers/redact`.
///
/// # Errors
/// [`PayloadError`].
pub fn customer_redact(body: &[u8]) -> Result<CustomerRedact, PayloadError> {
    let body: ComplianceJson<'_> = json::body(body)?;
    Ok(CustomerRedact {
        shop_id: body.shop_id.id().required().at("shop_id")?,
        shop_domain: body.shop_domain.trimmed(),
        person: body.person()?,
        order_ids: ids(body.orders_to_redact).at("orders_to_redact")?,
    })
}

/// Reads `shop/redact`.
///
/// # Errors
/// [`PayloadError`].
pub fn shop_redact(body: &[u8]) -> Result<ShopRedact, PayloadError> {
    let body: ComplianceJson<'_> = json::body(body)?;
    Ok(ShopRedact {
        shop_id: body.shop_id.id().required().at("shop_id")?,
        shop_domain: body.shop_domain.trimmed(),
    })
}

impl ComplianceJson<'_> {
    fn person(&self) -> Result<Person, PayloadError> {
        let person = self.customer.object::<PersonJson<'_>>().at("customer")?.unwrap_or_default();
        Ok(Person {
            customer_id: person.id.id().at("customer.id")?,
            email: person.email.trimmed(),
            phone: person.phone.trimmed(),
        })
    }
}

fn ids(list: Json<'_>) -> Result<Vec<ShopifyId>, PayloadError> {
    list.list(|id| Ok(id.id().required()?))
}
