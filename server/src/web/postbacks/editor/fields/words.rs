//! The words of the form's choices, and what they mean in the document.

use domain::postback::{AuthKind, Filter, RequestMethod, Selection};

pub(super) fn selection<T>(scope: &str, listed: Vec<T>) -> Selection<T> {
    match scope {
        "some" => Selection::Only(listed),
        "except" => Selection::Except(listed),
        _ => Selection::All,
    }
}

pub(super) const fn selection_name<T>(selection: &Selection<T>) -> &'static str {
    match selection {
        Selection::All => "all",
        Selection::Only(_) => "some",
        Selection::Except(_) => "except",
    }
}

/// A list without anything in it, which is a slip.
pub(super) const fn is_empty<T>(selection: &Selection<T>) -> bool {
    match selection {
        Selection::All => false,
        Selection::Only(listed) | Selection::Except(listed) => listed.is_empty(),
    }
}

pub(super) fn filter<'a>(words: impl Iterator<Item = &'a str>) -> Filter {
    let listed: Vec<String> =
        words.map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if listed.is_empty() { Filter::Any } else { Filter::Only(listed) }
}

pub(super) fn method_of(text: &str) -> Option<RequestMethod> {
    match text {
        "" | "GET" => Some(RequestMethod::Get),
        "POST_FORM" => Some(RequestMethod::PostForm),
        "POST_JSON" => Some(RequestMethod::PostJson),
        _ => None,
    }
}

pub(super) const fn method_name(method: RequestMethod) -> &'static str {
    match method {
        RequestMethod::Get => "GET",
        RequestMethod::PostForm => "POST_FORM",
        RequestMethod::PostJson => "POST_JSON",
    }
}

pub(super) fn auth_of(text: &str) -> Option<AuthKind> {
    match text {
        "basic" => Some(AuthKind::Basic),
        "basic_token" => Some(AuthKind::Token),
        "bearer" => Some(AuthKind::Bearer),
        _ => None,
    }
}

pub(super) const fn auth_name(auth: Option<AuthKind>) -> &'static str {
    match auth {
        None => "none",
        Some(AuthKind::Basic) => "basic",
        Some(AuthKind::Token) => "basic_token",
        Some(AuthKind::Bearer) => "bearer",
    }
}
