//! Webhook bodies, read into what the domain knows. Tolerant where Shopify is inconsistent (numbers
//! or strings, nulls, missing keys, unknown keys), strict where money would be wrong. Shopify's field
//! names stay in here. Not here: whether a body is Shopify's (`webhook`), what follows (flows).
//!
//! Rules that hold for every body:
//! - Amounts are in the shop's currency and read from their own digits. More decimals than the
//!   currency has are rounded half away from zero: Shopify computes them, so they are never fatal.
//! - Ids are unsigned 64-bit integers; they exceed 2^53.
//! - Text that a buyer controls never makes a body unreadable; it is left out instead.
//! - An error names the path of the field, never its value, which may be personal data.

pub use app::{SubscriptionUpdate, scopes_update, subscription_update};
pub use compliance::{
    CustomerRedact, CustomerRequest, Person, ShopRedact, customer_redact, customer_request,
    shop_redact,
};
pub use error::{PayloadError, Problem};
pub use events::{
    Dispute, DisputeKind, DisputeStatus, OrderTransaction, TransactionKind, TransactionStatus,
    dispute, order_deleted, order_edit, order_transaction,
};
pub use order::order_snapshot;
pub(crate) use order::payment_status;
pub use refund::refund;
pub use shop::{Shop, shop};

mod app;
mod compliance;
mod error;
mod events;
mod json;
mod line;
mod order;
mod refund;
mod shop;
