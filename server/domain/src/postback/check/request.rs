//! Checks of the request itself: URL, parameters, headers, authentication.

use std::collections::BTreeSet;

use super::{CheckContext, HEADERS_MAX, PARAMS_MAX, Parsed};
use crate::postback::{
    FieldError, PostbackSettings, RequestMethod, body,
    encode::is_header_text,
    foreign, headers,
    macros::{ValueKind, find},
    template::{Part, Template},
    url_template::UrlTemplate,
};

pub(super) fn check<P, A>(
    settings: &PostbackSettings<P, A>,
    context: &CheckContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Parsed {
    let mut fields = Vec::new();
    let url = check_url(settings, context, errors);
    if let Some(url) = &url {
        fields.push(("url".to_owned(), url.template().clone()));
    }
    check_params(settings, &mut fields, errors);
    check_headers(settings, &mut fields, errors);
    if let Some(url) = url.as_ref().filter(|url| !url.origin.is_https()) {
        check_unencrypted(settings, url, errors);
    }
    Parsed { url, fields }
}

fn check_url<P, A>(
    settings: &PostbackSettings<P, A>,
    context: &CheckContext<'_>,
    errors: &mut Vec<FieldError>,
) -> Option<UrlTemplate> {
    let url = match UrlTemplate::parse(&settings.url) {
        Ok(url) => url,
        Err(problem) => {
            let advice = foreign::propose(&settings.url)
                .map(|proposal| format!("; in our spelling it reads {}", proposal.text))
                .unwrap_or_default();
            errors.push(FieldError::new("url", problem.code(), format!("{problem}{advice}")));
            return None;
        }
    };
    if !url.origin.is_public() && !context.private_hosts_allowed {
        let message = "the host must be on the public internet, with its full name";
        errors.push(FieldError::new("url", "host_not_public", message));
    }
    Some(url)
}

fn check_params<P, A>(
    settings: &PostbackSettings<P, A>,
    fields: &mut Vec<(String, Template)>,
    errors: &mut Vec<FieldError>,
) {
    if settings.params.len() > PARAMS_MAX {
        let message = format!("at most {PARAMS_MAX} parameters");
        errors.push(FieldError::new("params", "too_many", message));
    }
    let mut names = BTreeSet::new();
    for (index, param) in settings.params.iter().enumerate() {
        let value_field = format!("params[{index}].value");
        if param.name.is_empty() {
            let message = "give the parameter a name";
            errors.push(FieldError::new(format!("params[{index}].name"), "required", message));
        }
        if settings.method == RequestMethod::PostJson && !names.insert(&param.name) {
            let message =
                format!("“{}” is there twice; a JSON object has each name once", param.name);
            errors.push(FieldError::new(format!("params[{index}].name"), "duplicate", message));
        }
        match settings.param_template(param) {
            Ok(template) => fields.push((value_field.clone(), template)),
            Err(error) => {
                errors.push(FieldError::new(value_field.clone(), "bad_macro", error.to_string()));
            }
        }
        if !param.raw {
            continue;
        }
        if settings.method != RequestMethod::PostJson {
            let message = "“raw” is for JSON bodies only";
            errors.push(FieldError::new(
                format!("params[{index}].raw"),
                "raw_without_json",
                message,
            ));
            continue;
        }
        check_raw(param, value_field, errors);
    }
}

fn check_raw(param: &crate::postback::Param, field: String, errors: &mut Vec<FieldError>) {
    let bare = match body::check_raw(param) {
        Ok(bare) => bare,
        Err(error) => {
            let message = format!("with its macros filled in this is not JSON: {error}");
            errors.push(FieldError::new(field, "bad_json", message));
            return;
        }
    };
    for placeholder in bare {
        let is_number = find(&placeholder.name)
            .is_some_and(|info| matches!(info.value, ValueKind::Amount | ValueKind::Number));
        if !is_number && placeholder.argument.is_none() {
            let message = format!(
                "{{{}}} is text: put it in quotes, or leave “raw” off; without quotes JSON takes a number",
                placeholder.name
            );
            errors.push(FieldError::new(field.clone(), "json_slot", message));
        }
    }
}

fn check_headers<P, A>(
    settings: &PostbackSettings<P, A>,
    fields: &mut Vec<(String, Template)>,
    errors: &mut Vec<FieldError>,
) {
    if settings.headers.len() > HEADERS_MAX {
        let message = format!("at most {HEADERS_MAX} headers");
        errors.push(FieldError::new("headers", "too_many", message));
    }
    let mut names = BTreeSet::new();
    for (index, header) in settings.headers.iter().enumerate() {
        let (name_field, value_field) =
            (format!("headers[{index}].name"), format!("headers[{index}].value"));
        let lower = header.name.to_ascii_lowercase();
        if let Err(error) = headers::check_name(&header.name) {
            let code = match error {
                headers::HeaderNameError::NotAName(_) => "bad_header",
                headers::HeaderNameError::Managed(_) => "managed_header",
            };
            errors.push(FieldError::new(name_field.clone(), code, error.to_string()));
        }
        if lower == "authorization" && settings.auth.is_some() {
            let message = "the authentication fields already set this header";
            errors.push(FieldError::new(name_field.clone(), "duplicate", message));
        }
        if !names.insert(lower) {
            let message = format!("“{}” is there twice", header.name);
            errors.push(FieldError::new(name_field, "duplicate", message));
        }
        match Template::parse(&header.value) {
            Ok(template) if literals(&template).all(is_header_text) => {
                fields.push((value_field, template));
            }
            Ok(_) => {
                let message = "a header can hold printable ASCII only: no line breaks, no accents";
                errors.push(FieldError::new(value_field, "bad_header_value", message));
            }
            Err(error) => {
                errors.push(FieldError::new(value_field, "bad_macro", error.to_string()));
            }
        }
    }
}

fn literals(template: &Template) -> impl Iterator<Item = &str> {
    template.parts().iter().filter_map(|part| match part {
        Part::Text(text) => Some(text.as_str()),
        Part::Macro(_) => None,
    })
}

/// Nothing secret and nothing about the buyer goes out unencrypted (E9).
fn check_unencrypted<P, A>(
    settings: &PostbackSettings<P, A>,
    url: &UrlTemplate,
    errors: &mut Vec<FieldError>,
) {
    let mut refuse = |field: String, what: &str| {
        let message = format!("{what} would be sent unencrypted; use https://");
        errors.push(FieldError::new(field, "secret_over_http", message));
    };
    if settings.auth.is_some() {
        refuse("auth".to_owned(), "the credentials");
    }
    for (index, header) in settings.headers.iter().enumerate() {
        if headers::is_secret(&header.name) {
            refuse(format!("headers[{index}].name"), &format!("“{}”", header.name));
        }
    }
    for (name, value) in url.fixed_parameters() {
        if headers::is_secret_parameter(name) && !value.is_empty() {
            refuse("url".to_owned(), &format!("“{name}”"));
        }
    }
    for (index, param) in settings.params.iter().enumerate() {
        let is_fixed = !param.value.is_empty() && !param.value.contains('{');
        if headers::is_secret_parameter(&param.name) && is_fixed {
            refuse(format!("params[{index}].value"), &format!("“{}”", param.name));
        }
    }
}
