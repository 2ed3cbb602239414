//! The merchant's view of what was sent. The pages of the log are both sides' (`web::postbacks::log`).

use crate::web::{auth::AdminShop, log_rows::Reader};

/// The merchant's view of the shop's firings.
#[must_use]
pub fn reader(shop: &AdminShop) -> Reader {
    Reader { shop: shop.shop.id, affiliate: None, zone: shop.zone.clone() }
}
