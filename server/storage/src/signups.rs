//! Programs' public sign-up pages.

use diesel::prelude::*;
use domain::ids::{ProgramId, ShopId};

use crate::{DbConn, StorageError, WriteTx, bulk, columns::record, schema::program_signups};

record! {
    /// How one joins a program.
    pub struct Signup in program_signups {
        /// The program.
        pub program_id: ProgramId,
        /// Its shop.
        pub shop_id: ShopId,
        /// Anybody may apply.
        pub is_open: bool,
        /// Who applies is active at once, without the merchant's decision.
        pub approves_at_once: bool,
        /// What the page says above the form.
        pub welcome: String,
        /// What one agrees to.
        pub terms: String,
    }
}

impl Signup {
    /// Of a program about whose page nothing was said: closed, so that nobody joins unawares.
    #[must_use]
    pub const fn closed(shop: ShopId, program: ProgramId) -> Self {
        Self {
            program_id: program,
            shop_id: shop,
            is_open: false,
            approves_at_once: false,
            welcome: String::new(),
            terms: String::new(),
        }
    }
}

/// Stores a sign-up page. The caller has found the program in the shop.
///
/// # Errors
/// [`StorageError`].
pub fn signup_save(tx: &mut WriteTx<'_>, signup: &Signup) -> Result<(), StorageError> {
    let tail = "ON CONFLICT (program_id) DO UPDATE SET is_open = excluded.is_open, \
         approves_at_once = excluded.approves_at_once, welcome = excluded.welcome, \
         terms = excluded.terms";
    bulk::insert(tx, std::slice::from_ref(signup), tail)?;
    Ok(())
}

/// A program's sign-up page.
///
/// # Errors
/// [`StorageError`].
pub fn signup_of(
    conn: &mut DbConn,
    shop: ShopId,
    program: ProgramId,
) -> Result<Signup, StorageError> {
    let query = program_signups::table
        .find(program.0)
        .filter(program_signups::shop_id.eq(shop.0))
        .select(Signup::as_select());
    let found = query.first(conn).optional()?;
    Ok(found.unwrap_or_else(|| Signup::closed(shop, program)))
}
