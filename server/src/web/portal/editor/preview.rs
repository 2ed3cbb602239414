//! The request that a draft would make, with sample data and without its secrets.

use domain::{
    event::EventKind,
    postback::{AuthKind, Credentials, masked_headers, render},
    time::UtcTime,
};

use super::Checked;
use crate::{
    flows::{fire_test::sample_of, save_postback::Draft, save_postback::credentials_of},
    web::{
        display::sentence,
        view::{
            parts::NameValue,
            portal::editor::{Preview, Request},
        },
    },
};

/// An instant for `{timestamp}`: a preview reads no clock.
const SAMPLE_TIME: UtcTime = UtcTime::from_micros(1_767_225_600_000_000);

/// The preview of a draft that was checked.
pub(super) fn of(draft: &Draft, stored: Option<&Credentials>, checked: &Checked) -> Preview {
    if draft.settings.url.is_empty() {
        return Preview::default();
    }
    let mut preview = Preview { source: "sample data".to_owned(), ..Preview::default() };
    match checked {
        Checked::Fine(warnings) => {
            preview.warnings = warnings.iter().map(|one| sentence(&one.message)).collect();
        }
        Checked::Refused(errors) => {
            preview.errors = errors.iter().map(|one| sentence(&one.message)).collect();
        }
    }
    let secret = credentials_of(draft, stored).or_else(|| stand_in(draft));
    let event = draft.settings.on.first().copied().unwrap_or(EventKind::Conversion);
    match render(&draft.settings, secret.as_ref(), &sample_of(event, SAMPLE_TIME)) {
        Ok(request) => {
            let headers = masked_headers(&request.headers);
            preview.request = Some(Request {
                method: request.method.to_owned(),
                url: request.url,
                headers: headers
                    .into_iter()
                    .map(|(name, value)| NameValue { name, value })
                    .collect(),
                body: request.body,
            });
        }
        Err(error) if preview.errors.is_empty() => {
            preview.errors.push(sentence(&error.to_string()));
        }
        Err(_) => {}
    }
    preview
}

/// The script keeps secrets in the page, so the preview shows where one will stand.
fn stand_in(draft: &Draft) -> Option<Credentials> {
    let token = "secret".to_owned();
    Some(match draft.settings.auth? {
        AuthKind::Basic => Credentials::Basic { login: draft.login.clone(), password: token },
        AuthKind::Token => Credentials::Token { token },
        AuthKind::Bearer => Credentials::Bearer { token },
    })
}
