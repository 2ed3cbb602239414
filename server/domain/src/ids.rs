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
    /// Long work that a merchant asked for.
    JobId
}

/// An id that Shopify gave: an unsigned 64-bit integer. Real ones exceed 2^53, so it must never
/// pass through a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ShopifyId(pub u64);

/// Where the ids of what Shopify never had begin: far above any that Shopify gives, and within what a
/// receiver can keep in a signed integer.
const BY_HAND: u64 = 6 << 60;

impl ShopifyId {
    /// An id for an order, line or refund that a merchant enters by hand.
    ///
    /// ```
    /// # use domain::ids::ShopifyId;
    /// assert!(ShopifyId::by_hand(u64::MAX).is_by_hand());
    /// assert!(ShopifyId::by_hand(7).to_db() > 0);
    /// assert!(!ShopifyId(6_545_889_247_535).is_by_hand());
    /// ```
    #[must_use]
    pub const fn by_hand(seed: u64) -> Self {
        Self(BY_HAND | (seed >> 4))
    }

    /// Entered by hand: there is nothing to look up at Shopify.
    #[must_use]
    pub const fn is_by_hand(self) -> bool {
        self.0 >> 60 == BY_HAND >> 60
    }

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
