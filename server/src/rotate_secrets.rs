//! `tributary rotate-secrets`: everything secret in the database is encrypted anew with the present key,
//! so that the one before can be taken away. Fails when something can be opened by neither.

use std::process::ExitCode;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressStyle};
use storage::{Storage, StorageOptions, sealed::SealedColumn};

use crate::{
    config::Settings,
    flows::renew_secrets::{Renewed, renew_column},
};

/// Goes through every column; may run while the app does, and again.
///
/// # Errors
/// When the database cannot be used.
pub async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let storage = Storage::connect(&settings.database_url, StorageOptions::default())
        .context("cannot open the database")?;
    let (mut all, mut unreadable) = (Renewed::default(), 0_usize);
    for column in SealedColumn::ALL {
        let bar = ProgressBar::new_spinner();
        bar.set_style(ProgressStyle::with_template("{spinner} {prefix} {human_pos}")?);
        bar.set_prefix(column.name());
        let done = renew_column(&storage, &settings.encryption_key, column, |seen| {
            bar.set_position(seen);
        });
        let done = done.await.with_context(|| column.name().to_owned())?;
        bar.finish_and_clear();
        all.anew += done.anew;
        all.present += done.present;
        unreadable += done.unreadable.len();
        for row in done.unreadable {
            say(&format!("{} of row {row} can be opened by none of the keys", column.name()));
        }
    }
    say(&format!(
        "{} secrets encrypted anew, {} had the present key already, {unreadable} cannot be opened",
        all.anew, all.present
    ));
    if unreadable > 0 {
        say("Run it again with SECRETS_KEY_PREVIOUS set to the key that they were written with.");
        return Ok(ExitCode::FAILURE);
    }
    say("SECRETS_KEY_PREVIOUS can be taken away.");
    Ok(ExitCode::SUCCESS)
}

#[expect(clippy::print_stdout, reason = "the result of the command")]
fn say(text: &str) {
    println!("{text}");
}
