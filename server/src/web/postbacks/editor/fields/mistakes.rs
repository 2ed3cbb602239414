//! Every mistake and every warning beside its field.

use domain::postback::{FieldError, Warning};

use crate::web::{
    display::sentence,
    view::{
        form::{Field, Pair},
        postbacks::editor::PostbackForm,
    },
};

/// Puts every mistake beside its field.
pub(in super::super) fn show_errors(form: &mut PostbackForm, errors: &[FieldError]) {
    form.is_static |= errors.iter().any(|error| error.code == "no_macro");
    for error in errors {
        let text = sentence(&error.message);
        if let Some(pair) = pair_of(form, &error.field) {
            pair.error.get_or_insert(text);
            continue;
        }
        let slot = match error.field.as_str() {
            "on" => &mut form.events.error,
            "statuses" => &mut form.statuses.error,
            "methods" => &mut form.methods.error,
            "auth_secret" => &mut form.auth_secret_error,
            other => &mut field_of(form, other).error,
        };
        slot.get_or_insert(text);
    }
}

/// Puts every warning beside its field.
pub(in super::super) fn show_warnings(form: &mut PostbackForm, warnings: &[Warning]) {
    for warning in warnings {
        let slot = &mut field_of(form, &warning.field).warning;
        slot.get_or_insert_with(|| sentence(&warning.message));
    }
}

/// The row that `params[2].value` or `headers[0].name` means; the first for the whole list.
fn pair_of<'a>(form: &'a mut PostbackForm, field: &str) -> Option<&'a mut Pair> {
    let (list, rest) = field.split_once('[').unwrap_or((field, "0]"));
    let index: usize = rest.split_once(']')?.0.parse().ok()?;
    match list {
        "params" => form.params.get_mut(index).map(|param| &mut param.pair),
        "headers" => form.headers.get_mut(index),
        _ => None,
    }
}

/// The single field of a name; the URL for what has none of its own.
fn field_of<'a>(form: &'a mut PostbackForm, name: &str) -> &'a mut Field {
    match name {
        "name" => &mut form.name,
        "reasons" => &mut form.reasons,
        "goals" => &mut form.goals,
        "scope" => &mut form.scope,
        "affiliates" => &mut form.affiliates,
        "delay_seconds" => &mut form.delay_seconds,
        "method" => &mut form.method,
        "auth" => &mut form.auth,
        "auth_login" => &mut form.auth_login,
        "success_pattern" => &mut form.success_pattern,
        "failure_pattern" => &mut form.failure_pattern,
        _ => &mut form.url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::view::postbacks::editor::Param;

    #[test]
    fn a_mistake_finds_its_row() {
        let mut form = PostbackForm { params: vec![Param::default()], ..PostbackForm::default() };
        let error = |field: &str| FieldError {
            field: field.to_owned(),
            code: "bad_macro",
            message: "there is no such macro".to_owned(),
        };
        show_errors(&mut form, &[error("params[0].value"), error("affiliates")]);
        let shown = form.params.first().unwrap().pair.error.as_deref();
        assert_eq!(shown, Some("There is no such macro."));
        assert!(form.affiliates.error.is_some());
    }
}
