//! Where a merchant is told what it should not miss, such as a pause of a postback.

use diesel::prelude::*;
use domain::ids::ShopId;

use crate::{
    DbConn, StorageError, WriteTx, bulk, columns::record, schema::shop_contacts, sql::execute,
};

record! {
    /// A shop's addresses.
    pub struct Contact in shop_contacts {
        /// The shop.
        pub shop_id: ShopId,
        /// The e-mail address that Shopify has.
        pub known_to_shopify: Option<String>,
        /// The one that the merchant wants to be used instead.
        pub chosen: Option<String>,
    }
}

impl Contact {
    /// The address that mails go to.
    #[must_use]
    pub fn address(&self) -> Option<&str> {
        self.chosen.as_deref().or(self.known_to_shopify.as_deref())
    }
}

/// A shop's addresses; none of a shop that nothing is known of.
///
/// # Errors
/// [`StorageError`].
pub fn contact_of(conn: &mut DbConn, shop: ShopId) -> Result<Option<Contact>, StorageError> {
    let query = shop_contacts::table.find(shop.0).select(Contact::as_select());
    Ok(query.first(conn).optional()?)
}

/// Takes over what Shopify says.
///
/// # Errors
/// [`StorageError`].
pub fn contact_learn(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    known_to_shopify: &str,
) -> Result<(), StorageError> {
    insert_if_absent(tx, shop)?;
    let text = "UPDATE shop_contacts SET known_to_shopify = ? WHERE shop_id = ?";
    execute!(&mut **tx, text, [known_to_shopify, shop]);
    Ok(())
}

/// Keeps the merchant's own choice; none: back to what Shopify says.
///
/// # Errors
/// [`StorageError`].
pub fn contact_choose(
    tx: &mut WriteTx<'_>,
    shop: ShopId,
    chosen: Option<&str>,
) -> Result<(), StorageError> {
    insert_if_absent(tx, shop)?;
    let text = "UPDATE shop_contacts SET chosen = ? WHERE shop_id = ?";
    execute!(&mut **tx, text, [chosen.map(str::to_owned), shop]);
    Ok(())
}

fn insert_if_absent(tx: &mut WriteTx<'_>, shop: ShopId) -> Result<(), StorageError> {
    let fresh = Contact { shop_id: shop, known_to_shopify: None, chosen: None };
    bulk::insert(tx, &[fresh], "ON CONFLICT (shop_id) DO NOTHING")?;
    Ok(())
}
