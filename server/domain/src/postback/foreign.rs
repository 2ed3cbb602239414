//! Templates copied from elsewhere: recognises the macro syntaxes of other systems and proposes the
//! same template in ours (N13). A proposal only: the affiliate sees and confirms it. Whatever is not
//! understood stays as it is, byte for byte.

use super::macros::{self, MacroClass, ValueKind};

mod names;

/// Brackets around macro names, longest first where one starts like another (postbacks.md 4.2).
const BRACKETS: [(&str, &str); 17] = [
    ("[[[", "]]]"),
    ("[[", "]]"),
    ("[=", "=]"),
    ("[", "]"),
    ("${(", ")!}"),
    ("${", "}"),
    ("#{", "}"),
    ("{{{", "}}}"),
    ("{{", "}}"),
    ("{:", "}"),
    ("{url(", ")}"),
    ("{", "}"),
    ("##", "##"),
    ("#", "#"),
    ("%%", "%%"),
    ("%", "%"),
    ("<", ">"),
];

/// A template in our spelling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The whole text, converted.
    pub text: String,
    /// What was replaced by what, in order.
    pub replaced: Vec<(String, String)>,
    /// Macros that we have no counterpart for, left as they were.
    pub left: Vec<String>,
}

/// A macro found in a text, in whatever syntax.
struct Found<'a> {
    source: &'a str,
    name: &'a str,
    is_ours: bool,
    rest: &'a str,
}

/// Proposes a conversion; none when the text holds nothing to convert.
///
/// What a macro means is taken from its name and from the parameter it fills: whatever another
/// system calls it, the value of `subid=` is the click and the value of `payout=` the commission.
///
/// ```
/// # use domain::postback::foreign::propose;
/// let proposal = propose("https://t.example.com/pb?cid=[subid]&payout=##CPA_AMOUNT##").unwrap();
/// assert_eq!(proposal.text, "https://t.example.com/pb?cid={click_id}&payout={total_commission}");
/// assert_eq!(propose("https://t.example.com/pb?cid={click_id}&a=100%25"), None);
/// ```
#[must_use]
pub fn propose(text: &str) -> Option<Proposal> {
    let mut proposal = Proposal { text: String::new(), replaced: Vec::new(), left: Vec::new() };
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let Some(found) = find_macro(rest) else {
            proposal.text.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        };
        let parameter = parameter_name(&proposal.text).map(str::to_owned);
        // Behind one of these our braces would read as another system's brackets.
        let is_glued = proposal.text.ends_with(['#', '$', '{']);
        match counterpart(&found, parameter.as_deref()).filter(|_| !is_glued) {
            Some(name) => {
                let after = after_alternatives(&found, name, parameter.as_deref());
                let source = rest.strip_suffix(after).unwrap_or(found.source);
                let ours = format!("{{{name}}}");
                proposal.text.push_str(&ours);
                proposal.replaced.push((source.to_owned(), ours));
                rest = after;
            }
            None => {
                proposal.text.push_str(found.source);
                if !found.is_ours || macros::find(found.name).is_none() {
                    proposal.left.push(found.source.to_owned());
                }
                rest = found.rest;
            }
        }
    }
    (!proposal.replaced.is_empty()).then_some(proposal)
}

/// A macro at the very start of `text`.
fn find_macro(text: &str) -> Option<Found<'_>> {
    BRACKETS.iter().find_map(|(open, close)| {
        let inside = text.strip_prefix(open)?;
        let end = inside.find(|c: char| !(c.is_ascii_alphanumeric() || "_.-".contains(c)))?;
        let (name, closing) = inside.split_at_checked(end)?;
        let rest = closing.strip_prefix(close)?;
        let source = text.strip_suffix(rest)?;
        (!name.is_empty()).then_some(Found { source, name, is_ours: *open == "{", rest })
    })
}

/// What follows a macro and its alternatives: `##CPA_AMOUNT##,##RS_AMOUNT##` are two amounts of which
/// the other system fills one. As two of ours they would be no number.
fn after_alternatives<'a>(found: &Found<'a>, name: &str, parameter: Option<&str>) -> &'a str {
    let is_amount = macros::find(name).is_some_and(|info| info.value == ValueKind::Amount);
    let mut rest = found.rest;
    while let Some(next) = rest.strip_prefix(',').and_then(find_macro) {
        if !is_amount || counterpart(&next, parameter) != Some(name) {
            break;
        }
        rest = next.rest;
    }
    rest
}

/// The name of the parameter that a macro right after `before` is the whole value of.
fn parameter_name(before: &str) -> Option<&str> {
    before.strip_suffix('=')?.rsplit(['&', '?', ';', '/']).next().filter(|name| !name.is_empty())
}

/// Our macro for a foreign one; none when there is no counterpart or it already is ours.
fn counterpart(found: &Found<'_>, parameter: Option<&str>) -> Option<&'static str> {
    let own = macros::find(found.name);
    if found.is_ours && own.is_some_and(|info| info.name.eq_ignore_ascii_case(found.name)) {
        return None;
    }
    let by_name = names::by_name(found.name);
    let meant = match parameter.and_then(names::by_parameter) {
        _ if names::is_blank(found.name) => None,
        Some("click_id") => match by_name.and_then(macros::find) {
            Some(info) if info.class == MacroClass::Link => Some(info.name),
            Some(_) | None => Some("click_id"),
        },
        Some("total_commission") => match by_name.and_then(macros::find) {
            Some(info) if info.value != ValueKind::Amount => Some(info.name),
            Some(info) if names::is_the_sale(found.name) => Some(info.name),
            Some(_) | None => Some("total_commission"),
        },
        by_parameter => by_name.or(by_parameter),
    };
    meant.filter(|name| !found.is_ours || own.is_none_or(|info| info.name != *name))
}

#[cfg(test)]
mod tests;
