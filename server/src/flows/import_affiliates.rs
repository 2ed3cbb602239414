//! Affiliates from a table of another app: first what would become of each line, then all that can be
//! saved in one transaction. Repeat-safe by e-mail: who is in the shop already is left alone, so that the
//! same table twice adds nobody. Their old codes and coupons are kept, and with them their links.

use std::collections::{BTreeMap, HashSet};

use domain::{
    affiliate::{AffiliateStatus, Code, fold_code},
    commission::FieldError,
    ids::ProgramId,
};
use shopify::fingerprint::Fingerprinter;
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::{affiliate_by_code, affiliates_by_email},
};

use super::{
    record_activity::Act,
    save_affiliate::{AffiliateDraft, SaveAffiliateError, add_affiliate, check_new_affiliate},
};

mod table;

pub use table::{LINES_MAX, Line, Meaning, Source, Table, read_table};

/// What becomes of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its place in the file.
    pub line: usize,
    /// The name.
    pub name: String,
    /// The e-mail.
    pub email: String,
    /// The code that it gets.
    pub code: String,
    /// Its coupons.
    pub coupons: Vec<String>,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// An affiliate is added, with this status.
    Added(AffiliateStatus),
    /// The shop has it already, under this number.
    Known(i64),
    /// It cannot be added.
    Refused(Vec<FieldError>),
}

/// What becomes of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Line by line.
    pub lines: Vec<Planned>,
}

impl Plan {
    /// How many are added, known already, refused.
    #[must_use]
    pub fn counts(&self) -> (usize, usize, usize) {
        let count =
            |wanted: fn(&Fate) -> bool| self.lines.iter().filter(|line| wanted(&line.fate)).count();
        (
            count(|fate| matches!(fate, Fate::Added(_))),
            count(|fate| matches!(fate, Fate::Known(_))),
            count(|fate| matches!(fate, Fate::Refused(_))),
        )
    }
}

/// What would become of a table. Reads only.
///
/// # Errors
/// [`StorageError`].
pub fn plan_import(
    conn: &mut DbConn,
    fingerprints: &Fingerprinter,
    act: Act,
    program: Option<ProgramId>,
    table: &Table,
) -> Result<Plan, StorageError> {
    let drafted = Planner::new(fingerprints, act, program).plan(conn, table)?;
    Ok(Plan { lines: drafted.into_iter().map(|(planned, _)| planned).collect() })
}

/// Adds everybody who can be added, or nobody.
///
/// # Errors
/// [`StorageError`]; then nothing has changed.
pub fn import_affiliates(
    tx: &mut WriteTx<'_>,
    fingerprints: &Fingerprinter,
    act: Act,
    program: Option<ProgramId>,
    table: &Table,
) -> Result<Plan, StorageError> {
    let drafted = Planner::new(fingerprints, act, program).plan(tx, table)?;
    let mut lines = Vec::with_capacity(drafted.len());
    for (mut planned, draft) in drafted {
        if let (Fate::Added(status), Some(draft)) = (&planned.fate, draft) {
            match add_affiliate(tx, fingerprints, act, &draft, *status) {
                Ok(_) => {}
                Err(SaveAffiliateError::Refused(errors)) => planned.fate = Fate::Refused(errors),
                Err(SaveAffiliateError::Storage(error)) => return Err(error),
            }
        }
        lines.push(planned);
    }
    let plan = Plan { lines };
    let (added, _, _) = plan.counts();
    if added > 0 {
        let words = format!("{added} affiliates were imported from {}.", table.source.name());
        act.note(tx, Subject::Shop, act.shop.0, words)?;
    }
    Ok(plan)
}

/// Goes through a table once and remembers what it has given away: two lines never get the same code.
struct Planner<'a> {
    fingerprints: &'a Fingerprinter,
    act: Act,
    program: Option<ProgramId>,
    /// Lines by the e-mail that they gave, compared as mailboxes.
    emails: BTreeMap<String, usize>,
    codes: HashSet<String>,
    coupons: BTreeMap<String, usize>,
}

impl<'a> Planner<'a> {
    fn new(fingerprints: &'a Fingerprinter, act: Act, program: Option<ProgramId>) -> Self {
        Self {
            fingerprints,
            act,
            program,
            emails: BTreeMap::new(),
            codes: HashSet::new(),
            coupons: BTreeMap::new(),
        }
    }

    fn plan(
        mut self,
        conn: &mut DbConn,
        table: &Table,
    ) -> Result<Vec<(Planned, Option<AffiliateDraft>)>, StorageError> {
        let mut planned = Vec::with_capacity(table.lines.len());
        for line in &table.lines {
            planned.push(self.line(conn, line)?);
        }
        Ok(planned)
    }

    fn line(
        &mut self,
        conn: &mut DbConn,
        line: &Line,
    ) -> Result<(Planned, Option<AffiliateDraft>), StorageError> {
        let print = self.fingerprints.email(&line.email);
        let known = match &print {
            Some(print) => affiliates_by_email(conn, self.act.shop, print, 1)?.pop(),
            None => None,
        };
        if let Some(known) = known {
            let fate = Fate::Known(known.number);
            return Ok((planned(line, &known.code, fate), None));
        }
        let code = self.free_code(conn, line)?;
        let draft = self.draft(line, &code);
        let mut errors = match check_new_affiliate(conn, self.fingerprints, self.act, &draft) {
            Ok(()) => Vec::new(),
            Err(SaveAffiliateError::Refused(errors)) => errors,
            Err(SaveAffiliateError::Storage(error)) => return Err(error),
        };
        errors.extend(self.repeats(line, print.as_deref()));
        let status = match &line.status {
            None => AffiliateStatus::Active,
            Some(Ok(status)) => *status,
            Some(Err(word)) => {
                errors.push(mistake("status", format!("“{word}” is no status that is known")));
                AffiliateStatus::Pending
            }
        };
        if !errors.is_empty() {
            return Ok((planned(line, &code, Fate::Refused(errors)), None));
        }
        self.emails.extend(print.map(|print| (print, line.number)));
        self.codes.insert(fold_code(&code));
        self.coupons.extend(line.coupons.iter().map(|one| (fold_code(one), line.number)));
        Ok((planned(line, &code, Fate::Added(status)), Some(draft)))
    }

    /// The best of the line's codes that nobody has, else one made of its name.
    fn free_code(&self, conn: &mut DbConn, line: &Line) -> Result<String, StorageError> {
        for code in &line.codes {
            if self.is_free(conn, code)? {
                return Ok(code.clone());
            }
        }
        if let Some(taken) = line.codes.first() {
            // Its links would lead to somebody else: the merchant has to know.
            return Ok(taken.clone());
        }
        let letters: String =
            line.name.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
        let stem = if letters.is_empty() { "AFFILIATE".to_owned() } else { letters.to_uppercase() };
        if self.is_free(conn, &stem)? {
            return Ok(stem);
        }
        let numbered = format!("{stem}-{}", line.number);
        Ok(numbered)
    }

    fn is_free(&self, conn: &mut DbConn, code: &str) -> Result<bool, StorageError> {
        let Ok(code) = Code::parse(code) else { return Ok(false) };
        let folded = code.folded();
        let is_taken = self.codes.contains(&folded)
            || affiliate_by_code(conn, self.act.shop, &folded)?.is_some();
        Ok(!is_taken)
    }

    /// What another line of the table has taken before.
    fn repeats(&self, line: &Line, print: Option<&str>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if let Some(other) = print.and_then(|print| self.emails.get(print)) {
            errors.push(mistake("email", format!("line {other} has this e-mail, too")));
        }
        for coupon in &line.coupons {
            if let Some(other) = self.coupons.get(&fold_code(coupon)) {
                let message = format!("line {other} has the coupon {coupon}, too");
                errors.push(mistake("coupons", message));
            }
        }
        let is_taken = |code: &String| self.codes.contains(&fold_code(code));
        if !line.codes.is_empty() && line.codes.iter().all(is_taken) {
            errors.push(mistake("code", "another line has this code, too".to_owned()));
        }
        errors
    }

    fn draft(&self, line: &Line, code: &str) -> AffiliateDraft {
        AffiliateDraft {
            name: line.name.clone(),
            email: line.email.clone(),
            code: code.to_owned(),
            program: self.program,
            coupons: line.coupons.clone(),
            upline: String::new(),
            shopify_customer_id: String::new(),
            payout_method: line.payout_method.clone(),
            payout_address: line.payout_address.clone(),
            payout_currency: line.payout_currency.clone(),
            payout_rate: line.payout_rate.clone(),
            notes: line.notes.clone(),
            tags: line.tags.clone(),
            seen: None,
        }
    }
}

fn mistake(field: &str, message: String) -> FieldError {
    FieldError { field: field.to_owned(), message }
}

fn planned(line: &Line, code: &str, fate: Fate) -> Planned {
    Planned {
        line: line.number,
        name: line.name.clone(),
        email: line.email.clone(),
        code: code.to_owned(),
        coupons: line.coupons.clone(),
        fate,
    }
}
