//! Mails to affiliates on the occasions of `domain::letter`, in the merchant's words where it has its
//! own. Written with the change that they tell of; nobody gets one that the merchant has switched off or
//! that the affiliate does not want. Not here: sending (`delivery::mailer`).

use domain::{
    affiliate::AffiliateStatus,
    ids::{AffiliateId, ProgramId},
    letter::{LetterKind, LetterWords, Place, fill},
    money::Money,
    payout::{PayoutMethod, PayoutState},
    time::UtcTime,
};
use storage::{
    DbConn, StorageError, WriteTx,
    affiliates::{Affiliate, affiliate_by_id},
    letters::{letter_choice_of, letter_of},
    payouts::Payout,
    programs::program_by_id,
    shops::{Shop, shop_by_id},
};

use super::write_mail::{Letter, MailError, MailRoom, Recipient, write_mail};

/// A mail to one affiliate.
pub struct Occasion<'a> {
    /// The shop in whose name.
    pub shop: &'a Shop,
    /// Who gets it.
    pub to: &'a Affiliate,
    /// Which mail.
    pub kind: LetterKind,
    /// What fills its places, besides the names of affiliate and shop.
    pub values: Vec<(Place, String)>,
}

/// Writes a mail, unless nobody wants it.
///
/// # Errors
/// [`MailError`].
pub fn write_letter(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    occasion: Occasion<'_>,
    now: UtcTime,
) -> Result<(), MailError> {
    let Occasion { shop, to, kind, mut values } = occasion;
    if !is_wanted(tx, to, kind)? {
        return Ok(());
    }
    let Some(words) = words_of(tx, shop, kind)? else { return Ok(()) };
    values.push((Place::Name, to.name.clone()));
    values.push((Place::Shop, shop.name.clone()));
    let filled = fill(&words, &values);
    let letter = Letter { kind: kind.as_str(), subject: filled.subject, text: filled.body };
    write_mail(tx, room.key, &Recipient::affiliate(to), &letter, now)?;
    Ok(())
}

/// Tells an affiliate how an application or a review ended. Who is approved without a password gets the
/// invitation instead (`password_links`), and a block is told by nobody.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_review(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    (before, affiliate): (&str, &Affiliate),
    now: UtcTime,
) -> Result<(), StorageError> {
    let kind = match (AffiliateStatus::parse(before), AffiliateStatus::parse(&affiliate.status)) {
        (before, after) if before == after => return Ok(()),
        (_, Some(AffiliateStatus::Active)) if affiliate.password_hash.is_some() => {
            LetterKind::Approved
        }
        (Some(AffiliateStatus::Pending), Some(AffiliateStatus::Denied)) => LetterKind::Denied,
        _ => return Ok(()),
    };
    tell(tx, room, affiliate, kind, now)
}

/// Tells an applicant that the application has arrived.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_application(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    affiliate: &Affiliate,
    now: UtcTime,
) -> Result<(), StorageError> {
    tell(tx, room, affiliate, LetterKind::ApplicationReceived, now)
}

/// Tells an affiliate what became of a payment.
///
/// # Errors
/// [`StorageError`].
pub fn tell_of_payment(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    payment: &Payout,
    now: UtcTime,
) -> Result<(), StorageError> {
    let kind = match payment.state {
        PayoutState::Confirmed => LetterKind::PayoutSent,
        PayoutState::Failed => LetterKind::PayoutFailed,
        PayoutState::Draft | PayoutState::Locked | PayoutState::Sent => return Ok(()),
    };
    let Some((shop, to)) = sides(tx, payment)? else { return Ok(()) };
    let page = match kind {
        LetterKind::PayoutFailed => "account".to_owned(),
        _ => format!("payouts/{}", payment.id),
    };
    let amount = Money::new(payment.payout_amount_minor, payment.payout_currency);
    let values = vec![
        (Place::Amount, amount.to_string()),
        (Place::Method, method_words(payment.method).to_owned()),
        (Place::Reason, reason(payment)),
        (Place::Link, portal_link(room, &shop, &page)),
    ];
    seal(write_letter(tx, room, Occasion { shop: &shop, to: &to, kind, values }, now))
}

/// An address of a shop's portal.
#[must_use]
pub fn portal_link(room: MailRoom<'_>, shop: &Shop, page: &str) -> String {
    format!("{}/portal/{}/{page}", room.app_url, shop.domain)
}

/// The words of a mail, the merchant's own or ours; none when it is switched off.
///
/// # Errors
/// [`StorageError`].
pub fn words_of(
    conn: &mut DbConn,
    shop: &Shop,
    kind: LetterKind,
) -> Result<Option<LetterWords>, StorageError> {
    let ours = kind.our_words();
    let Some(own) = letter_of(conn, shop.id, kind)? else { return Ok(Some(ours)) };
    if !own.is_on && kind.may_be_off() {
        return Ok(None);
    }
    Ok(Some(LetterWords {
        subject: own.subject.unwrap_or(ours.subject),
        body: own.body.unwrap_or(ours.body),
    }))
}

fn is_wanted(conn: &mut DbConn, to: &Affiliate, kind: LetterKind) -> Result<bool, StorageError> {
    let Some(unasked) = kind.is_wanted_unasked() else { return Ok(true) };
    let said = letter_choice_of(conn, to.shop_id, to.id, kind)?;
    Ok(said.map_or(unasked, |choice| choice.is_wanted))
}

fn tell(
    tx: &mut WriteTx<'_>,
    room: MailRoom<'_>,
    to: &Affiliate,
    kind: LetterKind,
    now: UtcTime,
) -> Result<(), StorageError> {
    let Some(shop) = shop_by_id(tx, to.shop_id)? else { return Ok(()) };
    let program = program_name(tx, &shop, to.program_id)?;
    let values = vec![(Place::Program, program), (Place::Link, portal_link(room, &shop, "links"))];
    seal(write_letter(tx, room, Occasion { shop: &shop, to, kind, values }, now))
}

/// A program's name.
///
/// # Errors
/// [`StorageError`].
pub fn program_name(
    conn: &mut DbConn,
    shop: &Shop,
    program: ProgramId,
) -> Result<String, StorageError> {
    Ok(program_by_id(conn, shop.id, program)?.map_or_else(String::new, |one| one.name))
}

fn sides(conn: &mut DbConn, payment: &Payout) -> Result<Option<(Shop, Affiliate)>, StorageError> {
    let affiliate: AffiliateId = payment.affiliate_id;
    let (shop, who) =
        (shop_by_id(conn, payment.shop_id)?, affiliate_by_id(conn, payment.shop_id, affiliate)?);
    Ok(shop.zip(who))
}

/// A mail that cannot be sealed keeps nothing else from happening.
///
/// # Errors
/// [`StorageError`].
pub(super) fn seal(written: Result<(), MailError>) -> Result<(), StorageError> {
    match written {
        Err(MailError::Storage(error)) => Err(error),
        Err(MailError::Secret(error)) => {
            tracing::error!(%error, "a mail cannot be written");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

/// Why a payment failed, as far as it is the affiliate's business: what Shopify says of a customer's
/// account is for the merchant.
fn reason(payment: &Payout) -> String {
    match payment.method {
        PayoutMethod::StoreCredit => "the shop could not give it".to_owned(),
        PayoutMethod::Paypal | PayoutMethod::Wise | PayoutMethod::Other => {
            payment.reason.clone().unwrap_or_default()
        }
    }
}

const fn method_words(method: PayoutMethod) -> &'static str {
    match method {
        PayoutMethod::Paypal => "PayPal",
        PayoutMethod::Wise => "Wise",
        PayoutMethod::Other => "another way",
        PayoutMethod::StoreCredit => "store credit",
    }
}
