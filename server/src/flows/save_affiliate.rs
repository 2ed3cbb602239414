//! Makes affiliates and changes them, as the merchant wants it. What is given is checked as a whole:
//! every mistake is told at once, each at its field. Not here: applying through a sign-up page
//! (`join_program`), decisions about applicants (`review_affiliate`).

use domain::{
    affiliate::{AffiliateStatus, fold_code, normalise_email},
    commission::FieldError,
    ids::{AffiliateId, ProgramId},
    payout::PayoutMethod,
};
use shopify::fingerprint::Fingerprinter;
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::{Affiliate, affiliate_insert, affiliate_to_change, affiliate_update},
    coupons::{Coupon, coupon_delete, coupon_insert, coupons_of},
    profiles::{Profile, profile_of, profile_save},
    shops::shop_lock,
};

use self::check::Reader;
use super::{
    codes::{code_on_approval, stop_at_shopify},
    record_activity::Act,
};

mod check;

/// Longest name of an affiliate.
pub const NAME_MAX: usize = 120;
/// Coupons of one affiliate.
pub const COUPONS_MAX: usize = 50;

/// An affiliate as the merchant wants it. Everything as text that can be refused at its field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AffiliateDraft {
    /// For people.
    pub name: String,
    /// Its address.
    pub email: String,
    /// The code of its links.
    pub code: String,
    /// The program.
    pub program: Option<ProgramId>,
    /// Discount codes.
    pub coupons: Vec<String>,
    /// The code of who recruited it; empty for nobody.
    pub upline: String,
    /// Its customer account in the shop; empty for none.
    pub shopify_customer_id: String,
    /// How it is paid; empty while nobody has said.
    pub payout_method: String,
    /// Where to.
    pub payout_address: String,
    /// In another currency than the shop's; empty for the shop's.
    pub payout_currency: String,
    /// Units of that currency for one of the shop's.
    pub payout_rate: String,
    /// The merchant's notes.
    pub notes: String,
    /// The merchant's labels, with commas.
    pub tags: String,
    /// What the merchant saw of what affiliates change themselves; none where nobody has looked.
    pub seen: Option<Seen>,
}

/// What an affiliate changes about itself, as a form showed it when it was opened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Seen {
    /// The name.
    pub name: String,
    /// How it is paid.
    pub payout_method: String,
    /// Where to.
    pub payout_address: String,
}

impl Seen {
    /// Of an affiliate as it is stored.
    #[must_use]
    pub fn of(affiliate: &Affiliate, profile: Option<&Profile>) -> Self {
        let method = profile.and_then(|known| known.payout_method.clone());
        Self {
            name: affiliate.name.clone(),
            payout_method: method.unwrap_or_default(),
            payout_address: profile.map_or_else(String::new, |known| known.payout_address.clone()),
        }
    }
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveAffiliateError {
    /// Mistakes, each with its field.
    #[error("the affiliate has mistakes")]
    Refused(Vec<FieldError>),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for SaveAffiliateError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

/// Saves an affiliate: a new, active one without an id, else a known one.
///
/// # Errors
/// [`SaveAffiliateError`].
pub fn save_affiliate(
    tx: &mut WriteTx<'_>,
    fingerprints: &Fingerprinter,
    act: Act,
    id: Option<AffiliateId>,
    draft: &AffiliateDraft,
) -> Result<Affiliate, SaveAffiliateError> {
    let Some(id) = id else {
        return add_affiliate(tx, fingerprints, act, draft, AffiliateStatus::Active);
    };
    // Nobody takes the code, or closes a loop of uplines, between looking and saving.
    shop_lock(tx, act.shop)?;
    let before = affiliate_to_change(tx, act.shop, id)?;
    let profile = profile_of(tx, act.shop, id)?;
    let mut reader = Reader::new(act, fingerprints, Some(&before));
    reader.overtaken(draft, &Seen::of(&before, profile.as_ref()));
    let row = reader.affiliate(tx, draft)?;
    affiliate_update(tx, &row)?;
    act.note(tx, Subject::Affiliate, row.id.0, changed_words(&before, &row))?;
    save_profile(tx, act, row.id, draft)?;
    save_coupons(tx, act, row.id, &draft.coupons)?;
    Ok(row)
}

/// Adds an affiliate; one who is active and brings no coupon along gets the program's automatic code.
///
/// # Errors
/// [`SaveAffiliateError`].
pub fn add_affiliate(
    tx: &mut WriteTx<'_>,
    fingerprints: &Fingerprinter,
    act: Act,
    draft: &AffiliateDraft,
    status: AffiliateStatus,
) -> Result<Affiliate, SaveAffiliateError> {
    shop_lock(tx, act.shop)?;
    let row = Reader::new(act, fingerprints, None).affiliate(tx, draft)?;
    let made = affiliate_insert(tx, Affiliate { status: status.as_str().to_owned(), ..row })?;
    let words = format!("Affiliate {} ({}) was added.", made.number, made.name);
    act.note(tx, Subject::Affiliate, made.id.0, words)?;
    save_profile(tx, act, made.id, draft)?;
    save_coupons(tx, act, made.id, &draft.coupons)?;
    if draft.coupons.is_empty() {
        code_on_approval(tx, act, made.id, status)?;
    }
    Ok(made)
}

/// Whether an affiliate could be added; nothing is saved.
///
/// # Errors
/// [`SaveAffiliateError`].
pub fn check_new_affiliate(
    conn: &mut DbConn,
    fingerprints: &Fingerprinter,
    act: Act,
    draft: &AffiliateDraft,
) -> Result<(), SaveAffiliateError> {
    Reader::new(act, fingerprints, None).affiliate(conn, draft).map(drop)
}

fn changed_words(before: &Affiliate, after: &Affiliate) -> String {
    let mut what = Vec::new();
    let mut compare = |name: &str, is_changed: bool| {
        if is_changed {
            what.push(name.to_owned());
        }
    };
    compare("name", before.name != after.name);
    compare("e-mail", before.email != after.email);
    compare("code", before.code != after.code);
    compare("program", before.program_id != after.program_id);
    compare("upline", before.upline_id != after.upline_id);
    compare("customer account", before.shopify_customer_id != after.shopify_customer_id);
    compare(
        "payout currency",
        (before.payout_currency, &before.payout_rate)
            != (after.payout_currency, &after.payout_rate),
    );
    let number = after.number;
    match what.as_slice() {
        [] => format!("Affiliate {number} was saved."),
        names => format!("Affiliate {number} was changed: {}.", names.join(", ")),
    }
}

fn save_profile(
    tx: &mut WriteTx<'_>,
    act: Act,
    id: AffiliateId,
    draft: &AffiliateDraft,
) -> Result<(), StorageError> {
    let before = profile_of(tx, act.shop, id)?;
    let profile = Profile {
        payout_method: PayoutMethod::parse(&draft.payout_method)
            .map(|method| method.as_str().to_owned()),
        payout_address: draft.payout_address.trim().to_owned(),
        notes: draft.notes.trim().to_owned(),
        tags: draft.tags.trim().to_owned(),
        updated_at: act.now,
        ..before.clone().unwrap_or_else(|| Profile::blank(act.shop, id, act.now))
    };
    let is_redirected = before.as_ref().is_some_and(|before| {
        (&before.payout_method, &before.payout_address)
            != (&profile.payout_method, &profile.payout_address)
    });
    if is_redirected {
        act.note(tx, Subject::Affiliate, id.0, "Where payouts go was changed.")?;
    }
    profile_save(tx, &profile)
}

fn save_coupons(
    tx: &mut WriteTx<'_>,
    act: Act,
    id: AffiliateId,
    wanted: &[String],
) -> Result<(), StorageError> {
    let limit = i64::try_from(COUPONS_MAX).unwrap_or(i64::MAX).saturating_mul(2);
    let before = coupons_of(tx, act.shop, id, limit)?;
    for old in &before {
        if !wanted.iter().any(|code| fold_code(code) == old.code_folded) {
            coupon_delete(tx, act.shop, id, &old.code_folded)?;
            stop_at_shopify(tx, act, id, &old.code_folded)?;
            let words = format!("Coupon {} was taken away.", old.code);
            act.note(tx, Subject::Affiliate, id.0, words)?;
        }
    }
    for code in wanted {
        let code_folded = fold_code(code);
        if !before.iter().any(|old| old.code_folded == code_folded) {
            let coupon =
                Coupon { shop_id: act.shop, code_folded, code: code.clone(), affiliate_id: id };
            coupon_insert(tx, &coupon)?;
            act.note(tx, Subject::Affiliate, id.0, format!("Coupon {code} was given."))?;
        }
    }
    Ok(())
}

/// Whether an address is one to which this method can pay; what is wrong with it, otherwise.
///
/// # Errors
/// A sentence for the field.
pub fn check_payout_address(method: PayoutMethod, address: &str) -> Result<(), &'static str> {
    let is_email = normalise_email(address).is_some();
    match method {
        PayoutMethod::Paypal if !is_email => Err("enter the e-mail address of the PayPal account"),
        PayoutMethod::Wise
            if !is_email
                && (address.is_empty() || !address.bytes().all(|byte| byte.is_ascii_digit())) =>
        {
            Err("enter an e-mail address, or the number of a recipient saved at Wise")
        }
        PayoutMethod::Other if address.is_empty() => Err("say where the money goes"),
        _ => Ok(()),
    }
}
