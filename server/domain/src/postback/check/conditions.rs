//! Checks of the firing conditions: events, statuses, methods, patterns.

use crate::{
    postback::{FieldError, PostbackSettings, status},
    retry::Pattern,
};

/// How an order can be credited.
const METHODS: [&str; 5] = ["manual", "coupon", "customer", "link", "product"];

/// Most words in one filter.
const WORDS_MAX: usize = 100;

pub(super) fn check<P, A>(settings: &PostbackSettings<P, A>, errors: &mut Vec<FieldError>) {
    if settings.on.is_empty() {
        errors.push(FieldError::new("on", "required", "choose at least one event"));
    }
    for word in settings.statuses.words() {
        if status::canonical(word).is_none() {
            let known: Vec<_> = status::names().collect();
            let message = format!("“{word}” is not a status; use {}", known.join(", "));
            errors.push(FieldError::new("statuses", "unknown_status", message));
        }
    }
    for word in settings.methods.words() {
        if !METHODS.iter().any(|method| method.eq_ignore_ascii_case(word.trim())) {
            let message = format!("“{word}” is not a method; use {}", METHODS.join(", "));
            errors.push(FieldError::new("methods", "unknown_method", message));
        }
    }
    let filters = [
        ("statuses", &settings.statuses),
        ("goals", &settings.goals),
        ("reasons", &settings.reasons),
        ("methods", &settings.methods),
    ];
    for (field, filter) in filters {
        if filter.words().len() > WORDS_MAX {
            let message = format!("at most {WORDS_MAX} words; leave it at “any” instead");
            errors.push(FieldError::new(field, "too_many", message));
        }
    }
    check_pattern("success_pattern", settings.success_pattern.as_deref(), errors);
    check_pattern("failure_pattern", settings.failure_pattern.as_deref(), errors);
}

fn check_pattern(field: &str, pattern: Option<&str>, errors: &mut Vec<FieldError>) {
    if let Some(Err(error)) = pattern.map(Pattern::parse) {
        errors.push(FieldError::new(field, "bad_pattern", error.to_string()));
    }
}
