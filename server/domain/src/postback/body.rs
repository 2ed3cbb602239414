//! Bodies of POST postbacks (P7). A JSON body is an object with one member per parameter. Its values
//! are strings, whatever is in them, so that "007" stays "007"; a parameter marked `raw` is a piece
//! of JSON itself, where a macro between quotes is escaped and one without quotes must be a number,
//! true, false or null (E2).

use super::{
    encode::{Slot, form_encode, json_escape},
    filler::Filler,
    render::RenderError,
    settings::{Param, PostbackSettings, RequestMethod},
    template::{Part, Placeholder, Template},
};

/// The Content-Type of the body, unless a header of the affiliate's own sets one.
pub(super) fn content_type<P, A>(settings: &PostbackSettings<P, A>) -> Option<&'static str> {
    let is_chosen = settings.headers.iter().any(|h| h.name.eq_ignore_ascii_case("content-type"));
    match settings.method {
        _ if is_chosen => None,
        RequestMethod::Get => None,
        RequestMethod::PostForm => Some("application/x-www-form-urlencoded"),
        RequestMethod::PostJson => Some("application/json"),
    }
}

/// The parameters as a form, in order.
pub(super) fn form<P, A>(
    settings: &PostbackSettings<P, A>,
    filler: &mut Filler<'_>,
) -> Result<String, RenderError> {
    let encode_literal = |out: &mut String, text: &str| out.push_str(&form_encode(text));
    let mut pairs = Vec::with_capacity(settings.params.len());
    for param in &settings.params {
        let template = Template::parse_lenient(&param.value);
        let filled = filler.fill(template.parts(), Slot::Form, encode_literal);
        if settings.strict && filled.has_gap {
            filler.flag(format!("dropped:{}", param.name));
        } else {
            pairs.push(format!("{}={}", form_encode(&param.name), filled.text));
        }
    }
    Ok(pairs.join("&"))
}

/// The parameters as a JSON object, in order.
pub(super) fn json<P, A>(
    settings: &PostbackSettings<P, A>,
    filler: &mut Filler<'_>,
) -> Result<String, RenderError> {
    let mut members = Vec::with_capacity(settings.params.len());
    for param in &settings.params {
        let template = Template::parse_lenient(&param.value);
        let (value, has_gap) =
            if param.raw { raw_value(&template, filler) } else { text_value(&template, filler) };
        if settings.strict && has_gap {
            filler.flag(format!("dropped:{}", param.name));
        } else {
            members.push(format!("\"{}\":{value}", json_escape(&param.name)));
        }
    }
    Ok(format!("{{{}}}", members.join(",")))
}

/// Checks that a raw parameter is JSON once its macros are filled, be it with a number or, where there
/// is none, with `null`; gives the macros that stand without quotes.
///
/// # Errors
/// What the JSON reader says.
pub(super) fn check_raw(param: &Param) -> Result<Vec<Placeholder>, String> {
    let template = Template::parse_lenient(&param.value);
    let mut bare = Vec::new();
    let mut quotes = Quotes::default();
    // `1{attempt}` would be JSON with a number and none with `null`.
    let (mut with_numbers, mut with_nulls) = (String::new(), String::new());
    for part in template.parts() {
        let (number, null) = match part {
            Part::Text(text) => {
                quotes.read(text);
                (text.as_str(), text.as_str())
            }
            Part::Macro(_) if quotes.is_open => ("x", "x"),
            Part::Macro(placeholder) => {
                bare.push(placeholder.clone());
                ("0", "null")
            }
        };
        with_numbers.push_str(number);
        with_nulls.push_str(null);
    }
    for shape in [with_numbers, with_nulls] {
        serde_json::from_str::<serde_json::Value>(&shape).map_err(|error| error.to_string())?;
    }
    Ok(bare)
}

fn text_value(template: &Template, filler: &mut Filler<'_>) -> (String, bool) {
    let escape_literal = |out: &mut String, text: &str| out.push_str(&json_escape(text));
    let filled = filler.fill(template.parts(), Slot::JsonString, escape_literal);
    (format!("\"{}\"", filled.text), filled.has_gap)
}

fn raw_value(template: &Template, filler: &mut Filler<'_>) -> (String, bool) {
    let (mut out, mut has_gap) = (String::new(), false);
    let mut quotes = Quotes::default();
    for part in template.parts() {
        let placeholder = match part {
            Part::Text(text) => {
                quotes.read(text);
                out.push_str(text);
                continue;
            }
            Part::Macro(placeholder) => placeholder,
        };
        let (slot, nothing) =
            if quotes.is_open { (Slot::JsonString, "") } else { (Slot::JsonBare, "null") };
        match filler.value(placeholder, slot) {
            Some(value) => out.push_str(&value),
            None => {
                has_gap = true;
                out.push_str(nothing);
            }
        }
    }
    (out, has_gap)
}

/// Whether the text read so far ends inside a JSON string.
#[derive(Default)]
struct Quotes {
    is_open: bool,
    is_escaped: bool,
}

impl Quotes {
    fn read(&mut self, text: &str) {
        for c in text.chars() {
            match c {
                _ if self.is_escaped => self.is_escaped = false,
                '\\' if self.is_open => self.is_escaped = true,
                '"' => self.is_open = !self.is_open,
                _ => {}
            }
        }
    }
}
