//! The merchant's decision about affiliates. Whoever may not be logged in any more is logged out.

use domain::{affiliate::AffiliateStatus, ids::AffiliateId};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    affiliates::{self, Affiliate},
    logins,
};

use super::{
    codes::code_on_approval, record_activity::Act, write_letter::tell_of_review,
    write_mail::MailRoom,
};

/// Gives an affiliate a status and tells it; the affiliate as it then is.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn review_affiliate(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    act: Act,
    affiliate: AffiliateId,
    status: AffiliateStatus,
) -> Result<Affiliate, StorageError> {
    // Of two who approve at the same moment one finds it approved and tells nobody.
    let before = affiliates::affiliate_to_change(tx, act.shop, affiliate)?;
    affiliates::affiliate_set_status(tx, act.shop, affiliate, status.as_str())?;
    let words = match status {
        AffiliateStatus::Active => "Was approved.",
        AffiliateStatus::Denied => "Was denied.",
        AffiliateStatus::Blocked => "Was blocked.",
        AffiliateStatus::Pending => "Was put back to waiting.",
    };
    act.note(tx, Subject::Affiliate, affiliate.0, words)?;
    code_on_approval(tx, act, affiliate, status)?;
    let after = Affiliate { status: status.as_str().to_owned(), ..before.clone() };
    tell_of_review(tx, room, (&before.status, &after), act.now)?;
    if !status.may_earn() {
        logins::password_links_delete_of(tx, act.shop, affiliate)?;
        logins::portal_sessions_delete_of(tx, act.shop, affiliate)?;
    }
    Ok(after)
}
