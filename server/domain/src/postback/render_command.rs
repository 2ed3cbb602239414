//! `tributary render-postback`: a document and a record in, the exact request out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    CheckContext, FieldError, PostbackSettings, Record, Rendered, Warning,
    document::{self, Document},
    render,
};

/// What the command prints for a good document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RenderOutput {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The final URL.
    pub url: String,
    /// Headers in order.
    pub headers: Vec<(String, String)>,
    /// The body of a POST.
    pub body: Option<String>,
    /// What saving would warn of, and what could not be filled.
    pub warnings: Vec<Warning>,
}

/// What the command prints for a document that would be refused on saving.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusedOutput {
    /// Every mistake.
    pub errors: Vec<FieldError>,
}

#[derive(Deserialize, Default)]
struct Command {
    #[serde(default)]
    postback: Value,
    #[serde(default)]
    record: Value,
}

/// Runs the command on the text of its file. Of a scenario's postback object `key` and `owner` may
/// stand in the document; they say nothing about the request.
///
/// # Errors
/// Every mistake, as saving would report it.
pub fn render_postback_document(json: &str) -> Result<RenderOutput, RefusedOutput> {
    run(json).map_err(|errors| RefusedOutput { errors })
}

fn run(json: &str) -> Result<RenderOutput, Vec<FieldError>> {
    let refuse = |field: &str, code, message: String| vec![FieldError::new(field, code, message)];
    let fields: Map<String, Value> = serde_json::from_str(json)
        .map_err(|error| refuse("file", "bad_json", error.to_string()))?;
    let unknown =
        document::unknown_fields(&fields, "", |name| matches!(name, "postback" | "record"));
    if !unknown.is_empty() {
        return Err(unknown);
    }
    let mut command: Command = serde_json::from_value(Value::Object(fields))
        .map_err(|error| refuse("file", "bad_json", error.to_string()))?;
    if let Some(postback) = command.postback.as_object_mut() {
        postback.remove("key");
        postback.remove("owner");
    }
    let record = read_record(command.record)?;
    let Document { settings, credentials } = document::parse_document(command.postback)?;
    let names = record.link_names();
    let context = CheckContext {
        seen_link_names: Some(&names),
        customer_hash_allowed: record.value("customer_hash").is_some(),
        ..CheckContext::default()
    };
    let warnings = settings.check(&context)?;
    let rendered = render(&settings, credentials.as_ref(), &record)
        .map_err(|error| refuse("postback", "cannot_render", error.to_string()))?;
    Ok(output(&settings, rendered, warnings))
}

fn output(
    settings: &PostbackSettings<String, String>,
    rendered: Rendered,
    mut warnings: Vec<Warning>,
) -> RenderOutput {
    let Rendered { url, headers, body, flags, .. } = rendered;
    warnings.extend(flags.into_iter().filter(|flag| !flag.starts_with("empty:")).map(|flag| {
        let (kind, name) = flag.split_once(':').unwrap_or((&flag, ""));
        match kind {
            "dropped" => {
                Warning::new("strict", "dropped", format!("“{name}” is left out: no value"))
            }
            _ => Warning::new(
                "record",
                "unsendable",
                format!("the value of “{name}” cannot stand there"),
            ),
        }
    }));
    RenderOutput { method: settings.method.wire(), url, headers, body, warnings }
}

fn read_record(value: Value) -> Result<Record, Vec<FieldError>> {
    let fields: BTreeMap<String, Value> = match value {
        Value::Object(fields) => fields.into_iter().collect(),
        Value::Null => BTreeMap::new(),
        _ => {
            return Err(vec![FieldError::new("record", "bad_value", "a record is a JSON object")]);
        }
    };
    let (mut values, mut errors) = (BTreeMap::new(), Vec::new());
    for (name, value) in fields {
        match value {
            Value::String(text) => {
                values.insert(name, text);
            }
            _ => {
                let field = format!("record.{name}");
                errors.push(FieldError::new(field, "bad_value", "a value is a string"));
            }
        }
    }
    if errors.is_empty() { Ok(Record::from(values)) } else { Err(errors) }
}

#[cfg(test)]
mod tests;
