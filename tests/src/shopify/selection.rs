//! Answers only what was asked for: whoever reads a field that the text does not name finds nothing.

use serde_json::{Map, Value};

/// Keeps of `data` what the operation's text selects.
pub(super) fn selected(text: &str, data: &Value) -> Value {
    let mut depth = 0_i32;
    let start = text.char_indices().find(|(_, c)| {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        *c == '{' && depth == 0
    });
    let start = start.map_or(text.len(), |(at, _)| at + 1);
    let mut tokens = Tokens { rest: text.split_at(start).1 };
    let fields = tokens.selection();
    project(&fields, data)
}

enum Field {
    Leaf(String),
    Object(String, Vec<Field>),
    /// Of a type that is not told apart here.
    Fragment(Vec<Field>),
}

fn project(fields: &[Field], data: &Value) -> Value {
    match data {
        Value::Array(list) => list.iter().map(|one| project(fields, one)).collect(),
        Value::Object(known) => {
            let mut kept = Map::new();
            keep(fields, known, &mut kept);
            Value::Object(kept)
        }
        other => other.clone(),
    }
}

fn keep(fields: &[Field], known: &Map<String, Value>, kept: &mut Map<String, Value>) {
    for field in fields {
        match field {
            // A member that another type of the union has is left out.
            Field::Fragment(inner) => keep(inner, known, kept),
            Field::Leaf(name) => {
                if let Some(value) = known.get(name) {
                    kept.insert(name.clone(), value.clone());
                }
            }
            Field::Object(name, inner) => {
                if let Some(value) = known.get(name) {
                    kept.insert(name.clone(), project(inner, value));
                }
            }
        }
    }
}

struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Tokens<'a> {
    /// Up to the closing bracket.
    fn selection(&mut self) -> Vec<Field> {
        let mut fields: Vec<Field> = Vec::new();
        let mut name: Option<String> = None;
        while let Some(token) = self.next() {
            match token {
                "}" => break,
                "{" => {
                    let inner = self.selection();
                    fields.push(match name.take() {
                        Some(name) => Field::Object(name, inner),
                        None => Field::Fragment(inner),
                    });
                }
                "..." => {
                    fields.extend(name.take().map(Field::Leaf));
                    // "on Type", which the answer does not need.
                    self.next();
                    self.next();
                }
                arguments if arguments.starts_with('(') => {}
                word => {
                    fields.extend(name.replace(word.to_owned()).map(Field::Leaf));
                }
            }
        }
        fields.extend(name.map(Field::Leaf));
        fields
    }

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        let end = match rest.chars().next()? {
            '{' | '}' => 1,
            '.' => 3,
            '(' => closing(rest),
            _ => {
                rest.find(|c: char| c.is_whitespace() || "(){},".contains(c)).unwrap_or(rest.len())
            }
        };
        let (token, rest) = rest.split_at(end.min(rest.len()));
        self.rest = rest;
        Some(token)
    }
}

/// Past the bracket that closes the first one.
fn closing(text: &str) -> usize {
    let mut depth = 0_i32;
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_asked_for_is_not_told() {
        let text =
            "query A($id: ID!) { order(id: $id) { id nodes(first: 2) { ... on X { code } n } } }";
        let data = json!({"order": {"id": 1, "secret": 2, "nodes": [{"code": "a", "b": 1}, {"n": 3}]},
            "shop": {"id": 4}});
        let expected = json!({"order": {"id": 1, "nodes": [{"code": "a"}, {"n": 3}]}});
        assert_eq!(selected(text, &data), expected);
    }
}
