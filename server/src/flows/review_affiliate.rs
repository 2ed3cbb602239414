//! The merchant's decision about affiliates. Whoever may not be logged in any more is logged out.

use domain::{affiliate::AffiliateStatus, ids::AffiliateId};
use storage::{StorageError, WriteTx, activity::Subject, affiliates, logins};

use super::{codes::code_on_approval, record_activity::Act};

/// Gives an affiliate a status.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn review_affiliate(
    tx: &mut WriteTx<'_>,
    act: Act,
    affiliate: AffiliateId,
    status: AffiliateStatus,
) -> Result<(), StorageError> {
    affiliates::affiliate_set_status(tx, act.shop, affiliate, status.as_str())?;
    let words = match status {
        AffiliateStatus::Active => "Was approved.",
        AffiliateStatus::Denied => "Was denied.",
        AffiliateStatus::Blocked => "Was blocked.",
        AffiliateStatus::Pending => "Was put back to waiting.",
    };
    act.note(tx, Subject::Affiliate, affiliate.0, words)?;
    code_on_approval(tx, act, affiliate, status)?;
    if status.may_earn() {
        return Ok(());
    }
    logins::password_links_delete_of(tx, act.shop, affiliate)?;
    logins::portal_sessions_delete_of(tx, act.shop, affiliate)
}
