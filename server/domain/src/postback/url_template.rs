//! The URL of a postback: fixed scheme and host, then a path and query with macros (E1, E10). What
//! the affiliate wrote is sent byte for byte; only characters that no HTTP client can put on the
//! wire (space, quotes, non-ASCII, …) are percent-encoded, as every browser does.
//!
//! A fragment is refused: it would never be sent, and nearly always is a `#` meant as text.

use super::{
    encode::push_percent,
    template::{Part, Template, TemplateError, split_parts, split_parts_once},
};

mod origin;

pub use origin::{Origin, OriginError};

/// Longest URL, before and after substitution, in bytes (E11).
pub const URL_BYTES_MAX: usize = 8_192;

/// A URL template, read and found well-formed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlTemplate {
    /// Scheme, host and port: no macro can be in there.
    pub origin: Origin,
    /// Path in pieces between slashes; the first one is empty unless the path is.
    pub(super) segments: Vec<Vec<Part>>,
    /// Pairs of the query in order; none without a `?`.
    pub(super) pairs: Option<Vec<Vec<Part>>>,
    template: Template,
}

/// Why a text is no URL template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlProblem {
    /// Empty.
    #[error("enter the URL that should be called")]
    Missing,
    /// Longer than [`URL_BYTES_MAX`].
    #[error("the URL has {0} bytes; at most 8192 are allowed")]
    TooLong(usize),
    /// A brace that is no macro.
    #[error("{0}")]
    Braces(#[from] TemplateError),
    /// CR, LF, NUL, tab or another control character.
    #[error("there is a control character (such as a line break) at character {0}")]
    Control(usize),
    /// Scheme, host, port.
    #[error("{0}")]
    Origin(#[from] OriginError),
    /// A `#`.
    #[error("“#” starts a fragment, which is never sent; write %23 for a literal “#”")]
    Fragment,
    /// `.` or `..` as a path segment: HTTP clients resolve it away.
    #[error("the path contains “.” or “..” between slashes; write the path as it should be called")]
    DotSegment,
    /// `%{click_id}`: the value would become part of an escape.
    #[error(
        "“%” directly before a macro would swallow its first characters; write %25 for a literal “%”"
    )]
    SplitEscape,
}

impl UrlProblem {
    /// The stable code of a field error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing => "required",
            Self::TooLong(_) => "too_long",
            Self::Braces(_) => "bad_macro",
            Self::Control(_) => "control_character",
            Self::Origin(error) => error.code(),
            Self::Fragment => "fragment",
            Self::DotSegment => "dot_segment",
            Self::SplitEscape => "split_escape",
        }
    }
}

impl UrlTemplate {
    /// Reads a URL template.
    ///
    /// ```
    /// # use domain::postback::url_template::UrlTemplate;
    /// let url = UrlTemplate::parse("https://trk.example.com/{sub1}?cid={click_id}").unwrap();
    /// assert_eq!(url.origin.as_str(), "https://trk.example.com");
    /// assert!(UrlTemplate::parse("https://{sub1}.example.com/").is_err());
    /// ```
    ///
    /// # Errors
    /// [`UrlProblem`] with the first thing that is wrong.
    pub fn parse(text: &str) -> Result<Self, UrlProblem> {
        if text.is_empty() {
            return Err(UrlProblem::Missing);
        }
        if text.len() > URL_BYTES_MAX {
            return Err(UrlProblem::TooLong(text.len()));
        }
        if let Some(index) = text.chars().position(char::is_control) {
            return Err(UrlProblem::Control(index + 1));
        }
        let template = Template::parse(text)?;
        let (origin, rest) = Origin::split(template.parts())?;
        check_literals(&rest)?;
        let (path, query) = split_parts_once(&rest, '?');
        let segments = split_parts(&path, '/');
        if segments.iter().any(|segment| is_dot_segment(&literal_text(segment))) {
            return Err(UrlProblem::DotSegment);
        }
        let pairs = query.map(|query| split_parts(&query, '&'));
        Ok(Self { origin, segments, pairs, template })
    }

    /// It ends with `?` or `&`: the next pair needs no `&` before it.
    pub(super) fn ends_open(&self) -> bool {
        self.pairs.as_ref().and_then(|pairs| pairs.last()).is_some_and(Vec::is_empty)
    }

    /// The whole text, for its macros.
    #[must_use]
    pub const fn template(&self) -> &Template {
        &self.template
    }

    /// Characters of the literal text that have to be percent-encoded on the wire, each once.
    #[must_use]
    pub fn characters_encoded(&self) -> Vec<char> {
        let mut found = Vec::new();
        for part in self.segments.iter().chain(self.pairs.iter().flatten()).flatten() {
            let Part::Text(text) = part else { continue };
            for c in text.chars().filter(|c| !is_wire_safe(*c)) {
                if !found.contains(&c) {
                    found.push(c);
                }
            }
        }
        found
    }

    /// Names of the query's parameters that have a fixed value, with that value.
    pub fn fixed_parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().flatten().filter_map(|pair| match pair.as_slice() {
            [Part::Text(text)] => text.split_once('='),
            _ => None,
        })
    }
}

/// Appends literal text as it goes on the wire.
pub(super) fn push_literal(out: &mut String, text: &str) {
    for c in text.chars() {
        if is_wire_safe(c) {
            out.push(c);
        } else {
            let mut buffer = [0; 4];
            for byte in c.encode_utf8(&mut buffer).bytes() {
                push_percent(out, byte);
            }
        }
    }
}

/// True for `.`, `..` and their percent-encoded spellings, which URL parsers resolve too.
pub(super) fn is_dot_segment(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

const fn is_wire_safe(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '`' | '{' | '}')
}

fn literal_text(parts: &[Part]) -> String {
    parts
        .iter()
        .filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Macro(_) => None,
        })
        .collect()
}

fn check_literals(parts: &[Part]) -> Result<(), UrlProblem> {
    for (index, part) in parts.iter().enumerate() {
        let Part::Text(text) = part else { continue };
        if text.contains('#') {
            return Err(UrlProblem::Fragment);
        }
        let is_before_macro = matches!(parts.get(index + 1), Some(Part::Macro(_)));
        if is_before_macro && ends_in_open_escape(text) {
            return Err(UrlProblem::SplitEscape);
        }
    }
    Ok(())
}

/// `…%` or `…%2`: the next two or one characters would belong to the escape.
fn ends_in_open_escape(text: &str) -> bool {
    let mut last = text.chars().rev();
    match (last.next(), last.next()) {
        (Some('%'), _) => true,
        (Some(digit), Some('%')) => digit.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
