//! Who did what to a postback: written with the change itself, shown beside the postback (T14).

use std::fmt;

use domain::{
    ids::{PostbackId, ShopId},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    postbacks::{PostbackChange, postback_change_append, postback_changes_of},
};

/// Changes shown of one postback.
const SHOWN_MAX: i64 = 50;

/// Who does something to a postback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// The affiliate with this number, on its own postback.
    Affiliate(i64),
    /// Somebody at the shop: Shopify's id of the staff member, where it is known.
    Merchant(Option<String>),
    /// The program itself.
    Tributary,
}

impl Actor {
    /// Whether it is somebody at the shop.
    #[must_use]
    pub const fn is_merchant(&self) -> bool {
        matches!(self, Self::Merchant(_))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Affiliate(number) => write!(f, "affiliate {number}"),
            Self::Merchant(Some(staff)) => write!(f, "merchant (staff {staff})"),
            Self::Merchant(None) => f.write_str("merchant"),
            Self::Tributary => f.write_str("Tributary"),
        }
    }
}

/// Notes a change, in the transaction that makes it. `words` is a sentence about the postback.
///
/// # Errors
/// [`StorageError`].
pub fn note_change(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    postback: PostbackId,
    actor: &Actor,
    words: &str,
    now: UtcTime,
) -> Result<(), StorageError> {
    let change = PostbackChange {
        id: tx.next_id(now),
        shop_id: shop,
        postback_id: postback,
        at: now,
        actor: actor.to_string(),
        words: words.to_owned(),
    };
    postback_change_append(tx, &change)
}

/// What was done to a postback, newest first.
///
/// # Errors
/// [`StorageError`].
pub fn changes_of(
    conn: &mut DbConn,
    shop: ShopId,
    postback: PostbackId,
) -> Result<Vec<PostbackChange>, StorageError> {
    postback_changes_of(conn, shop, postback, SHOWN_MAX)
}
