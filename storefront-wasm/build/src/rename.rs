//! Variables of a small script get short names. A name becomes the same short one everywhere, and two
//! become the same only if no statement has both, so whatever the scopes are, the script means what it
//! meant before. Nothing else is touched: no properties, no texts, no names of the platform. Signs that
//! say nothing are left out.
//!
//! It reads words, not a grammar, so a script has to help: templates are refused, and so is the short
//! form of a property (`{ id }` for `{ id: id }`), because there a word is a variable and a property.
//! A minifier of the grammar would save 2 % more and bring 58 crates.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use anyhow::bail;

/// Words of the language that our scripts use.
const KEYWORDS: &str =
    "async await catch const delete else false for if in let new null of return true try typeof";

/// The platform's names that they use. One that is missing here becomes a short name that nobody knows,
/// and the first test in a browser fails.
const PLATFORM: &str = "Array Date Image JSON Math Promise RegExp TextDecoder TextEncoder Uint8Array \
    WebAssembly addEventListener crypto document encodeURIComponent escape fetch localStorage location \
    navigation performance register window Shopify import from";

/// The script with short names. It is one function, without comments and blanks that do not count.
pub(crate) fn rename(script: &str) -> anyhow::Result<String> {
    let pieces = pieces(script)?;
    let short = short_names_of(&pieces);
    let name = |piece: &Piece<'_>| match short.get(piece.text) {
        Some(name) if piece.is_variable => name.clone(),
        _ => piece.text.to_owned(),
    };
    Ok(said(&pieces).into_iter().map(name).collect())
}

/// What becomes one short name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Meaning<'a> {
    /// A name that several statements of the function use.
    Shared(&'a str),
    /// The first, second, … of the names that one statement has for itself: in another statement it can
    /// mean something else.
    Own(usize),
}

fn short_names_of<'a>(pieces: &[Piece<'a>]) -> HashMap<&'a str, String> {
    let variables = || pieces.iter().filter(|piece| piece.is_variable);
    let mut statements: HashMap<&str, HashSet<usize>> = HashMap::new();
    for piece in variables() {
        statements.entry(piece.text).or_default().insert(piece.statement);
    }
    let mut own_counts: HashMap<usize, usize> = HashMap::new();
    let mut meanings: HashMap<&str, Meaning<'_>> = HashMap::new();
    let mut uses: Vec<(Meaning<'_>, usize)> = Vec::new();
    for piece in variables() {
        let meaning = *meanings.entry(piece.text).or_insert_with(|| {
            if piece.is_outer || statements.get(piece.text).is_some_and(|all| all.len() > 1) {
                return Meaning::Shared(piece.text);
            }
            let own = own_counts.entry(piece.statement).or_default();
            *own += 1;
            Meaning::Own(*own)
        });
        match uses.iter_mut().find(|(known, _)| *known == meaning) {
            Some((_, count)) => *count += 1,
            None => uses.push((meaning, 1)),
        }
    }
    // Stable: of two that are as frequent, the one that came first.
    uses.sort_by_key(|(_, count)| Reverse(*count));
    let names: HashMap<Meaning<'_>, String> =
        uses.into_iter().map(|(meaning, _)| meaning).zip(short_names()).collect();
    let short = |meaning| names.get(meaning).cloned().unwrap_or_default();
    meanings.iter().map(|(name, meaning)| (*name, short(meaning))).collect()
}

/// The pieces without signs before a closing bracket and brackets around a lonely parameter. Nothing is
/// assigned to a constant, so all declarations are `let`, and several in a row are one.
fn said<'a>(pieces: &'a [Piece<'a>]) -> Vec<&'a Piece<'a>> {
    const fn sign(text: &str) -> Piece<'_> {
        Piece { text, is_variable: false, statement: 0, is_outer: false }
    }
    const COMMA: &Piece<'_> = &sign(",");
    const LET: &Piece<'_> = &sign("let");
    let mut said: Vec<&Piece<'_>> = Vec::new();
    // For each open bracket: whether a declaration stands in it now.
    let mut is_declaring = vec![false];
    let mut rest = pieces;
    while let [piece, behind @ ..] = rest {
        let texts: Vec<&str> = behind.iter().take(5).map(|it| it.text).collect();
        rest = behind;
        match (piece.text, &texts[..]) {
            (";", ["}", ..]) | (",", ["}" | "]" | ")", ..]) => {}
            (";", ["const" | "let", " ", ..]) if is_declaring.last() == Some(&true) => {
                said.push(COMMA);
                rest = behind.get(2..).unwrap_or_default();
            }
            ("(", [_, ")", "=", ">", ..])
                if behind.first().is_some_and(|it| it.is_variable)
                    && !said.last().is_some_and(|it| it.text.ends_with(is_name)) =>
            {
                said.extend(behind.first());
                rest = behind.get(2..).unwrap_or_default();
            }
            (text, _) => {
                let is_declaration = matches!(text, "const" | "let");
                match text {
                    "(" | "[" | "{" => is_declaring.push(false),
                    ")" | "]" | "}" => drop(is_declaring.pop()),
                    ";" | "const" | "let" => {
                        is_declaring
                            .iter_mut()
                            .last()
                            .into_iter()
                            .for_each(|it| *it = is_declaration);
                    }
                    _ => {}
                }
                said.push(if is_declaration { LET } else { piece });
            }
        }
    }
    said
}

struct Piece<'a> {
    text: &'a str,
    is_variable: bool,
    /// Which statement of the function it is in.
    statement: usize,
    /// In no brackets of that statement, as what it declares.
    is_outer: bool,
}

/// How many brackets stand around the statements of `(() => { … })()`.
const DEPTH: usize = 2;

fn pieces(script: &str) -> anyhow::Result<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut brackets = Vec::new();
    let mut before = ' ';
    let mut statement = 0;
    let mut rest = script;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '"' | '\'' => quoted_len(rest, first),
            '/' if "(,=:&|!?{;+".contains(before) => {
                let len = quoted_len(rest, '/');
                let flags = rest.get(len..).unwrap_or_default();
                len.saturating_add(flags.find(|it| !is_name(it)).unwrap_or_default())
            }
            '.' if rest.starts_with("...") => 3,
            '`' => bail!("no templates: {}", excerpt(rest)),
            _ if is_name(first) => rest.find(|it| !is_name(it)).unwrap_or(rest.len()),
            _ => first.len_utf8(),
        };
        let Some((text, behind)) = rest.split_at_checked(len) else {
            bail!("unfinished: {}", excerpt(rest));
        };
        let after = behind.trim_start().chars().next().unwrap_or(' ');
        let mut is_variable = is_name(first) && !first.is_ascii_digit() && before != '.';
        is_variable &= ![KEYWORDS, PLATFORM].iter().any(|it| it.split(' ').any(|it| it == text));
        if is_variable && "{,".contains(before) && brackets.last() == Some(&'{') {
            if ",}".contains(after) {
                bail!("a property needs its name: {}", excerpt(rest));
            }
            is_variable = after != ':';
        }
        match first {
            '(' | '[' | '{' => brackets.push(first),
            ')' | ']' | '}' => drop(brackets.pop()),
            ';' if brackets.len() == DEPTH => statement += 1,
            _ => {}
        }
        if !first.is_whitespace() {
            before = if text == "..." { ' ' } else { first };
        }
        let is_outer = brackets.len() <= DEPTH;
        pieces.push(Piece { text, is_variable, statement, is_outer });
        rest = behind;
    }
    Ok(pieces)
}

fn quoted_len(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    let end = text.char_indices().skip(1).find(|(_, it)| {
        let is_end = *it == quote && !is_escaped;
        is_escaped = *it == '\\' && !is_escaped;
        is_end
    });
    end.map_or(usize::MAX, |(at, _)| at + 1)
}

fn is_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_' || letter == '$'
}

fn excerpt(text: &str) -> String {
    text.chars().take(60).collect()
}

/// `a` to `z`, then two letters.
fn short_names() -> impl Iterator<Item = String> {
    let letters = ('a'..='z').chain('A'..='Z');
    let pairs = letters.clone().flat_map(|first| ('a'..='z').map(move |it| format!("{first}{it}")));
    let names = letters.map(String::from).chain(pairs);
    names.filter(|name| !KEYWORDS.split(' ').any(|it| it == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_renamed_and_nothing_else() {
        let script = r#"const size=1,page={size:size,"page":1,...size},it=(size)=>page.size+/size"/.test(size)?size:document.title;"#;
        let expected =
            r#"let a=1,b={size:a,"page":1,...a},c=a=>b.size+/size"/.test(a)?a:document.title;"#;
        assert_eq!(rename(script).unwrap(), expected);
    }

    #[test]
    fn signs_that_say_nothing_are_left_out() {
        let script = r#"const a=1;const b=async(c)=>{const d=/x/g;const e=[a,];e(d);};let f=(c)=>c;const g=f(1,);"#;
        let expected = r#"let a=1,b=async(c)=>{let d=/x/g,e=[a];e(d)},f=c=>c,g=f(1);"#;
        let expected = rename(expected).unwrap();
        assert_eq!(rename(script).unwrap(), expected);
        assert!(expected.contains("/x/g"));
    }

    #[test]
    fn statements_share_names_for_what_is_their_own() {
        let script =
            "(()=>{const all=1;let f=it=>it+all;let g=one=>{let it=one;return it+all};})()";
        let expected = "(()=>{let b=1,d=a=>a+b,e=c=>{let a=c;return a+b}})()";
        assert_eq!(rename(script).unwrap(), expected);
    }

    #[test]
    fn what_cannot_be_told_apart_is_refused() {
        for script in ["f({id})", "f({a:1,id,b:2})", "const {id}=f", "`x`", "\"x"] {
            assert!(rename(script).is_err(), "{script}");
        }
    }

    #[test]
    fn no_two_names_become_one() {
        let names: Vec<String> = short_names().take(900).collect();
        let distinct: std::collections::HashSet<&String> = names.iter().collect();
        assert_eq!(names.len(), distinct.len());
        assert!(!distinct.contains(&"if".to_owned()));
    }
}
