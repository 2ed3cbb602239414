//! A merchant's own words for mails to affiliates, and which of them are sent.

use domain::{
    commission::FieldError,
    letter::{LetterKind, LetterWords, mistakes},
};
use storage::{
    StorageError, WriteTx,
    activity::Subject,
    letters::{Letter, letter_save},
};

use super::record_activity::Act;

/// Why words were not saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveLetterError {
    /// There is something wrong with them.
    #[error("the words have mistakes")]
    Refused(Vec<FieldError>),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl storage::TxError for SaveLetterError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Refused(_) => None,
        }
    }
}

/// Saves what a merchant has decided about a kind of mail. Words that are ours are not kept, so that a
/// better wording of ours reaches whoever has changed nothing.
///
/// # Errors
/// [`SaveLetterError`].
pub fn save_letter(
    tx: &mut WriteTx<'_>,
    act: Act,
    kind: LetterKind,
    words: &LetterWords,
    is_on: bool,
) -> Result<(), SaveLetterError> {
    let errors = mistakes(kind, words);
    if !errors.is_empty() {
        return Err(SaveLetterError::Refused(errors));
    }
    let ours = kind.our_words();
    let own = |text: &str, our: &str| (text != our).then(|| text.to_owned());
    let letter = Letter {
        shop_id: act.shop,
        kind,
        subject: own(&words.subject, &ours.subject),
        body: own(&words.body, &ours.body),
        is_on: is_on || !kind.may_be_off(),
    };
    letter_save(tx, &letter)?;
    let words = format!("The mail “{}” was changed.", ours.subject);
    act.note(tx, Subject::Shop, act.shop.0, words)?;
    Ok(())
}
