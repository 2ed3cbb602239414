//! Postbacks: calls to an affiliate's or merchant's own system, built from a template.
//!
//! The way of an event: [`matching::matches`] decides whether a postback fires, [`render()`] builds
//! the exact request from its [`PostbackSettings`] and the event's [`Record`], `crate::retry` says
//! what the answer means. Before that, [`PostbackSettings::check`] decides what may be saved, and
//! [`foreign::propose`] helps with templates copied from elsewhere.
//!
//! Not here: sending, signing, storing, and any clock. Rules: E1–E14, X01–X39 of postbacks.md.

use serde::Serialize;

mod body;
mod check;
pub mod credentials;
mod document;
pub mod encode;
mod filler;
pub mod foreign;
mod headers;
pub mod host;
pub mod macros;
pub mod matching;
pub mod receivers;
mod record;
mod render;
mod render_command;
mod selection;
mod settings;
pub mod status;
pub mod template;
pub mod url_template;

pub use check::{CheckContext, HEADERS_MAX, PARAMS_MAX};
pub use credentials::Credentials;
pub use document::{Document, parse_document, unknown_fields};
pub use headers::masked as masked_headers;
pub use matching::{Facts, Verdict, can_express_reversal, matches};
pub use record::{Record, Resolved, sample_record};
pub use render::{BODY_BYTES_MAX, RenderError, Rendered, render};
pub use render_command::{RefusedOutput, RenderOutput, render_postback_document};
pub use selection::{Filter, Selection};
pub use settings::{
    AuthKind, DELAY_SECONDS_MAX, Header, Param, PostbackSettings, RequestMethod, Scope,
};

/// Why a document is not saved: one entry per mistake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where: `url`, `params[2].value`, …
    pub field: String,
    /// Stable code for programs.
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
}

/// What is worth a second look before saving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// Where.
    pub field: String,
    /// Stable code for programs.
    pub code: &'static str,
    /// One sentence for people.
    pub message: String,
}

impl FieldError {
    pub(crate) fn new(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}

impl Warning {
    pub(crate) fn new(
        field: impl Into<String>,
        code: &'static str,
        message: impl Into<String>,
    ) -> Self {
        Self { field: field.into(), code, message: message.into() }
    }
}
