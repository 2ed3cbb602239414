//! Encrypts everything secret in the database anew with the present key, page by page, so that no key
//! before it is needed any more. Repeat-safe: what is encrypted with the present key is left alone, and an
//! envelope that somebody has replaced meanwhile is looked at again.

use storage::{
    Storage, StorageError,
    sealed::{SealedColumn, SealedValue, sealed_after, sealed_replace},
};

use crate::secrets::{MasterKey, SecretError};

/// Values that are read, and written, at once.
const PAGE: i64 = 200;
/// How often a page is read again because something in it changed meanwhile.
const READINGS_MAX: u32 = 20;

/// What became of the values of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renewed {
    /// Encrypted anew.
    pub anew: u64,
    /// Encrypted with the present key before.
    pub present: u64,
    /// Rows whose value none of the keys opens.
    pub unreadable: Vec<i64>,
}

/// Why a column was left half way. What was done before stays done.
#[derive(Debug, thiserror::Error)]
pub enum RenewError {
    /// A row was written over and over by somebody else.
    #[error("{0} is changed too often; run it again")]
    Restless(&'static str),
    /// No randomness.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Brings one column to the present key; `watch` hears how many values have been looked at.
///
/// # Errors
/// [`RenewError`].
pub async fn renew_column(
    storage: &Storage,
    key: &MasterKey,
    column: SealedColumn,
    watch: impl Fn(u64),
) -> Result<Renewed, RenewError> {
    let (mut found, mut after, mut readings) = (Renewed::default(), 0, 0);
    // Of the present page, renewed by earlier readings of it.
    let mut before = 0;
    loop {
        let page = storage.read(move |conn| sealed_after(conn, column, after, PAGE)).await?;
        let Some(last) = page.last().map(|value| value.id) else { return Ok(found) };
        let work = Page::read(key, column, &page)?;
        let renewed = work.renewed;
        let wanted = u64::try_from(renewed.len()).unwrap_or(u64::MAX);
        let replaced = storage
            .write(move |tx| {
                let mut replaced = 0;
                for (known, sealed) in &renewed {
                    replaced += u64::from(sealed_replace(tx, column, known, sealed)?);
                }
                Ok::<_, StorageError>(replaced)
            })
            .await?;
        found.anew += replaced;
        if replaced < wanted {
            (before, readings) = (before + replaced, readings + 1);
            if readings == READINGS_MAX {
                return Err(RenewError::Restless(column.name()));
            }
            continue;
        }
        found.present += work.present.saturating_sub(before);
        found.unreadable.extend(work.unreadable);
        (after, readings, before) = (last, 0, 0);
        watch(found.anew + found.present);
    }
}

/// What one page of values needs.
struct Page {
    renewed: Vec<(SealedValue, Vec<u8>)>,
    present: u64,
    unreadable: Vec<i64>,
}

impl Page {
    fn read(
        key: &MasterKey,
        column: SealedColumn,
        values: &[SealedValue],
    ) -> Result<Self, SecretError> {
        let mut page = Self { renewed: Vec::new(), present: 0, unreadable: Vec::new() };
        for value in values {
            // Every envelope is bound to its table, column and row under this name.
            match key.renew(&format!("{}:{}", column.name(), value.id), &value.sealed) {
                Ok(Some(sealed)) => page.renewed.push((value.clone(), sealed)),
                Ok(None) => page.present += 1,
                Err(SecretError::Unreadable) => page.unreadable.push(value.id),
                Err(error) => return Err(error),
            }
        }
        Ok(page)
    }
}
