//! One line of template text: literal parts and macros. Reading and printing are inverse, byte for
//! byte. Not here: which macros exist (`macros`), or what they are replaced by (`render`).

use std::fmt;

mod argument;

pub use argument::Argument;

/// Longest macro name: `link.` and 64 characters (E14).
const NAME_LENGTH_MAX: usize = 69;

/// A template, read.
///
/// ```
/// # use domain::postback::template::Template;
/// let text = "cid={click_id}&s={status:approved=1 pending=2|0}";
/// assert_eq!(Template::parse(text).unwrap().to_string(), text);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Template {
    parts: Vec<Part>,
}

/// A piece of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// Sent as it stands.
    Text(String),
    /// Replaced when the postback fires.
    Macro(Placeholder),
}

/// One macro as written: `{name}`, `{name:argument}`, `{name|default}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    source: String,
    /// Its name in lower case (E4).
    pub name: String,
    /// What stands after the colon.
    pub argument: Option<Argument>,
    /// What is used where there is no value (E6).
    pub default: Option<String>,
}

/// Why a text is no template, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at character {position}: {problem}")]
pub struct TemplateError {
    /// Character at which the trouble starts, counted from 1.
    pub position: usize,
    /// What is wrong there.
    pub problem: BraceProblem,
}

/// What can be wrong with a brace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BraceProblem {
    /// `{` without `}`.
    #[error("“{{” opens a macro that is never closed; write %7B for a literal brace")]
    Unclosed,
    /// `}` without `{`.
    #[error("“}}” closes nothing; write %7D for a literal brace")]
    Unopened,
    /// `{a{b}}`.
    #[error("a macro cannot stand inside another one; one pair of braces per macro")]
    Nested,
    /// `{}`, `{ a }`, `{"a":1}`.
    #[error(
        "“{{{0}}}” is not a macro: write a name such as {{click_id}}, or %7B and %7D for literal braces"
    )]
    NotAName(String),
    /// `{status:approved}`.
    #[error(
        "“{0}” is no list of word=word pairs, nor “minor”: write {{status:approved=1 pending=2}}"
    )]
    BadArgument(String),
}

impl Template {
    /// Reads a text in which every brace must belong to a macro.
    ///
    /// # Errors
    /// [`TemplateError`] at the first brace that does not.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (literal, brace) = rest.split_at(at);
            let (placeholder, after) = Placeholder::read(brace).map_err(|problem| {
                let position = text.chars().count() - brace.chars().count() + 1;
                TemplateError { position, problem }
            })?;
            push_text(&mut parts, literal);
            parts.push(Part::Macro(placeholder));
            rest = after;
        }
        push_text(&mut parts, rest);
        Ok(Self { parts })
    }

    /// Reads a text in which a brace that opens no well-formed macro is just a brace. For values
    /// inside POST bodies, which may be pieces of JSON.
    #[must_use]
    pub fn parse_lenient(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            let (before, brace) = rest.split_at(at);
            literal.push_str(before);
            if let Ok((placeholder, after)) = Placeholder::read(brace) {
                push_text(&mut parts, &std::mem::take(&mut literal));
                parts.push(Part::Macro(placeholder));
                rest = after;
            } else {
                literal.push('{');
                rest = brace.strip_prefix('{').unwrap_or_default();
            }
        }
        literal.push_str(rest);
        push_text(&mut parts, &literal);
        Self { parts }
    }

    /// The pieces in order.
    #[must_use]
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// The macros in order.
    pub fn placeholders(&self) -> impl Iterator<Item = &Placeholder> {
        placeholders(&self.parts)
    }
}

/// The macros among some parts.
pub(super) fn placeholders(parts: &[Part]) -> impl Iterator<Item = &Placeholder> {
    parts.iter().filter_map(|part| match part {
        Part::Macro(placeholder) => Some(placeholder),
        Part::Text(_) => None,
    })
}

/// Splits at a character of the literal text; macros are never cut.
pub(super) fn split_parts(parts: &[Part], separator: char) -> Vec<Vec<Part>> {
    let mut groups = Vec::new();
    let mut group = Vec::new();
    for part in parts {
        let Part::Text(text) = part else {
            group.push(part.clone());
            continue;
        };
        let mut pieces = text.split(separator);
        push_text(&mut group, pieces.next().unwrap_or_default());
        for piece in pieces {
            groups.push(std::mem::take(&mut group));
            push_text(&mut group, piece);
        }
    }
    groups.push(group);
    groups
}

/// Splits at the first occurrence of a character in the literal text.
pub(super) fn split_parts_once(parts: &[Part], separator: char) -> (Vec<Part>, Option<Vec<Part>>) {
    let (mut before, mut after) = (Vec::new(), None::<Vec<Part>>);
    for part in parts {
        match (&mut after, part) {
            (Some(after), part) => after.push(part.clone()),
            (None, Part::Text(text)) => match text.split_once(separator) {
                Some((left, right)) => {
                    push_text(&mut before, left);
                    push_text(after.insert(Vec::new()), right);
                }
                None => before.push(part.clone()),
            },
            (None, Part::Macro(_)) => before.push(part.clone()),
        }
    }
    (before, after)
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    if !text.is_empty() {
        parts.push(Part::Text(text.to_owned()));
    }
}

impl Placeholder {
    /// Reads one macro from text that starts with a brace; gives it and what follows.
    fn read(text: &str) -> Result<(Self, &str), BraceProblem> {
        let inside = text.strip_prefix('{').ok_or(BraceProblem::Unopened)?;
        let end = inside.find(['{', '}']).ok_or(BraceProblem::Unclosed)?;
        let (body, closing) = inside.split_at(end);
        let after = closing.strip_prefix('}').ok_or(BraceProblem::Nested)?;
        Ok((Self::read_body(body)?, after))
    }

    fn read_body(body: &str) -> Result<Self, BraceProblem> {
        let (head, default) = match body.split_once('|') {
            Some((head, default)) => (head, Some(default.to_owned())),
            None => (body, None),
        };
        let (name, argument) = match head.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (head, None),
        };
        if !is_name(name) {
            return Err(BraceProblem::NotAName(body.to_owned()));
        }
        let argument = argument
            .map(|text| Argument::parse(text).ok_or(BraceProblem::BadArgument(text.to_owned())))
            .transpose()?;
        Ok(Self {
            source: format!("{{{body}}}"),
            name: name.to_ascii_lowercase(),
            argument,
            default,
        })
    }
}

/// The grammar of link parameters (E14), which macro names share.
fn is_name(text: &str) -> bool {
    (1..=NAME_LENGTH_MAX).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            match part {
                Part::Text(text) => f.write_str(text)?,
                Part::Macro(placeholder) => f.write_str(&placeholder.source)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
