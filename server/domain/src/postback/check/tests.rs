//! What may be saved, by what is checked.

use super::*;
use crate::{
    event::EventKind,
    postback::{AuthKind, Filter, Header, Param, RequestMethod, render, sample_record},
};

mod conditions;
mod macros_used;
mod request;

type Settings = PostbackSettings;

const GOOD: &str = "https://t.example.com/pb?cid={click_id}";

fn with_url(url: &str) -> Settings {
    Settings { url: url.into(), ..Default::default() }
}

fn good() -> Settings {
    with_url(GOOD)
}

fn param(name: &str, value: &str) -> Param {
    Param { name: name.into(), value: value.into(), raw: false }
}

fn header(name: &str, value: &str) -> Header {
    Header { name: name.into(), value: value.into() }
}

/// Fields and codes of the errors; empty when it may be saved.
fn errors_in(settings: &Settings, context: &CheckContext<'_>) -> Vec<(String, &'static str)> {
    let errors = settings.check(context).err().unwrap_or_default();
    errors.into_iter().map(|error| (error.field, error.code)).collect()
}

fn errors(settings: &Settings) -> Vec<(String, &'static str)> {
    errors_in(settings, &CheckContext::default())
}

fn error(settings: &Settings) -> (String, &'static str) {
    let errors = errors(settings);
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors[0].clone()
}

fn message(settings: &Settings) -> String {
    settings.check(&CheckContext::default()).unwrap_err()[0].message.clone()
}

fn warnings(settings: &Settings) -> Vec<&'static str> {
    let warnings = settings.check(&CheckContext::default()).unwrap();
    warnings.into_iter().map(|warning| warning.code).collect()
}

fn at(field: &str, code: &'static str) -> (String, &'static str) {
    (field.to_owned(), code)
}
