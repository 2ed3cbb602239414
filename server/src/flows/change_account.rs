//! What an affiliate changes about itself: name, how it is paid, which mails it wants. Its password is in
//! `password_links`.

use domain::{commission::FieldError, ids::AffiliateId, letter::LetterKind, payout::PayoutMethod};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    affiliates::{Affiliate, affiliate_to_change, affiliate_update},
    letters::{LetterChoice, letter_choice_of, letter_choice_save},
    profiles::{Profile, profile_of, profile_save},
};

use super::{
    record_activity::Act,
    save_affiliate::{NAME_MAX, SaveAffiliateError, check_payout_address},
};

/// Longest text of where payouts go.
const ADDRESS_MAX: usize = 200;

/// Gives an affiliate another name.
///
/// # Errors
/// [`SaveAffiliateError`].
pub fn change_name(
    tx: &mut WriteTx<'_>,
    act: Act,
    id: AffiliateId,
    name: &str,
) -> Result<(), SaveAffiliateError> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX {
        let message = format!("enter a name of at most {NAME_MAX} characters");
        return Err(refused("name", message));
    }
    let before = affiliate_to_change(tx, act.shop, id)?;
    if before.name != name {
        affiliate_update(tx, &Affiliate { name: name.to_owned(), ..before })?;
        act.note(tx, Subject::Affiliate, id.0, "Changed the name.")?;
    }
    Ok(())
}

/// Says how an affiliate is paid.
///
/// # Errors
/// [`SaveAffiliateError`].
pub fn change_payout(
    tx: &mut WriteTx<'_>,
    act: Act,
    id: AffiliateId,
    method: &str,
    address: &str,
) -> Result<(), SaveAffiliateError> {
    let address = address.trim();
    let Some(method) = PayoutMethod::parse(method) else {
        return Err(refused("payout_method", "choose one of the methods".to_owned()));
    };
    check_payout_address(method, address)
        .map_err(|message| refused("payout_address", message.to_owned()))?;
    if address.chars().count() > ADDRESS_MAX {
        return Err(refused("payout_address", format!("at most {ADDRESS_MAX} characters")));
    }
    // The lock of the affiliate is the profile's: the merchant writes notes into it.
    affiliate_to_change(tx, act.shop, id)?;
    let before =
        profile_of(tx, act.shop, id)?.unwrap_or_else(|| Profile::blank(act.shop, id, act.now));
    let profile = Profile {
        payout_method: Some(method.as_str().to_owned()),
        payout_address: address.to_owned(),
        updated_at: act.now,
        ..before.clone()
    };
    profile_save(tx, &profile)?;
    if (&before.payout_method, &before.payout_address)
        != (&profile.payout_method, &profile.payout_address)
    {
        act.note(tx, Subject::Affiliate, id.0, "Changed where payouts go.")?;
    }
    Ok(())
}

/// Says which mails an affiliate wants; one that it has no choice about is left alone.
///
/// # Errors
/// [`StorageError::NotFound`] without it in the shop.
pub fn choose_mails(
    tx: &mut WriteTx<'_>,
    act: Act,
    id: AffiliateId,
    wanted: &[(LetterKind, bool)],
) -> Result<(), StorageError> {
    affiliate_to_change(tx, act.shop, id)?;
    for (kind, is_wanted) in wanted {
        let Some(unasked) = kind.is_wanted_unasked() else { continue };
        let before = letter_choice_of(tx, act.shop, id, *kind)?;
        if before.map_or(unasked, |choice| choice.is_wanted) == *is_wanted {
            continue;
        }
        let choice = LetterChoice {
            affiliate_id: id,
            kind: *kind,
            shop_id: act.shop,
            is_wanted: *is_wanted,
            // What happened while it was not wanted is not told afterwards.
            told_until: act.now,
        };
        letter_choice_save(tx, &choice)?;
    }
    act.note(tx, Subject::Affiliate, id.0, "Chose which mails it gets.")
}

fn refused(field: &str, message: String) -> SaveAffiliateError {
    SaveAffiliateError::Refused(vec![FieldError { field: field.to_owned(), message }])
}
