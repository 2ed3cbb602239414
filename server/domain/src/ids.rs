//! Typed ids. Inner keys are 64-bit integers made by `storage::ids`; ids that came from Shopify
//! keep their own type, so that the two can never be mixed up.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub i64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

typed_ids! {
    /// One installed store: the tenant. Every query is scoped by it.
    ShopId
    /// A set of commission rules that affiliates join.
    ProgramId
    /// A person or company that promotes the shop.
    AffiliateId
    /// One recorded visit through an affiliate's link.
    ClickId
    /// Our row for one Shopify order.
    OrderId
    /// One affiliate's credit for one order.
    ConversionId
    /// One line of the ledger.
    EntryId
    /// A template that tells an affiliate's or merchant's own system about events.
    PostbackId
    /// One firing of a postback: what has to be sent, and how far that got.
    FiringId
    /// One HTTP request made for a firing.
    AttemptId
    /// One webhook delivery as it arrived.
    DeliveryId
    /// One round of payouts.
    PayoutBatchId
    /// One payment to one affiliate.
    PayoutId
    /// One outgoing mail.
    MailId
    /// One line of the record of what was done.
    ActivityId
    /// An affiliate's own pixel at an advertising network.
    PixelId
    /// One server event for a pixel.
    PixelEventId
    /// One HTTP request made for a server event.
    PixelAttemptId
    /// A banner of the merchant.
    CreativeId
    /// Something that the merchant wants to be reached besides orders.
    GoalId
    /// One goal reached by one visitor, customer or order.
    GoalConversionId
}

/// An id that Shopify gave: an unsigned 64-bit integer. Real ones exceed 2^53, so it must never
/// pass through a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShopifyId(pub u64);

impl ShopifyId {
    /// The id as a database integer; the same 64 bits, so it is reversible.
    #[must_use]
    pub const fn to_db(self) -> i64 {
        self.0.cast_signed()
    }

    /// The inverse of [`ShopifyId::to_db`].
    #[must_use]
    pub const fn from_db(value: i64) -> Self {
        Self(value.cast_unsigned())
    }
}

impl fmt::Display for ShopifyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
