//! Form fields and query parameters as browsers send them, names repeated; and the proof that a form
//! was made by one of our own pages. Not here: what a field means.

use actix_web::HttpRequest;
use subtle::ConstantTimeEq;
use url::form_urlencoded;

use super::{
    embedded::PLATFORM_PARAMETERS,
    view::{
        form::{Row, RowShape, Rows},
        parts::NameValue,
    },
};
use crate::{
    app::App,
    error::AppError,
    secrets::{Purpose, mac},
};

/// Name of the field that carries the token of [`form_token`].
const TOKEN_FIELD: &str = "csrf";

/// Most fields that are read: 200 parameters with name and value, and the rest of the form.
const FIELDS_MAX: usize = 1_000;

/// Most rows of one list.
const ROWS_MAX: usize = 200;

/// Fields in the order in which they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads a form body or a query. What is no UTF-8 becomes U+FFFD, as browsers do it.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).take(FIELDS_MAX).map(owned).collect())
    }

    /// Fields that were read already, from a form with a file.
    #[must_use]
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().take(FIELDS_MAX).collect())
    }

    /// The query of a page, without what Shopify adds to the addresses of embedded ones.
    #[must_use]
    pub fn of_query(request: &HttpRequest) -> Self {
        Self::of_whole_query(request).without(&PLATFORM_PARAMETERS)
    }

    /// The query of a request as it came, for those who read what Shopify says in it.
    #[must_use]
    pub fn of_whole_query(request: &HttpRequest) -> Self {
        Self::read(request.query_string().as_bytes())
    }

    /// The other fields.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        Self(kept.cloned().collect())
    }

    /// The first value of a name without blanks around it; empty when there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> &str {
        self.exact(name).trim()
    }

    /// The first value exactly as sent: for passwords.
    #[must_use]
    pub fn exact(&self, name: &str) -> &str {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }

    /// A value that is not empty.
    #[must_use]
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.value(name)).filter(|value| !value.is_empty())
    }

    /// Every value of a name, in order.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A tick box that is on.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.value(name) == "on"
    }

    /// Two repeated fields, row by row, without the rows in which both are empty.
    #[must_use]
    pub fn rows(&self, name: &str, value: &str) -> Vec<(String, String)> {
        self.all(name)
            .zip(self.all(value))
            .map(|(name, value)| (name.trim().to_owned(), value.to_owned()))
            .filter(|(name, value)| !name.is_empty() || !value.is_empty())
            .collect()
    }

    /// Every field but these, in order: a form that is carried along.
    #[must_use]
    pub fn others(&self, names: &[&str]) -> Vec<NameValue> {
        let kept = self.0.iter().filter(|(name, _)| !names.contains(&name.as_str()));
        kept.map(|(name, value)| NameValue { name: name.clone(), value: value.clone() }).collect()
    }

    /// The rows of a list whose cells were sent as `list.cell`: without blank ones and the one whose
    /// button was pressed, one blank row last.
    #[must_use]
    pub fn table(&self, shape: RowShape) -> Rows {
        let mut rows: Vec<Row> = Vec::new();
        for cell in shape.cells {
            let name = format!("{}.{cell}", shape.list);
            for (index, text) in self.all(&name).take(ROWS_MAX).enumerate() {
                if rows.len() <= index {
                    rows.push(Row::default());
                }
                if let Some(row) = rows.get_mut(index) {
                    row.set(cell, text.trim().to_owned());
                }
            }
        }
        if let Some(index) = self.removed_row(shape.list).filter(|index| *index < rows.len()) {
            rows.remove(index);
        }
        let all = Rows { shape, rows, error: None };
        Rows::new(shape, all.filled().cloned().collect())
    }

    /// The row whose button was pressed: `remove:rates:2` is row 2 of `rates`, blank rows counted.
    fn removed_row(&self, list: &str) -> Option<usize> {
        let rest = self.value("action").strip_prefix("remove:")?;
        let (named, index) = rest.split_once(':')?;
        (named == list).then(|| index.parse().ok()).flatten()
    }

    /// The same fields with some values replaced: `change` gives the new one, by name and old value.
    #[must_use]
    pub fn map(&self, change: impl Fn(&str, &str) -> Option<String>) -> Self {
        let changed = |(name, value): &(String, String)| {
            let new = change(name, value).unwrap_or_else(|| value.clone());
            (name.clone(), new)
        };
        Self(self.0.iter().map(changed).collect())
    }

    /// The fields as a query, one of them replaced (or removed, with an empty value).
    #[must_use]
    pub fn query_with(&self, name: &str, value: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (known, kept) in &self.0 {
            if known != name && !kept.is_empty() {
                query.append_pair(known, kept);
            }
        }
        if !value.is_empty() {
            query.append_pair(name, value);
        }
        query.finish()
    }
}

fn owned(
    (name, value): (std::borrow::Cow<'_, str>, std::borrow::Cow<'_, str>),
) -> (String, String) {
    (name.into_owned(), value.into_owned())
}

/// The token that a form carries: bound to the browser by `secret`, which only its cookie holds.
#[must_use]
pub fn form_token(app: &App, secret: &str) -> String {
    let key = app.master_key.derive(Purpose::FormToken);
    hex::encode(mac(&key, &[b"form/", secret.as_bytes()]))
}

/// Refuses a form that another site's page may have made: wrong token, or a browser that says so.
///
/// # Errors
/// [`AppError::StaleForm`].
pub fn check_form(
    app: &App,
    request: &HttpRequest,
    fields: &Fields,
    secret: &str,
) -> Result<(), AppError> {
    check_origin(app, request)?;
    let expected = form_token(app, secret);
    let is_ours: bool = expected.as_bytes().ct_eq(fields.value(TOKEN_FIELD).as_bytes()).into();
    if is_ours { Ok(()) } else { Err(AppError::StaleForm) }
}

/// Refuses what a browser itself calls cross-site.
///
/// # Errors
/// [`AppError::StaleForm`].
pub fn check_origin(app: &App, request: &HttpRequest) -> Result<(), AppError> {
    let header =
        |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("?"));
    let is_same_site =
        header("sec-fetch-site").is_none_or(|site| site == "same-origin" || site == "none");
    let is_own_origin = header("origin").is_none_or(|origin| {
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        origin == app.settings.app_url || header("host").is_some_and(|own| own == host)
    });
    if is_same_site && is_own_origin { Ok(()) } else { Err(AppError::StaleForm) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_keep_their_order_and_blank_rows_are_left_out() {
        let fields = Fields::read(b"n=a&v=1&n=&v=&n=+b+&v=+2+&n=c&v=&x=%C3%BC%FF");
        let rows = [("a", "1"), ("b", " 2 "), ("c", "")];
        let rows = rows.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(fields.rows("n", "v"), rows);
        assert_eq!(fields.value("x"), "\u{fc}\u{fffd}");
        assert_eq!((fields.value("none"), fields.given("v")), ("", Some("1")));
    }

    #[test]
    fn a_query_is_rebuilt_with_one_value_replaced() {
        let fields = Fields::read(b"status=on%20hold&before=9&q=&name=a%26b");
        assert_eq!(fields.query_with("before", "7.1"), "status=on+hold&name=a%26b&before=7.1");
        assert_eq!(fields.query_with("before", ""), "status=on+hold&name=a%26b");
    }

    #[test]
    fn a_form_of_a_million_fields_is_not_read_to_its_end() {
        let body = "a=1&".repeat(1_000_000);
        assert_eq!(Fields::read(body.as_bytes()).all("a").count(), FIELDS_MAX);
    }
}
