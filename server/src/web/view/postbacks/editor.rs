//! The postback editor: the form as it comes back, the macro picker, the live preview.

use askama::Template;

use super::Place;
use crate::web::view::{
    form::{Choice, Field, Pair, Picks},
    parts::{Badge, NameValue, When},
};

/// `{postbacks}/new` and `{postbacks}/{id}`. The form posts to the same address with `action` `save`,
/// `save_and_test`, `preview`, `add_row`, `convert` or `preset:<key>`; the script posts it to `{postbacks}/preview`.
#[derive(Debug, Clone, Template)]
#[template(path = "postbacks/editor.html")]
pub struct Editor {
    /// Where it is shown.
    pub place: Place,
    /// The postback's id; none for a new one.
    pub id: Option<String>,
    /// How it is doing; none for a new one.
    pub state: Option<State>,
    /// The fields.
    pub form: PostbackForm,
    /// What can be inserted, by theme.
    pub macros: Vec<MacroGroup>,
    /// Ready-made templates: `?template={value}` fills the form of a new postback.
    pub starters: Vec<StarterGroup>,
    /// What to know about the chosen one.
    pub starter: Option<StarterNote>,
    /// Ready-made answer patterns, `value` is the key.
    pub presets: Vec<Preset>,
    /// What the preview can be filled with, sent as `preview_source`.
    pub sources: Vec<Choice>,
    /// What would be sent.
    pub preview: Preview,
    /// What was done to it, newest first.
    pub history: Vec<HistoryRow>,
}

/// Ready-made templates of one kind.
#[derive(Debug, Clone)]
pub struct StarterGroup {
    /// `Trackers`.
    pub title: &'static str,
    /// Its templates.
    pub starters: Vec<Choice>,
}

/// What to know about a ready-made template.
#[derive(Debug, Clone)]
pub struct StarterNote {
    /// Whose it is.
    pub name: &'static str,
    /// What only stands for the reader's own parts.
    pub own_parts: Vec<&'static str>,
    /// What the receiver calls its click ID in links.
    pub click_macro: Option<&'static str>,
    /// The link builder with that click ID; none where the reader has no links.
    pub links: Option<String>,
    /// Where it says so.
    pub documentation: &'static str,
}

/// How a saved postback is doing.
#[derive(Debug, Clone)]
pub struct State {
    /// `Active`, `Failing`, `Paused`, `Waits for approval`.
    pub health: Badge,
    /// What is wrong, in a sentence.
    pub note: Option<String>,
    /// It is paused.
    pub is_paused: bool,
    /// It is paused, and whoever looks may end the pause.
    pub may_resume: bool,
    /// The merchant has to approve the URL: offers it to the merchant.
    pub needs_approval: bool,
}

/// Answer patterns of one receiver.
#[derive(Debug, Clone)]
pub struct Preset {
    /// For the button.
    pub key: &'static str,
    /// The receiver.
    pub label: &'static str,
    /// What to know.
    pub hint: &'static str,
}

/// One thing that was done.
#[derive(Debug, Clone)]
pub struct HistoryRow {
    /// When.
    pub at: When,
    /// By whom.
    pub actor: String,
    /// What.
    pub words: String,
}

impl Editor {
    fn has_starter(&self) -> bool {
        self.starters.iter().flat_map(|group| &group.starters).any(|one| one.is_chosen)
    }
}

/// The form. Names of the fields are the names of the struct unless noted.
#[derive(Debug, Clone, Default)]
pub struct PostbackForm {
    /// Name.
    pub name: Field,
    /// Event kinds as stored.
    pub events: Picks,
    /// Statuses as stored; none ticked means any.
    pub statuses: Picks,
    /// Attribution methods as stored; none ticked means any.
    pub methods: Picks,
    /// Reason codes with commas; empty means any.
    pub reasons: Field,
    /// Goals are in use in this shop: shows the goal condition (P5).
    pub has_goals: bool,
    /// Goals with commas; empty means any.
    pub goals: Field,
    /// `all`, `some` or `except`.
    pub scope: Field,
    /// The programs to choose from, sent as `program`.
    pub programs: Vec<Choice>,
    /// `all`, `some` or `except`, of a postback of the merchant's own.
    pub affiliates_scope: Field,
    /// Numbers of affiliates with commas.
    pub affiliates: Field,
    /// Seconds.
    pub delay_seconds: Field,
    /// `GET`, `POST_FORM`, `POST_JSON`.
    pub method: Field,
    /// The template.
    pub url: Field,
    /// Parameters, sent as `param_name`, `param_value` and `param_type`, with a blank row to fill in.
    pub params: Vec<Param>,
    /// Headers, sent as `header_name` and `header_value`.
    pub headers: Vec<Pair>,
    /// `none`, `basic`, `basic_token`, `bearer`, sent as `auth`.
    pub auth: Field,
    /// Log-in name of `basic`.
    pub auth_login: Field,
    /// Password or token: never filled in again, only what was wrong with it.
    pub auth_secret_error: Option<String>,
    /// A secret is stored; leaving the field empty keeps it.
    pub has_secret: bool,
    /// Text or `/regex/` that the answer must contain.
    pub success_pattern: Field,
    /// Text or `/regex/` that means failure in spite of the code.
    pub failure_pattern: Field,
    /// The receiver understands reversals (E12).
    pub reversals: bool,
    /// Leave out parameters without a value (E6).
    pub strict: bool,
    /// Saving without any macro is meant so (T10).
    pub static_only: bool,
    /// The last save was refused for lack of a macro: shows the tick for `static_only`.
    pub is_static: bool,
}

impl PostbackForm {
    fn has_headers(&self) -> bool {
        self.headers.iter().any(|pair| !pair.name.is_empty() || pair.error.is_some())
    }

    /// Any of the fields under "More conditions" is in use or refused, so they must be seen.
    fn has_conditions(&self) -> bool {
        let is_used = |field: &Field| !field.value.is_empty() || field.error.is_some();
        let has_delay = !self.delay_seconds.is("0") && is_used(&self.delay_seconds);
        let has_methods = !self.methods.values.is_empty() || self.methods.error.is_some();
        has_delay || has_methods || self.strict || is_used(&self.reasons) || is_used(&self.goals)
    }

    /// What was refused, with the id of its field and as they follow each other in the form: for the
    /// summary above it.
    fn problems(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("name", self.name.error.as_deref()),
            ("method", self.method.error.as_deref()),
            ("url", self.url.error.as_deref()),
            ("params", first_error(self.params.iter().map(|param| &param.pair))),
            ("headers", first_error(&self.headers)),
            ("auth", self.auth.error.as_deref()),
            ("auth_login", self.auth_login.error.as_deref()),
            ("auth_secret", self.auth_secret_error.as_deref()),
            ("events", self.events.error.as_deref()),
            ("statuses", self.statuses.error.as_deref()),
            ("scope", self.scope.error.as_deref()),
            ("affiliates", self.affiliates.error.as_deref()),
            ("delay_seconds", self.delay_seconds.error.as_deref()),
            ("methods", self.methods.error.as_deref()),
            ("reasons", self.reasons.error.as_deref()),
            ("goals", self.goals.error.as_deref()),
            ("success_pattern", self.success_pattern.error.as_deref()),
            ("failure_pattern", self.failure_pattern.error.as_deref()),
        ];
        fields.into_iter().filter_map(|(id, error)| Some((id, error?))).collect()
    }
}

fn first_error<'a>(pairs: impl IntoIterator<Item = &'a Pair>) -> Option<&'a str> {
    pairs.into_iter().find_map(|pair| pair.error.as_deref())
}

/// A parameter of the form.
#[derive(Debug, Clone, Default)]
pub struct Param {
    /// Its name and value.
    pub pair: Pair,
    /// The value is a piece of JSON, such as a number, instead of text; counts in a JSON body only.
    pub is_json: bool,
}

/// Macros of one theme.
#[derive(Debug, Clone)]
pub struct MacroGroup {
    /// `Order`, `Amounts`, `From your link`.
    pub title: String,
    /// The macros.
    pub macros: Vec<Macro>,
}

/// One macro.
#[derive(Debug, Clone)]
pub struct Macro {
    /// With braces, `{click_id}`.
    pub text: String,
    /// What it becomes.
    pub meaning: String,
}

/// The request that would be sent, as a fragment of the editor page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "postbacks/preview.html")]
pub struct Preview {
    /// With what: `sample data`, `order #1001`.
    pub source: String,
    /// The same in our spelling, where another system's macros were recognised (N13).
    pub proposal: Option<Proposal>,
    /// The request; none while the template has errors.
    pub request: Option<Request>,
    /// What keeps it from being sent.
    pub errors: Vec<String>,
    /// What looks odd.
    pub warnings: Vec<String>,
}

/// Another system's macros, converted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// What becomes what.
    pub replaced: Vec<(String, String)>,
    /// Macros that have no counterpart.
    pub left: Vec<String>,
    /// The URL in our spelling.
    pub url: String,
}

/// A request as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `GET`, `POST`.
    pub method: String,
    /// Final URL.
    pub url: String,
    /// Headers, secrets masked.
    pub headers: Vec<NameValue>,
    /// Body.
    pub body: Option<String>,
}
