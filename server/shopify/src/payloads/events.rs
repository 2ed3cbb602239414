//! Short bodies about one order: edits, deletions, transactions, disputes.

use domain::{ids::ShopifyId, money::Money, time::UtcTime};

use super::{
    error::{At as _, PayloadError, Required as _},
    json::{self, Json, json_object},
};

json_object! {
    /// `orders/edited`.
    EditBodyJson { order_edit }
}

json_object! {
    /// `order_edit`.
    EditJson { order_id, committed_at, created_at }
}

json_object! {
    /// `orders/delete`.
    DeletedJson { id }
}

json_object! {
    /// `order_transactions/create`.
    TransactionJson { id, order_id, kind, status, amount, currency, created_at, processed_at }
}

json_object! {
    /// `disputes/*`.
    DisputeJson { id, order_id, r#type, status, amount, currency, initiated_at }
}

macro_rules! words {
    ($(#[$enum_doc:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $word:literal)+ }) => {
        $(#[$enum_doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A word that we do not know.
            Other(String),
        }

        impl $name {
            pub(super) fn parse(text: &str) -> Self {
                match text {
                    $($word => Self::$variant,)+
                    _ => Self::Other(text.to_owned()),
                }
            }
        }
    };
}

words! {
    /// What a transaction does with money.
    TransactionKind {
        /// Money is reserved.
        Authorization = "authorization"
        /// Reserved money is taken.
        Capture = "capture"
        /// Money is taken at once.
        Sale = "sale"
        /// A reservation is dropped.
        Void = "void"
        /// Money goes back.
        Refund = "refund"
    }
}

words! {
    /// How a transaction stands.
    TransactionStatus {
        /// Done.
        Success = "success"
        /// Not yet done.
        Pending = "pending"
        /// Refused.
        Failure = "failure"
        /// Went wrong.
        Error = "error"
    }
}

words! {
    /// What kind of dispute it is.
    DisputeKind {
        /// The bank took the money back.
        Chargeback = "chargeback"
        /// The bank only asks.
        Inquiry = "inquiry"
    }
}

words! {
    /// How a dispute stands.
    DisputeStatus {
        /// The merchant has to answer.
        NeedsResponse = "needs_response"
        /// The bank is deciding.
        UnderReview = "under_review"
        /// The merchant paid back by themself.
        ChargeRefunded = "charge_refunded"
        /// The merchant gave in.
        Accepted = "accepted"
        /// The merchant keeps the money.
        Won = "won"
        /// The buyer keeps the money.
        Lost = "lost"
    }
}

impl TransactionStatus {
    /// It ended without moving money.
    #[must_use]
    pub const fn is_failed(&self) -> bool {
        matches!(self, Self::Failure | Self::Error)
    }
}

/// A payment or refund transaction that ended or was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderTransaction {
    /// Its id.
    pub id: ShopifyId,
    /// The order it belongs to.
    pub order_id: ShopifyId,
    /// What it does.
    pub kind: TransactionKind,
    /// How it stands.
    pub status: TransactionStatus,
    /// How much, in the **buyer's** currency; none when the body does not name the currency.
    pub amount: Option<Money>,
    /// When it was made.
    pub created_at: Option<UtcTime>,
}

/// A disputed payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dispute {
    /// Its id.
    pub id: ShopifyId,
    /// The order it is about, if Shopify knows.
    pub order_id: Option<ShopifyId>,
    /// Chargeback or inquiry.
    pub kind: DisputeKind,
    /// How it stands.
    pub status: DisputeStatus,
    /// How much, in the currency of the payment.
    pub amount: Option<Money>,
    /// When it was opened.
    pub initiated_at: Option<UtcTime>,
}

impl Dispute {
    /// The money of a chargeback is gone for good (G47).
    #[must_use]
    pub fn is_lost_chargeback(&self) -> bool {
        self.kind == DisputeKind::Chargeback
            && matches!(self.status, DisputeStatus::Lost | DisputeStatus::Accepted)
    }
}

/// Reads `orders/edited`: which order, and when the edit was made. It carries no amounts.
///
/// # Errors
/// [`PayloadError`].
pub fn order_edit(body: &[u8]) -> Result<(ShopifyId, UtcTime), PayloadError> {
    let body: EditBodyJson<'_> = json::body(body)?;
    let edit: EditJson<'_> = body.order_edit.object().required().at("order_edit")?;
    let order_id = edit.order_id.id().required().at("order_id").at("order_edit")?;
    let committed_at = match edit.committed_at.time().at("committed_at").at("order_edit")? {
        Some(time) => time,
        None => edit.created_at.time().required().at("committed_at").at("order_edit")?,
    };
    Ok((order_id, committed_at))
}

/// Reads `orders/delete`: which order.
///
/// # Errors
/// [`PayloadError`].
pub fn order_deleted(body: &[u8]) -> Result<ShopifyId, PayloadError> {
    let deleted: DeletedJson<'_> = json::body(body)?;
    deleted.id.id().required().at("id")
}

/// Reads `order_transactions/create`.
///
/// # Errors
/// [`PayloadError`].
pub fn order_transaction(body: &[u8]) -> Result<OrderTransaction, PayloadError> {
    let transaction: TransactionJson<'_> = json::body(body)?;
    let created_at = match transaction.created_at.time().at("created_at")? {
        None => transaction.processed_at.time().at("processed_at")?,
        known => known,
    };
    Ok(OrderTransaction {
        id: transaction.id.id().required().at("id")?,
        order_id: transaction.order_id.id().required().at("order_id")?,
        kind: TransactionKind::parse(&transaction.kind.text().unwrap_or_default()),
        status: TransactionStatus::parse(&transaction.status.text().unwrap_or_default()),
        amount: money(transaction.amount, transaction.currency)?,
        created_at,
    })
}

/// Reads `disputes/create` and `disputes/update`.
///
/// # Errors
/// [`PayloadError`].
pub fn dispute(body: &[u8]) -> Result<Dispute, PayloadError> {
    let dispute: DisputeJson<'_> = json::body(body)?;
    Ok(Dispute {
        id: dispute.id.id().required().at("id")?,
        order_id: dispute.order_id.id().at("order_id")?,
        kind: DisputeKind::parse(&dispute.r#type.text().unwrap_or_default()),
        status: DisputeStatus::parse(&dispute.status.text().unwrap_or_default()),
        amount: money(dispute.amount, dispute.currency)?,
        initiated_at: dispute.initiated_at.time().at("initiated_at")?,
    })
}

fn money(amount: Json<'_>, currency: Json<'_>) -> Result<Option<Money>, PayloadError> {
    let Some(currency) = currency.currency().at("currency")? else {
        return Ok(None);
    };
    Ok(amount.minor(currency).at("amount")?.map(|minor| Money::new(minor, currency)))
}
