//! Checks of the macros in a document: known, rightly used, and at least one (E5, E7, E8, T10).

use std::collections::BTreeSet;

use super::{CheckContext, Parsed};
use crate::postback::{
    FieldError, PostbackSettings, foreign,
    macros::{self, MacroInfo, ValueKind},
    status,
    template::{Argument, Placeholder},
};

pub(super) fn check<P, A>(
    settings: &PostbackSettings<P, A>,
    parsed: &Parsed,
    context: &CheckContext<'_>,
    errors: &mut Vec<FieldError>,
) {
    let is_https = parsed.url.as_ref().is_none_or(|url| url.origin.is_https());
    let mut has_macro = false;
    for (field, template) in &parsed.fields {
        for placeholder in template.placeholders() {
            has_macro = true;
            let checked = check_placeholder(placeholder, context, is_https);
            errors
                .extend(checked.err().map(|(code, message)| FieldError::new(field, code, message)));
        }
    }
    if !has_macro && !settings.static_only && errors.is_empty() {
        let advice = foreign::propose(&settings.url).map_or_else(
            || {
                "add one such as {click_id}, or confirm that every call should be the same"
                    .to_owned()
            },
            |proposal| format!("in our spelling it reads {}", proposal.text),
        );
        let message = format!("the template holds no macro; {advice}");
        errors.push(FieldError::new("url", "no_macro", message));
    }
}

fn check_placeholder(
    placeholder: &Placeholder,
    context: &CheckContext<'_>,
    is_https: bool,
) -> Result<(), (&'static str, String)> {
    let nobody = BTreeSet::new();
    let seen = context.seen_link_names.unwrap_or(&nobody);
    let name = &placeholder.name;
    if macros::link_parameter(name).is_some()
        || (macros::find(name).is_none() && seen.contains(name))
    {
        return check_argument(placeholder, None);
    }
    let Some(info) = macros::find(name) else {
        let advice = macros::nearest(name, seen).map_or_else(
            || format!("for a parameter of your links write {{link.{name}}}"),
            |nearest| format!("did you mean {{{nearest}}}?"),
        );
        return Err(("unknown_macro", format!("there is no macro {{{name}}}; {advice}")));
    };
    if info.name == "customer_hash" && !context.customer_hash_allowed {
        return Err(("not_allowed", "the merchant has not allowed {customer_hash}".to_owned()));
    }
    if info.name == "customer_hash" && !is_https {
        let message = "{customer_hash} would be sent unencrypted; use https://";
        return Err(("secret_over_http", message.to_owned()));
    }
    check_argument(placeholder, Some(info))
}

fn check_argument(
    placeholder: &Placeholder,
    info: Option<&MacroInfo>,
) -> Result<(), (&'static str, String)> {
    let name = &placeholder.name;
    let kind = info.map_or(ValueKind::Text, |info| info.value);
    match (&placeholder.argument, kind) {
        (None, _)
        | (Some(Argument::Minor), ValueKind::Amount)
        | (Some(Argument::Map(_)), ValueKind::Word) => Ok(()),
        (Some(Argument::Minor), _) => {
            Err(("bad_argument", format!("“:minor” is for amounts; {{{name}}} is none")))
        }
        (Some(Argument::Map(pairs)), ValueKind::Status) => check_statuses(pairs),
        (Some(Argument::Map(_)), ValueKind::Text | ValueKind::Amount | ValueKind::Number) => {
            Err(("bad_argument", format!("{{{name}}} takes no list of words; {{status:…}} does")))
        }
    }
}

fn check_statuses(pairs: &[(String, String)]) -> Result<(), (&'static str, String)> {
    let Some((unknown, _)) = pairs.iter().find(|(ours, _)| status::canonical(ours).is_none())
    else {
        return Ok(());
    };
    let known: Vec<_> = status::names().collect();
    let message = format!(
        "“{unknown}” is not one of our statuses: write ours before “=” and the receiver's after it; \
         ours are {}",
        known.join(", ")
    );
    Err(("unknown_status", message))
}
