//! Applying for a program on its public sign-up page. The applicant waits for the merchant's decision
//! unless the page says otherwise, and gets the link that sets its password by mail: an address that
//! is not one's own opens no account.

use domain::{
    affiliate::{AffiliateStatus, Code, normalise_email},
    commission::FieldError,
    ids::AffiliateId,
    time::DAY_S,
};
use shopify::fingerprint::Fingerprinter;
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    affiliates::{Affiliate, affiliate_by_code, affiliate_insert, affiliates_by_email},
    logins,
    profiles::{Profile, profile_save},
    programs::{Program, program_by_number},
    shops::shop_lock,
    signups::{Signup, signup_of},
};

use super::{
    codes::code_on_approval,
    record_activity::Act,
    save_affiliate::{NAME_MAX, SaveAffiliateError},
};

/// Longest introduction.
pub const INTRODUCTION_MAX: usize = 2_000;
/// Applications that one address may make in a day.
const APPLIED_MAX: i64 = 3;
/// Codes tried before one is made of the number.
const CODES_TRIED: u32 = 20;

/// What an applicant entered.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Application {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
    /// How it will promote the shop.
    pub introduction: String,
    /// It promises to tell people that it is paid (FTC, 16 CFR Part 255).
    pub discloses: bool,
    /// It agrees to the program's terms.
    pub agrees: bool,
}

/// What came of an application.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// A new affiliate who waits for the merchant's decision.
    Waiting(Box<Affiliate>),
    /// A new affiliate who is active at once.
    Active(AffiliateId),
    /// The address has an account already; the page says the same as for a new one.
    Known,
    /// The address applied too often today.
    TooMany,
}

/// A program with its sign-up page, while it is open.
///
/// # Errors
/// [`StorageError::NotFound`] for a program that is closed or not there.
pub fn open_program(
    conn: &mut storage::DbConn,
    shop: domain::ids::ShopId,
    number: i64,
) -> Result<(Program, Signup), StorageError> {
    let program = program_by_number(conn, shop, number)?.ok_or(StorageError::NotFound)?;
    let signup = signup_of(conn, shop, program.id)?;
    if signup.is_open { Ok((program, signup)) } else { Err(StorageError::NotFound) }
}

/// Applies for a program.
///
/// # Errors
/// [`SaveAffiliateError`] with every mistake at its field.
pub fn join_program(
    tx: &mut WriteTx<'_>,
    fingerprints: &Fingerprinter,
    act: Act,
    number: i64,
    application: &Application,
) -> Result<Joined, SaveAffiliateError> {
    let (program, signup) = open_program(tx, act.shop, number)?;
    let errors = mistakes(application, &signup);
    let print = fingerprints.email(application.email.trim());
    let (Some(print), true) = (print, errors.is_empty()) else {
        return Err(SaveAffiliateError::Refused(errors));
    };
    let account = format!("{}:join:{print}", act.shop);
    let forget_before = act.now.plus_seconds(-DAY_S);
    if logins::login_failure_record(tx, &account, act.now, forget_before)? > APPLIED_MAX {
        return Ok(Joined::TooMany);
    }
    // Of two applications at the same moment one finds the other.
    shop_lock(tx, act.shop)?;
    if !affiliates_by_email(tx, act.shop, &print, 1)?.is_empty() {
        return Ok(Joined::Known);
    }
    let status = match signup.approves_at_once {
        true => AffiliateStatus::Active,
        false => AffiliateStatus::Pending,
    };
    let name = application.name.trim();
    let code = free_code(tx, act, name)?;
    let made = affiliate_insert(
        tx,
        Affiliate {
            id: AffiliateId(0),
            shop_id: act.shop,
            program_id: program.id,
            number: 0,
            name: name.to_owned(),
            email: application.email.trim().to_owned(),
            email_fingerprint: print,
            code_folded: code.folded(),
            code: code.as_str().to_owned(),
            status: status.as_str().to_owned(),
            shopify_customer_id: None,
            upline_id: None,
            payout_currency: None,
            payout_rate: None,
            password_hash: None,
            created_at: act.now,
        },
    )?;
    let profile = Profile {
        introduction: application.introduction.trim().to_owned(),
        disclosed_at: Some(act.now),
        ..Profile::blank(act.shop, made.id, act.now)
    };
    profile_save(tx, &profile)?;
    let words = format!("{name} applied for program “{}”.", program.name);
    act.note(tx, Subject::Affiliate, made.id.0, words)?;
    code_on_approval(tx, act, made.id, status)?;
    Ok(match status {
        AffiliateStatus::Active => Joined::Active(made.id),
        AffiliateStatus::Pending | AffiliateStatus::Denied | AffiliateStatus::Blocked => {
            Joined::Waiting(Box::new(made))
        }
    })
}

fn mistakes(application: &Application, signup: &Signup) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut refuse = |field: &str, message: String| {
        errors.push(FieldError { field: field.to_owned(), message });
    };
    let name = application.name.trim();
    if name.is_empty() {
        refuse("name", "enter your name".to_owned());
    } else if name.chars().count() > NAME_MAX {
        refuse("name", format!("at most {NAME_MAX} characters"));
    }
    if normalise_email(&application.email).is_none() {
        refuse("email", "enter your e-mail address, such as anna@example.com".to_owned());
    }
    if application.introduction.chars().count() > INTRODUCTION_MAX {
        refuse("introduction", format!("at most {INTRODUCTION_MAX} characters"));
    }
    if !application.discloses {
        refuse("discloses", "without this promise nobody can join".to_owned());
    }
    if !application.agrees && !signup.terms.is_empty() {
        refuse("agrees", "without the terms nobody can join".to_owned());
    }
    errors
}

/// A code that reads like the name and that nobody has: `ANNA`, `ANNA2`, …
fn free_code(tx: &mut WriteTx<'_>, act: Act, name: &str) -> Result<Code, StorageError> {
    let letters: String = name
        .chars()
        .take_while(|letter| !letter.is_whitespace())
        .filter(char::is_ascii_alphanumeric)
        .map(|letter| letter.to_ascii_uppercase())
        .take(20)
        .collect();
    let stem = if letters.len() < 3 { "FRIEND".to_owned() } else { letters };
    for number in 1..=CODES_TRIED {
        let text = if number == 1 { stem.clone() } else { format!("{stem}{number}") };
        let Ok(code) = Code::parse(&text) else { continue };
        if affiliate_by_code(tx, act.shop, &code.folded())?.is_none() {
            return Ok(code);
        }
    }
    let unique = format!("{stem}-{}", tx.next_id(act.now));
    Code::parse(&unique).map_err(|error| StorageError::Other(error.to_string()))
}
