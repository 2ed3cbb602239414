//! The request that a draft would make, with sample data or the values of a past event, and without
//! its secrets.

use domain::{
    event::EventKind,
    postback::{AuthKind, Credentials, Record, masked_headers},
    time::UtcTime,
};

use super::{Checked, Known, conversion};
use crate::{
    flows::{
        fire_test::{read_record, sample_of},
        save_postback::{Draft, credentials_of},
        sign_request::{SigningKeys, render_signed},
    },
    web::{
        display::sentence,
        forms::Fields,
        postbacks::test_fire::source_label,
        view::{
            form::Choice,
            parts::NameValue,
            postbacks::editor::{Preview, Request},
        },
    },
};

/// An instant for `{timestamp}`: a preview reads no clock.
const SAMPLE_TIME: UtcTime = UtcTime::from_micros(1_767_225_600_000_000);
/// Stands where the signature will be: a preview opens no secret.
const SAMPLE_SECRET: &str = "preview";

/// What the preview is filled with.
pub(super) struct Filling {
    label: String,
    record: Option<Record>,
}

/// As the form or the address asks for it; sample data for what is not there.
pub(super) fn filling(sent: &Fields, known: &Known) -> Filling {
    let wanted = sent.value("preview_source");
    let past = known.past.iter().find(|firing| firing.id.to_string() == wanted);
    match past.and_then(|firing| Some((source_label(firing), read_record(firing).ok()?))) {
        Some((label, record)) => Filling { label, record: Some(record) },
        None => Filling { label: "sample data".to_owned(), record: None },
    }
}

/// What the preview can be filled with.
pub(super) fn sources(sent: &Fields, known: &Known) -> Vec<Choice> {
    let choice = |value: String, label: String| Choice {
        is_chosen: sent.value("preview_source") == value,
        value,
        label,
    };
    let sample = choice(String::new(), "Sample data".to_owned());
    let past = known.past.iter().map(|one| choice(one.id.to_string(), source_label(one)));
    [sample].into_iter().chain(past).collect()
}

/// The preview of a draft that was checked.
pub(super) fn of(
    draft: &Draft,
    stored: Option<&Credentials>,
    checked: &Checked,
    filling: &Filling,
) -> Preview {
    let settings = &draft.settings;
    if settings.url.is_empty() {
        return Preview::default();
    }
    let values = settings.params.iter().map(|one| one.value.as_str());
    let values = values.chain(settings.headers.iter().map(|one| one.value.as_str()));
    let mut preview = Preview {
        source: filling.label.clone(),
        proposal: conversion::proposal(&settings.url, values),
        ..Preview::default()
    };
    match checked {
        Checked::Fine(warnings) => {
            preview.warnings = warnings.iter().map(|one| sentence(&one.message)).collect();
        }
        Checked::Refused(errors) => {
            preview.errors = errors.iter().map(|one| sentence(&one.message)).collect();
        }
    }
    let secret = credentials_of(draft, stored).or_else(|| stand_in(draft));
    let event = settings.on.first().copied().unwrap_or(EventKind::Conversion);
    let record = filling.record.clone().unwrap_or_else(|| sample_of(event, SAMPLE_TIME));
    let keys = SigningKeys::of(&[SAMPLE_SECRET]);
    match render_signed(settings, secret.as_ref(), &record, &keys, SAMPLE_TIME) {
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
