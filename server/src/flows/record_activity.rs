//! The record of what people did, written in the transaction of what they did. Not here: what orders
//! and holds do by themselves, which the ledger tells.

use std::fmt;

use domain::{
    ids::{ActivityId, ShopId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    activity::{Activity, Subject, activity_append},
};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Whoever is logged in to the shop's admin.
    Merchant,
    /// A member of the shop's staff, by Shopify's id.
    Staff(u64),
    /// An affiliate, by its number.
    Affiliate(i64),
    /// A visitor of a sign-up page.
    Visitor,
    /// Whoever runs the program, by a command.
    Operator,
    /// The program itself.
    Tributary,
}

impl Actor {
    /// Whether it is somebody at the shop.
    #[must_use]
    pub const fn is_merchant(self) -> bool {
        matches!(self, Self::Merchant | Self::Staff(_))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merchant => f.write_str("Merchant"),
            Self::Staff(id) => write!(f, "Merchant (staff {id})"),
            Self::Affiliate(number) => write!(f, "Affiliate {number}"),
            Self::Visitor => f.write_str("Visitor"),
            Self::Operator => f.write_str("Operator"),
            Self::Tributary => f.write_str("Tributary"),
        }
    }
}

/// Who did something, where and when: what every action of a person needs besides its own matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Act {
    /// The shop.
    pub shop: ShopId,
    /// Who.
    pub actor: Actor,
    /// When.
    pub now: UtcTime,
}

impl Act {
    /// Notes a sentence about a thing.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn note(
        &self,
        tx: &mut WriteTx<'_>,
        subject: Subject,
        subject_id: i64,
        words: impl Into<String>,
    ) -> Result<(), StorageError> {
        let line = Activity {
            id: ActivityId(tx.next_id(self.now)),
            shop_id: self.shop,
            at: self.now,
            actor: self.actor.to_string(),
            subject,
            subject_id,
            words: words.into(),
        };
        activity_append(tx, std::slice::from_ref(&line))
    }
}
