//! The stored document of one postback, in the words of a scenario file. Secrets are not in it
//! (`credentials`); whether it may be saved is answered in `check`.

use serde::{Deserialize, Serialize};

use super::{
    macros::{self, MacroInfo},
    selection::{Filter, Selection},
    template::Template,
    url_template::UrlTemplate,
};
use crate::{
    event::EventKind,
    ids::{AffiliateId, ProgramId},
};

/// One postback as its owner set it up. `P` and `A` are how programs and affiliates are named: by
/// id in the database, by key in a scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PostbackSettings<P = ProgramId, A = AffiliateId> {
    /// What the owner calls it (I3).
    pub name: String,
    /// For which programs and affiliates it fires (I4).
    pub scope: Scope<P, A>,
    /// Kinds of event it listens to (T15, I1, C6).
    pub on: Vec<EventKind>,
    /// Statuses it fires for (A6, P6).
    pub statuses: Filter,
    /// Goals it fires for (A7, P5); see `goals_enabled`.
    pub goals: Filter,
    /// Reasons for which declined conversions fire it (I7).
    pub reasons: Filter,
    /// Attribution methods it fires for (A8).
    pub methods: Filter,
    /// Off: `goals` is kept but ignored (P14, P15).
    pub goals_enabled: bool,
    /// Seconds to wait before the first attempt, at most [`DELAY_SECONDS_MAX`] (I8, C11).
    pub delay_seconds: i64,
    /// The receiver understands reversals even though the template does not show it (E12).
    pub reversals: bool,
    /// Drop a whole `name=` pair, or header, whose macro has no value (E6).
    pub strict: bool,
    /// The owner confirmed that a template without any macro is meant (T10).
    pub static_only: bool,
    /// How the request is made (P7).
    pub method: RequestMethod,
    /// The URL template.
    pub url: String,
    /// Further parameters: in the query, or in the body of a POST (P9).
    pub params: Vec<Param>,
    /// Further headers (P10).
    pub headers: Vec<Header>,
    /// Kind of authentication; its secret is kept elsewhere (P8).
    pub auth: Option<AuthKind>,
    /// Text or `/regex/` that the answer must contain to count as accepted.
    pub success_pattern: Option<String>,
    /// Text or `/regex/` that makes an answer a failure whatever its code.
    pub failure_pattern: Option<String>,
}

/// Longest delay: seven days (C11).
pub const DELAY_SECONDS_MAX: i64 = 604_800;

/// For whom a postback fires.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Scope<P = ProgramId, A = AffiliateId> {
    /// Programs.
    pub programs: Selection<P>,
    /// Affiliates.
    pub affiliates: Selection<A>,
}

/// How the request is made (P7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum RequestMethod {
    /// Parameters in the query.
    #[default]
    #[serde(rename = "GET")]
    Get,
    /// Parameters in an `application/x-www-form-urlencoded` body.
    #[serde(rename = "POST_FORM")]
    PostForm,
    /// Parameters as members of an `application/json` object.
    #[serde(rename = "POST_JSON")]
    PostJson,
}

impl RequestMethod {
    /// The method of the request line.
    #[must_use]
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::PostForm | Self::PostJson => "POST",
        }
    }
}

/// One further parameter. Unlike the URL's own text it is data on both sides, so all of it is
/// encoded for where it goes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Param {
    /// Its name: plain text.
    pub name: String,
    /// Its value: a template.
    pub value: String,
    /// Only for `POST_JSON`: `value` is a piece of JSON, not text, so `{total_commission}` gives the
    /// number 9.00 instead of the string "9.00" (E2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub raw: bool,
}

/// One further header.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Its name.
    pub name: String,
    /// Its value: a template.
    pub value: String,
}

/// Kinds of authentication (P8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthKind {
    /// `Authorization: Basic base64(login:password)`.
    Basic,
    /// `Authorization: Basic <token>`, the token as given.
    Token,
    /// `Authorization: Bearer <token>`.
    Bearer,
}

impl<P, A> PostbackSettings<P, A> {
    /// The same document for programs and affiliates that are named in another way.
    #[must_use]
    pub fn with_scope<Q, B>(self, scope: Scope<Q, B>) -> PostbackSettings<Q, B> {
        PostbackSettings {
            name: self.name,
            scope,
            on: self.on,
            statuses: self.statuses,
            goals: self.goals,
            reasons: self.reasons,
            methods: self.methods,
            goals_enabled: self.goals_enabled,
            delay_seconds: self.delay_seconds,
            reversals: self.reversals,
            strict: self.strict,
            static_only: self.static_only,
            method: self.method,
            url: self.url,
            params: self.params,
            headers: self.headers,
            auth: self.auth,
            success_pattern: self.success_pattern,
            failure_pattern: self.failure_pattern,
        }
    }

    /// Whether a template of the postback uses this macro, by whatever name.
    ///
    /// ```
    /// # use domain::postback::PostbackSettings;
    /// let settings: PostbackSettings =
    ///     PostbackSettings { url: "https://t.example/?a={PAYOUT}".into(), ..Default::default() };
    /// assert!(settings.uses("total_commission") && !settings.uses("click_id"));
    /// ```
    #[must_use]
    pub fn uses(&self, canonical: &str) -> bool {
        self.mentions(canonical)
            && self.templates().iter().flat_map(Template::placeholders).any(|placeholder| {
                macros::find(&placeholder.name).is_some_and(|info| info.name == canonical)
            })
    }

    /// Whether a spelling of the macro stands anywhere in the texts: cheap to ask, for each request is.
    fn mentions(&self, canonical: &str) -> bool {
        let params = self.params.iter().map(|param| &param.value);
        let headers = self.headers.iter().map(|header| &header.value);
        let mut texts = std::iter::once(&self.url).chain(params).chain(headers);
        let spellings: Vec<&str> =
            macros::find(canonical).into_iter().flat_map(MacroInfo::spellings).collect();
        texts.any(|text| {
            let text = text.to_ascii_lowercase();
            spellings.iter().any(|spelling| text.contains(spelling))
        })
    }

    /// Every template of the postback that can be read: the URL, parameter and header values.
    pub(super) fn templates(&self) -> Vec<Template> {
        let url = UrlTemplate::parse(&self.url).ok().map(|url| url.template().clone());
        let params = self.params.iter().filter_map(|param| self.param_template(param).ok());
        let headers = self.headers.iter().filter_map(|header| Template::parse(&header.value).ok());
        url.into_iter().chain(params).chain(headers).collect()
    }

    /// A parameter's value as a template. In a POST body a brace may be just a brace.
    pub(super) fn param_template(
        &self,
        param: &Param,
    ) -> Result<Template, super::template::TemplateError> {
        match self.method {
            RequestMethod::Get => Template::parse(&param.value),
            RequestMethod::PostForm | RequestMethod::PostJson => {
                Ok(Template::parse_lenient(&param.value))
            }
        }
    }
}

impl<P, A> Default for PostbackSettings<P, A> {
    fn default() -> Self {
        Self {
            name: String::new(),
            scope: Scope::default(),
            on: vec![EventKind::Conversion, EventKind::StatusChange],
            statuses: Filter::Any,
            goals: Filter::Any,
            reasons: Filter::Any,
            methods: Filter::Any,
            goals_enabled: true,
            delay_seconds: 0,
            reversals: false,
            strict: false,
            static_only: false,
            method: RequestMethod::Get,
            url: String::new(),
            params: Vec::new(),
            headers: Vec::new(),
            auth: None,
            success_pattern: None,
            failure_pattern: None,
        }
    }
}

impl<P, A> Default for Scope<P, A> {
    fn default() -> Self {
        Self { programs: Selection::All, affiliates: Selection::All }
    }
}
