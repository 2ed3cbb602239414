//! Reads an affiliate as the merchant typed it, and remembers every mistake at its field.

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
    DbConn, StorageError,
    affiliates::{Affiliate, affiliate_by_code, affiliate_by_id, affiliates_by_email},
    coupons::coupons_by_codes,
    programs::program_by_id,
    shops::shop_by_id,
};

use super::{
    AffiliateDraft, COUPONS_MAX, NAME_MAX, SaveAffiliateError, Seen, check_payout_address,
};
use crate::flows::record_activity::Act;

/// Longest notes.
const NOTES_MAX: usize = 10_000;
/// Longest coupon, as Shopify allows it.
const COUPON_LENGTH_MAX: usize = 255;
/// Uplines above one another that are looked through for a loop.
const DEPTH_MAX: usize = 100;

/// Reads a draft and remembers every mistake.
pub(super) struct Reader<'a> {
    act: Act,
    fingerprints: &'a Fingerprinter,
    known: Option<&'a Affiliate>,
    errors: Vec<FieldError>,
}

impl<'a> Reader<'a> {
    /// For a new affiliate, or for one that is known.
    pub(super) const fn new(
        act: Act,
        fingerprints: &'a Fingerprinter,
        known: Option<&'a Affiliate>,
    ) -> Self {
        Self { act, fingerprints, known, errors: Vec::new() }
    }

    /// The affiliate as it is to be stored; every mistake, otherwise.
    pub(super) fn affiliate(
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

    /// What the affiliate has changed itself since the merchant's form was opened would be lost: the
    /// merchant has to see it first. What both typed alike is no trouble.
    pub(super) fn overtaken(&mut self, draft: &AffiliateDraft, now: &Seen) {
        let Some(seen) = &draft.seen else { return };
        if now.name != seen.name && now.name != draft.name.trim() {
            let message = format!(
                "the affiliate has changed its name since you opened this page, to “{}”: look at it \
                 and save again",
                now.name
            );
            self.refuse("name", message);
        }
        let is_moved = |to_method: &str, to_address: &str| {
            (now.payout_method.as_str(), now.payout_address.as_str()) != (to_method, to_address)
        };
        if is_moved(&seen.payout_method, &seen.payout_address)
            && is_moved(&draft.payout_method, draft.payout_address.trim())
        {
            let method = PayoutMethod::parse(&now.payout_method).map_or("nothing yet", method_name);
            let message = format!(
                "the affiliate has changed where it is paid since you opened this page, to {method}, \
                 “{}”: look at both fields and save again",
                now.payout_address
            );
            self.refuse("payout_address", message);
        }
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
                let account = draft.shopify_customer_id.trim();
                if method == PayoutMethod::StoreCredit && account.is_empty() {
                    let message =
                        "store credit is given to the affiliate's customer account: enter it";
                    self.refuse("shopify_customer_id", message);
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

const fn method_name(method: PayoutMethod) -> &'static str {
    match method {
        PayoutMethod::Paypal => "PayPal",
        PayoutMethod::Wise => "Wise",
        PayoutMethod::Other => "another way",
        PayoutMethod::StoreCredit => "store credit",
    }
}
