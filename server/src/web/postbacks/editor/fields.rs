//! The editor's form and the stored document, each from the other. What was typed is kept even when
//! it was refused. What is wrong with it finds its field in `mistakes`.

use domain::{
    event::EventKind,
    ids::{AffiliateId, ProgramId},
    postback::{
        Credentials, FieldError, Filter, Header, Param, PostbackSettings, RequestMethod, Scope,
        Selection,
    },
};
use storage::{postbacks::Owner, programs::Program};

use self::words::{
    auth_name, auth_of, filter, is_empty, method_name, method_of, selection, selection_name,
};
use super::{Desk, Known};
use crate::{
    flows::save_postback::Draft,
    web::{
        forms::Fields,
        view::{
            form::{Choice, Field, Pair, Picks},
            postbacks::editor::{self, PostbackForm},
        },
    },
};

mod mistakes;
mod words;

pub(super) use mistakes::{show_errors, show_warnings};

/// What was entered as a document, and what of it cannot be read at all. `before` is the stored
/// document, for what the form has no field for.
pub(super) fn draft_of(
    sent: &Fields,
    desk: &Desk,
    known: &Known,
    before: Option<&PostbackSettings>,
) -> (Draft, Vec<FieldError>) {
    let programs = &known.programs;
    let mut mistakes = Vec::new();
    let mut refuse = |field: &str, code: &'static str, message: &str| {
        mistakes.push(FieldError { field: field.to_owned(), code, message: message.to_owned() });
    };
    let on: Vec<EventKind> = sent.all("events").filter_map(EventKind::parse).collect();
    let delay_seconds = match sent.value("delay_seconds") {
        "" => 0,
        text => text.parse().unwrap_or_else(|_no_number| {
            refuse("delay_seconds", "not_a_number", "enter the delay as a number of seconds");
            0
        }),
    };
    let listed: Vec<ProgramId> = sent
        .all("program")
        .filter_map(|id| id.parse().ok().map(ProgramId))
        .filter(|id| programs.iter().any(|known| known.id == *id))
        .collect();
    let programs = selection(sent.value("scope"), listed);
    if is_empty(&programs) {
        refuse("scope", "required", "choose at least one program");
    }
    let affiliates = match desk.owner {
        // An affiliate's postback hears of that affiliate only, whatever it says.
        Owner::Affiliate(_) => Selection::All,
        Owner::Merchant => {
            let listed = known.affiliates.iter().map(|one| one.id).collect();
            let chosen = selection(sent.value("affiliates_scope"), listed);
            let numbers = numbers_in(sent.value("affiliates"));
            let unknown: Vec<String> = numbers
                .iter()
                .filter(|number| !known.affiliates.iter().any(|one| one.number == **number))
                .map(ToString::to_string)
                .collect();
            if chosen != Selection::All && !unknown.is_empty() {
                let message = format!("there is no affiliate {}", unknown.join(", "));
                refuse("affiliates", "unknown", &message);
            } else if is_empty(&chosen) {
                refuse("affiliates", "required", "name at least one affiliate");
            }
            chosen
        }
    };
    let goals = match (desk.settings.postbacks.goals_enabled, &programs) {
        // While goals are off the form has no field for them, and what was said stays (P15).
        (false, _) => before.map_or(Filter::Any, |before| before.goals.clone()),
        // One for every program has no choice of goals (A10).
        (true, Selection::All) => Filter::Any,
        (true, Selection::Only(_) | Selection::Except(_)) => filter(sent.value("goals").split(',')),
    };
    let method = method_of(sent.value("method"));
    if method.is_none() {
        refuse("method", "unknown", "choose one of the three kinds of request");
    }
    let settings = PostbackSettings {
        name: sent.value("name").to_owned(),
        scope: Scope { programs, affiliates },
        on,
        statuses: filter(sent.all("statuses")),
        goals,
        reasons: filter(sent.value("reasons").split(',')),
        methods: filter(sent.all("methods")),
        delay_seconds,
        reversals: sent.is_on("reversals"),
        strict: sent.is_on("strict"),
        static_only: sent.is_on("static_only"),
        method: method.unwrap_or_default(),
        url: sent.value("url").to_owned(),
        params: params(sent, method.unwrap_or_default()),
        headers: sent
            .rows("header_name", "header_value")
            .into_iter()
            .map(|(name, value)| Header { name, value })
            .collect(),
        auth: auth_of(sent.value("auth")),
        success_pattern: sent.given("success_pattern").map(str::to_owned),
        failure_pattern: sent.given("failure_pattern").map(str::to_owned),
        ..PostbackSettings::default()
    };
    let draft = Draft {
        settings,
        login: sent.value("auth_login").to_owned(),
        secret: sent.exact("auth_secret").to_owned(),
    };
    (draft, mistakes)
}

/// The form of a stored document.
pub(super) fn form_of(settings: &PostbackSettings, desk: &Desk, known: &Known) -> PostbackForm {
    let credentials = known.credentials();
    let listed = match &settings.scope.programs {
        Selection::Only(listed) | Selection::Except(listed) => listed.as_slice(),
        Selection::All => &[],
    };
    let numbers: Vec<String> = match &settings.scope.affiliates {
        Selection::All => Vec::new(),
        Selection::Only(listed) | Selection::Except(listed) => numbers_of(listed, known),
    };
    let login = match credentials {
        Some(Credentials::Basic { login, .. }) => login.as_str(),
        Some(Credentials::Token { .. } | Credentials::Bearer { .. }) | None => "",
    };
    PostbackForm {
        name: field(&settings.name),
        events: picks(settings.on.iter().map(|kind| kind.as_str())),
        statuses: picks(settings.statuses.words().iter().map(String::as_str)),
        methods: picks(settings.methods.words().iter().map(String::as_str)),
        reasons: field(&settings.reasons.words().join(", ")),
        has_goals: desk.settings.postbacks.goals_enabled,
        goals: field(&settings.goals.words().join(", ")),
        scope: field(selection_name(&settings.scope.programs)),
        programs: choices(&known.programs, |id| listed.contains(&id)),
        affiliates_scope: field(selection_name(&settings.scope.affiliates)),
        affiliates: field(&numbers.join(", ")),
        delay_seconds: field(&settings.delay_seconds.to_string()),
        method: field(method_name(settings.method)),
        url: field(&settings.url),
        params: param_rows(settings.params.clone()),
        headers: rows(settings.headers.iter().map(|one| (one.name.clone(), one.value.clone()))),
        auth: field(auth_name(settings.auth)),
        auth_login: field(login),
        auth_secret_error: None,
        has_secret: credentials.is_some(),
        success_pattern: field(settings.success_pattern.as_deref().unwrap_or_default()),
        failure_pattern: field(settings.failure_pattern.as_deref().unwrap_or_default()),
        reversals: settings.reversals,
        strict: settings.strict,
        static_only: settings.static_only,
        is_static: settings.static_only,
    }
}

/// The form as it was sent.
pub(super) fn form_of_sent(sent: &Fields, desk: &Desk, known: &Known) -> PostbackForm {
    let same = |name: &str| field(sent.value(name));
    PostbackForm {
        name: same("name"),
        events: picks(sent.all("events")),
        statuses: picks(sent.all("statuses")),
        methods: picks(sent.all("methods")),
        reasons: same("reasons"),
        has_goals: desk.settings.postbacks.goals_enabled,
        goals: same("goals"),
        scope: same("scope"),
        affiliates_scope: same("affiliates_scope"),
        affiliates: same("affiliates"),
        programs: choices(&known.programs, |id| {
            sent.all("program").any(|sent| sent == id.to_string())
        }),
        delay_seconds: same("delay_seconds"),
        method: same("method"),
        url: same("url"),
        params: param_rows(params(sent, RequestMethod::PostJson)),
        headers: rows(sent.rows("header_name", "header_value")),
        auth: same("auth"),
        auth_login: same("auth_login"),
        auth_secret_error: None,
        has_secret: known.credentials().is_some(),
        success_pattern: same("success_pattern"),
        failure_pattern: same("failure_pattern"),
        reversals: sent.is_on("reversals"),
        strict: sent.is_on("strict"),
        static_only: sent.is_on("static_only"),
        is_static: sent.is_on("static_only"),
    }
}

/// The parameters that were entered. Only a JSON body has values that are not text.
fn params(sent: &Fields, method: RequestMethod) -> Vec<Param> {
    let types = sent.all("param_type").chain(std::iter::repeat(""));
    let cells = sent.all("param_name").zip(sent.all("param_value")).zip(types);
    cells
        .map(|((name, value), kind)| Param {
            name: name.trim().to_owned(),
            value: value.to_owned(),
            raw: kind == "json" && method == RequestMethod::PostJson,
        })
        .filter(|param| !param.name.is_empty() || !param.value.is_empty())
        .collect()
}

/// Numbers of affiliates as people write them: with commas, blanks or both.
pub(super) fn numbers_in(text: &str) -> Vec<i64> {
    text.split([',', ' ', ';']).filter_map(|word| word.trim().parse().ok()).take(100).collect()
}

fn numbers_of(listed: &[AffiliateId], known: &Known) -> Vec<String> {
    let named = known.affiliates.iter().filter(|one| listed.contains(&one.id));
    named.map(|one| one.number.to_string()).collect()
}

fn field(value: &str) -> Field {
    Field { value: value.to_owned(), ..Field::default() }
}

fn picks<'a>(values: impl Iterator<Item = &'a str>) -> Picks {
    Picks { values: values.map(str::to_owned).collect(), error: None }
}

fn choices(programs: &[Program], is_chosen: impl Fn(ProgramId) -> bool) -> Vec<Choice> {
    let choice = |program: &Program| Choice {
        value: program.id.to_string(),
        label: program.name.clone(),
        is_chosen: is_chosen(program.id),
    };
    programs.iter().map(choice).collect()
}

/// The parameters and a blank one to fill in.
fn param_rows(params: Vec<Param>) -> Vec<editor::Param> {
    let row = |param: Param| editor::Param {
        pair: Pair { name: param.name, value: param.value, error: None },
        is_json: param.raw,
    };
    params.into_iter().map(row).chain([editor::Param::default()]).collect()
}

/// The rows and a blank one to fill in.
fn rows(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<Pair> {
    pairs
        .into_iter()
        .map(|(name, value)| Pair { name, value, error: None })
        .chain([Pair::default()])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_affiliates_are_read_as_people_write_them() {
        assert_eq!(numbers_in("1001, 1007;1009 1010, x,"), [1001, 1007, 1009, 1010]);
        assert_eq!(numbers_in(""), [0_i64; 0]);
    }
}
