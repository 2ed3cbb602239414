//! Makes programs and changes them. A change of the rules is a new version that orders placed from
//! now on use; older orders keep theirs (G87). Not here: what rules are possible (`check_rules`).

use domain::{
    affiliate::fold_code,
    commission::{FieldError, check_rules},
    ids::ProgramId,
    money::Currency,
    program::ProgramRules,
};
use storage::{
    DbConn, StorageError, WriteTx,
    activity::Subject,
    affiliates::affiliate_by_code,
    programs::{
        Program, program_by_number, program_insert, program_list, program_rename,
        program_version_insert, program_versions_of,
    },
    shops::{shop_by_id, shop_lock},
    signups::{Signup, signup_save},
};

use super::{record_activity::Act, tell_storefront::storefront_changed};

/// Longest name of a program.
pub const NAME_MAX: usize = 80;
/// Most programs of a shop.
const PROGRAMS_MAX: i64 = 200;

/// A program as the merchant wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramDraft {
    /// The rules, with the program's name.
    pub rules: ProgramRules,
    /// Its sign-up page; the ids in it are not read.
    pub signup: Signup,
    /// The version that the merchant had before it; none for a new program.
    pub seen_version: Option<i64>,
}

/// A program that was saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavedProgram {
    /// Its number in the shop.
    pub number: i64,
    /// The version that this made; none when the rules are as they were.
    pub new_version: Option<i64>,
}

/// Why nothing was saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveProgramError {
    /// Mistakes, each with its field.
    #[error("the program has mistakes")]
    Refused(Vec<FieldError>),
    /// Somebody saved another version in the meantime.
    #[error("version {0} was saved in the meantime")]
    Overtaken(i64),
    /// The shop has as many programs as possible.
    #[error("no more than {PROGRAMS_MAX} programs")]
    TooMany,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for SaveProgramError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Refused(_) | Self::Overtaken(_) | Self::TooMany => None,
        }
    }
}

/// Saves a program: a new one without a number, else a new version of a known one.
///
/// # Errors
/// [`SaveProgramError`].
pub fn save_program(
    tx: &mut WriteTx<'_>,
    act: Act,
    number: Option<i64>,
    draft: &ProgramDraft,
) -> Result<SavedProgram, SaveProgramError> {
    // Of two versions at the same moment one finds itself overtaken.
    shop_lock(tx, act.shop)?;
    let programs = program_list(tx, act.shop, PROGRAMS_MAX)?;
    let known = match number {
        Some(number) => {
            Some(program_by_number(tx, act.shop, number)?.ok_or(StorageError::NotFound)?)
        }
        None => None,
    };
    let errors = check_program(tx, act, &draft.rules, &programs, number)?;
    if !errors.is_empty() {
        return Err(SaveProgramError::Refused(errors));
    }
    match known {
        Some(program) => change(tx, act, &program, draft),
        None if i64::try_from(programs.len()).is_ok_and(|count| count >= PROGRAMS_MAX) => {
            Err(SaveProgramError::TooMany)
        }
        None => make(tx, act, draft),
    }
}

fn make(
    tx: &mut WriteTx<'_>,
    act: Act,
    draft: &ProgramDraft,
) -> Result<SavedProgram, SaveProgramError> {
    let name = &draft.rules.name;
    let program = program_insert(tx, act.shop, name, act.now)?;
    let version =
        program_version_insert(tx, act.shop, program.id, act.now, draft.rules.clone())?.version;
    save_signup(tx, act, program.id, draft)?;
    storefront_changed(tx, act.shop, act.now)?;
    act.note(tx, Subject::Program, program.id.0, format!("Program “{name}” was made."))?;
    Ok(SavedProgram { number: program.number, new_version: Some(version) })
}

fn change(
    tx: &mut WriteTx<'_>,
    act: Act,
    program: &Program,
    draft: &ProgramDraft,
) -> Result<SavedProgram, SaveProgramError> {
    let newest = program_versions_of(tx, act.shop, program.id, 1)?.into_iter().next();
    if let Some(newest) = &newest
        && draft.seen_version.is_some_and(|seen| seen != newest.version)
    {
        return Err(SaveProgramError::Overtaken(newest.version));
    }
    let name = &draft.rules.name;
    if *name != program.name {
        program_rename(tx, act.shop, program.id, name)?;
    }
    save_signup(tx, act, program.id, draft)?;
    if newest.is_some_and(|newest| newest.rules.0 == draft.rules) {
        return Ok(SavedProgram { number: program.number, new_version: None });
    }
    let version =
        program_version_insert(tx, act.shop, program.id, act.now, draft.rules.clone())?.version;
    storefront_changed(tx, act.shop, act.now)?;
    let words = format!("Version {version} of program “{name}” was published.");
    act.note(tx, Subject::Program, program.id.0, words)?;
    Ok(SavedProgram { number: program.number, new_version: Some(version) })
}

fn save_signup(
    tx: &mut WriteTx<'_>,
    act: Act,
    program: ProgramId,
    draft: &ProgramDraft,
) -> Result<(), StorageError> {
    signup_save(tx, &Signup { program_id: program, shop_id: act.shop, ..draft.signup.clone() })
}

/// Every mistake of a program's rules: those of the document, and those that only the shop can tell.
///
/// # Errors
/// [`StorageError`].
pub fn check_program(
    conn: &mut DbConn,
    act: Act,
    rules: &ProgramRules,
    programs: &[Program],
    number: Option<i64>,
) -> Result<Vec<FieldError>, StorageError> {
    let shop = shop_by_id(conn, act.shop)?.ok_or(StorageError::NotFound)?;
    let mut errors = Vec::new();
    let mut refuse = |field: String, message: String| errors.push(FieldError { field, message });
    let name = rules.name.as_str();
    if name.is_empty() {
        refuse("name".to_owned(), "give the program a name".to_owned());
    } else if name.chars().count() > NAME_MAX {
        refuse("name".to_owned(), format!("at most {NAME_MAX} characters"));
    } else if programs.iter().any(|one| Some(one.number) != number && one.name == name) {
        refuse("name".to_owned(), "another program has this name".to_owned());
    }
    for (index, rate) in rules.rates.iter().enumerate() {
        if let Some(code) = &rate.applies_to.affiliate
            && affiliate_by_code(conn, act.shop, &fold_code(code))?.is_none()
        {
            refuse(
                format!("rates[{index}].match.affiliate"),
                format!("no affiliate has the code “{code}”"),
            );
        }
    }
    if let Err(more) = check_rules(rules, shop.currency.unwrap_or(Currency::USD)) {
        errors.extend(more);
    }
    Ok(errors)
}

/// A short name for scenarios and files, from a name for people.
///
/// ```
/// # use tributary::flows::save_program::key_of;
/// assert_eq!(key_of("Friends & Family 2026"), "friends-family-2026");
/// assert_eq!(key_of("お茶"), "program");
/// ```
#[must_use]
pub fn key_of(name: &str) -> String {
    let mut key = String::new();
    for letter in name.chars() {
        if letter.is_ascii_alphanumeric() {
            key.push(letter.to_ascii_lowercase());
        } else if !key.is_empty() && !key.ends_with('-') {
            key.push('-');
        }
    }
    let key = key.trim_end_matches('-');
    if key.is_empty() { "program".to_owned() } else { key.to_owned() }
}
