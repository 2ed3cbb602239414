//! Makes affiliates and changes them, as the merchant wants it. What is given is checked as a whole:
//! every mistake is told at once, each at its field. Not here: applying through a sign-up page
//! (`join_program`), decisions about applicants (`review_affiliate`).

use domain::{
    affiliate::{AffiliateStatus, Code, fold_code, normalise_email},
    commission::FieldError,
    conversion::PayoutRate,
    ids::{AffiliateId, ProgramId, ShopifyId},
    money::Currency,
    payout::PayoutMethod,
};
use shopify::fingerprint::Fingerprinter;
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::{
        Affiliate, affiliate_by_code, affiliate_by_id, affiliate_insert, affiliate_update,
        affiliates_by_email,
    },
    coupons::{Coupon, coupon_delete, coupon_insert, coupons_by_codes, coupons_of},
    profiles::{Profile, profile_of, profile_save},
    programs::program_by_id,
    shops::shop_by_id,
};

use super::{
    codes::{code_on_approval, stop_at_shopify},
    record_activity::Act,
};

/// Longest name of an affiliate.
pub const NAME_MAX: usize = 120;
/// Longest notes.
const NOTES_MAX: usize = 10_000;
/// Coupons of one affiliate.
pub const COUPONS_MAX: usize = 50;
/// Longest coupon, as Shopify allows it.
const COUPON_LENGTH_MAX: usize = 255;
/// Uplines above one another that are looked through for a loop.
const DEPTH_MAX: usize = 100;

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
    let known = match id {
        Some(id) => Some(affiliate_by_id(tx, act.shop, id)?.ok_or(StorageError::NotFound)?),
        None => None,
    };
    let read = Reader { act, fingerprints, known: known.as_ref(), errors: Vec::new() };
    let row = read.affiliate(tx, draft)?;
    let saved = match &known {
        Some(before) => {
            affiliate_update(tx, &row)?;
            act.note(tx, Subject::Affiliate, row.id.0, changed_words(before, &row))?;
            row
        }
        None => {
            let made = affiliate_insert(tx, row)?;
            let words = format!("Affiliate {} ({}) was added.", made.number, made.name);
            act.note(tx, Subject::Affiliate, made.id.0, words)?;
            made
        }
    };
    save_profile(tx, act, saved.id, draft)?;
    save_coupons(tx, act, saved.id, &draft.coupons)?;
    if known.is_none() {
        code_on_approval(tx, act, saved.id, AffiliateStatus::Active)?;
    }
    Ok(saved)
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

/// Reads a draft and remembers every mistake.
struct Reader<'a> {
    act: Act,
    fingerprints: &'a Fingerprinter,
    known: Option<&'a Affiliate>,
    errors: Vec<FieldError>,
}

impl Reader<'_> {
    fn affiliate(
        mut self,
        conn: &mut DbConn,
        draft: &AffiliateDraft,
    ) -> Result<Affiliate, SaveAffiliateError> {
        let name = self.name(&draft.name);
        let (email, fingerprint) = self.email(conn, &draft.email)?;
        let code = self.code(conn, &draft.code)?;
        let program = self.program(conn, draft.program)?;
        let upline_id = self.upline(conn, &draft.upline)?;
        let shopify_customer_id = self.customer(&draft.shopify_customer_id);
        let (payout_currency, payout_rate) = self.payout_currency(conn, draft)?;
        self.payout_address(draft);
        self.coupons(conn, &draft.coupons)?;
        if draft.notes.chars().count() > NOTES_MAX {
            self.refuse("notes", format!("at most {NOTES_MAX} characters"));
        }
        let (Some(code), Some(program), true) = (code, program, self.errors.is_empty()) else {
            return Err(SaveAffiliateError::Refused(self.errors));
        };
        let before = self.known;
        Ok(Affiliate {
            id: before.map_or(AffiliateId(0), |before| before.id),
            shop_id: self.act.shop,
            program_id: program,
            number: before.map_or(0, |before| before.number),
            name,
            email,
            email_fingerprint: fingerprint,
            code_folded: code.folded(),
            code: code.as_str().to_owned(),
            status: before.map_or_else(
                || AffiliateStatus::Active.as_str().to_owned(),
                |before| before.status.clone(),
            ),
            shopify_customer_id,
            upline_id,
            payout_currency,
            payout_rate,
            password_hash: before.and_then(|before| before.password_hash.clone()),
            created_at: before.map_or(self.act.now, |before| before.created_at),
        })
    }

    fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.errors.push(FieldError { field: field.to_owned(), message: message.into() });
    }

    fn is_self(&self, id: AffiliateId) -> bool {
        self.known.is_some_and(|known| known.id == id)
    }

    fn name(&mut self, text: &str) -> String {
        let name = text.trim();
        if name.is_empty() {
            self.refuse("name", "enter a name");
        } else if name.chars().count() > NAME_MAX {
            self.refuse("name", format!("at most {NAME_MAX} characters"));
        }
        name.to_owned()
    }

    fn email(&mut self, conn: &mut DbConn, text: &str) -> Result<(String, String), StorageError> {
        let email = text.trim();
        let Some(print) =
            self.fingerprints.email(email).filter(|_| normalise_email(email).is_some())
        else {
            self.refuse("email", "enter an e-mail address, such as anna@example.com");
            return Ok((email.to_owned(), String::new()));
        };
        let others = affiliates_by_email(conn, self.act.shop, &print, 2)?;
        if let Some(other) = others.into_iter().find(|one| !self.is_self(one.id)) {
            let message = format!("{} ({}) has this e-mail already", other.name, other.number);
            self.refuse("email", message);
        }
        Ok((email.to_owned(), print))
    }

    fn code(&mut self, conn: &mut DbConn, text: &str) -> Result<Option<Code>, StorageError> {
        let code = match Code::parse(text.trim()) {
            Ok(code) => code,
            Err(error) => {
                self.refuse("code", error.to_string());
                return Ok(None);
            }
        };
        let owner = affiliate_by_code(conn, self.act.shop, &code.folded())?;
        if let Some(owner) = owner.filter(|owner| !self.is_self(owner.id)) {
            self.refuse("code", format!("{} ({}) has this code", owner.name, owner.number));
        }
        Ok(Some(code))
    }

    fn program(
        &mut self,
        conn: &mut DbConn,
        chosen: Option<ProgramId>,
    ) -> Result<Option<ProgramId>, StorageError> {
        let found = match chosen {
            Some(id) => program_by_id(conn, self.act.shop, id)?,
            None => None,
        };
        if found.is_none() {
            self.refuse("program", "choose a program");
        }
        Ok(found.map(|program| program.id))
    }

    /// Who recruited it; a chain of uplines must end somewhere.
    fn upline(
        &mut self,
        conn: &mut DbConn,
        text: &str,
    ) -> Result<Option<AffiliateId>, StorageError> {
        let code = text.trim();
        if code.is_empty() {
            return Ok(None);
        }
        let Some(upline) = affiliate_by_code(conn, self.act.shop, &fold_code(code))? else {
            self.refuse("upline", format!("no affiliate has the code “{code}”"));
            return Ok(None);
        };
        let mut above = Some(upline.id);
        for _ in 0..DEPTH_MAX {
            let Some(id) = above else { return Ok(Some(upline.id)) };
            if self.is_self(id) {
                self.refuse(
                    "upline",
                    format!("{} is below this affiliate, so it cannot be above it", upline.name),
                );
                return Ok(None);
            }
            above = affiliate_by_id(conn, self.act.shop, id)?.and_then(|one| one.upline_id);
        }
        self.refuse("upline", format!("at most {DEPTH_MAX} affiliates above one another"));
        Ok(None)
    }

    fn customer(&mut self, text: &str) -> Option<ShopifyId> {
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        // The admin's address of the customer, or the id alone.
        let digits = text.trim_end_matches('/').rsplit('/').next().unwrap_or(text);
        match digits.parse() {
            Ok(id) => Some(ShopifyId(id)),
            Err(_no_number) => {
                self.refuse(
                    "shopify_customer_id",
                    "paste the customer's number, or the address of the customer's page",
                );
                None
            }
        }
    }

    fn payout_currency(
        &mut self,
        conn: &mut DbConn,
        draft: &AffiliateDraft,
    ) -> Result<(Option<Currency>, Option<String>), StorageError> {
        let shop = shop_by_id(conn, self.act.shop)?.ok_or(StorageError::NotFound)?;
        let text = draft.payout_currency.trim();
        if text.is_empty() {
            return Ok((None, None));
        }
        let currency = match Currency::parse(text) {
            Ok(currency) if Some(currency) == shop.currency => return Ok((None, None)),
            Ok(currency) => currency,
            Err(_bad) => {
                self.refuse("payout_currency", "enter three letters, such as EUR");
                return Ok((None, None));
            }
        };
        let rate = draft.payout_rate.trim();
        if PayoutRate::parse(rate).is_err() {
            let of = shop.currency.unwrap_or(Currency::USD);
            self.refuse(
                "payout_rate",
                format!("say how many {currency} one {of} is, such as 0.92"),
            );
        }
        Ok((Some(currency), Some(rate.to_owned())))
    }

    fn payout_address(&mut self, draft: &AffiliateDraft) {
        if draft.payout_method.is_empty() {
            return;
        }
        match PayoutMethod::parse(&draft.payout_method) {
            None => self.refuse("payout_method", "choose one of the methods"),
            Some(method) => {
                if let Err(message) = check_payout_address(method, draft.payout_address.trim()) {
                    self.refuse("payout_address", message);
                }
            }
        }
    }

    fn coupons(&mut self, conn: &mut DbConn, codes: &[String]) -> Result<(), StorageError> {
        if codes.len() > COUPONS_MAX {
            self.refuse("coupons", format!("at most {COUPONS_MAX} coupons"));
        }
        if let Some(long) = codes.iter().find(|code| code.chars().count() > COUPON_LENGTH_MAX) {
            self.refuse("coupons", format!("“{long}” is longer than a coupon of Shopify can be"));
        }
        let folded: Vec<String> = codes.iter().map(|code| fold_code(code)).collect();
        let owners = coupons_by_codes(conn, self.act.shop, &folded)?;
        for (code, owner) in owners {
            if !self.is_self(owner) {
                let name = affiliate_by_id(conn, self.act.shop, owner)?
                    .map_or_else(String::new, |one| format!("{} ({})", one.name, one.number));
                self.refuse("coupons", format!("“{code}” belongs to {name}"));
            }
        }
        Ok(())
    }
}
