//! A small reader of our own HTML for tests: tags balance, ids are unique, everything that points
//! to an id finds it, and nothing inline that the content security policy would block.

use std::collections::HashSet;

const VOID: &[&str] = &["meta", "link", "input", "br", "hr", "img"];
/// SVG shapes, which our templates close at once.
const SHAPES: &[&str] = &["rect", "path", "line"];
const POINTERS: &[&str] = &["for", "aria-describedby", "aria-labelledby", "data-copy"];

/// Everything that is wrong with a page; empty when nothing is.
pub(super) fn complaints(html: &str) -> Vec<String> {
    let mut checker = Checker::default();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        let (_, after) = rest.split_at(start);
        let (tag, next) = after.split_at(tag_end(after));
        checker.tag(tag);
        rest = next;
    }
    checker.finish()
}

/// Attribute values may hold `>`.
fn tag_end(tag: &str) -> usize {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (None, '>') => return at + 1,
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    tag.len()
}

#[derive(Default)]
struct Checker {
    open: Vec<String>,
    ids: HashSet<String>,
    pointed: Vec<String>,
    complaints: Vec<String>,
}

impl Checker {
    fn tag(&mut self, tag: &str) {
        let inner = tag.trim_start_matches('<').trim_end_matches('>').trim_end_matches('/');
        if inner.starts_with('!') {
            return;
        }
        if let Some(name) = inner.strip_prefix('/') {
            let open = self.open.pop();
            if open.as_deref() != Some(name.trim()) {
                self.complaints.push(format!("</{name}> closes {open:?}"));
            }
            return;
        }
        let (name, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        for (key, value) in attributes(rest) {
            self.attribute(tag, &key, &value);
        }
        if name == "script" && !tag.contains(" src=") {
            self.complaints.push(format!("inline script: {tag}"));
        }
        let is_closed = SHAPES.contains(&name) && tag.ends_with("/>");
        if !is_closed && !VOID.contains(&name) {
            self.open.push(name.to_owned());
        }
    }

    fn attribute(&mut self, tag: &str, key: &str, value: &str) {
        if key == "style" || key.starts_with("on") {
            self.complaints.push(format!("inline {key}: {tag}"));
        }
        if key == "id" && !self.ids.insert(value.to_owned()) {
            self.complaints.push(format!("id {value:?} twice"));
        }
        if POINTERS.contains(&key) {
            self.pointed.extend(value.split_whitespace().map(str::to_owned));
        }
        if key == "href" && value.starts_with('#') {
            self.pointed.push(value.trim_start_matches('#').to_owned());
        }
    }

    fn finish(mut self) -> Vec<String> {
        let (ids, lost) = (&self.ids, &mut self.complaints);
        lost.extend(self.open.iter().map(|name| format!("<{name}> is never closed")));
        let missing = self.pointed.iter().filter(|id| !ids.contains(*id));
        lost.extend(missing.map(|id| format!("nothing has the id {id:?}")));
        self.complaints
    }
}

fn attributes(mut text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    loop {
        text = text.trim_start();
        let end = text.find(|c: char| c.is_whitespace() || c == '=').unwrap_or(text.len());
        if end == 0 {
            return found;
        }
        let (key, rest) = text.split_at(end);
        let (value, rest) = match rest.strip_prefix('=') {
            None => ("", rest),
            Some(rest) => match rest.chars().next() {
                Some(quote @ ('"' | '\'')) => quoted(rest, quote),
                _ => rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())),
            },
        };
        found.push((key.to_owned(), value.to_owned()));
        text = rest;
    }
}

/// The value between quotes, which `text` starts with, and what follows it.
fn quoted(text: &str, quote: char) -> (&str, &str) {
    let inner = text.strip_prefix(quote).unwrap_or(text);
    inner.split_once(quote).unwrap_or((inner, ""))
}

#[test]
fn the_checker_finds_what_it_looks_for() {
    assert_eq!(complaints("<p id=a title='x>y'>1 <br>2</p><a href=\"#a\">x</a>"), [""; 0]);
    for bad in [
        "<p><b>x</p></b>",
        "<p>",
        "<p id=a></p><p id=a></p>",
        "<label for=\"x\">x</label>",
        "<p style=\"color:red\">x</p>",
        "<p onclick=\"x()\">x</p>",
        "<script>x()</script>",
    ] {
        assert!(!complaints(bad).is_empty(), "{bad}");
    }
}
