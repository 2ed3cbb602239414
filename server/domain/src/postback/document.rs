//! Reads a postback document from JSON that people wrote: each wrong field is named, and secrets in
//! `auth` are taken out of it.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{AuthKind, Credentials, FieldError, PostbackSettings};

/// A document, split into what is stored openly and what is stored encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<P, A> {
    /// Everything but the secret.
    pub settings: PostbackSettings<P, A>,
    /// The secret, where the document had one.
    pub credentials: Option<Credentials>,
}

/// Reads a document. Its `auth` may be null, a kind without its secret (`"basic"`), or an object
/// with it: `{"type":"basic","login":…,"password":…}`, `{"type":"token","token":…}`,
/// `{"type":"bearer","token":…}`. Without `type`, login and password mean basic, and a token goes
/// after `Basic` as given (P8).
///
/// # Errors
/// One entry per field that is unknown or of the wrong form.
pub fn parse_document<P, A>(document: Value) -> Result<Document<P, A>, Vec<FieldError>>
where
    P: for<'de> Deserialize<'de>,
    A: for<'de> Deserialize<'de>,
{
    let Value::Object(mut fields) = document else {
        return Err(vec![FieldError::new("postback", "bad_value", "a postback is a JSON object")]);
    };
    let credentials = take_credentials(&mut fields);
    let known = serde_json::to_value(PostbackSettings::<(), ()>::default()).unwrap_or_default();
    let mut errors = unknown_fields(&fields, "", |name| known.get(name).is_some());
    for (name, value) in &fields {
        if known.get(name).is_none() {
            continue;
        }
        let alone = Value::Object(Map::from_iter([(name.clone(), value.clone())]));
        if let Err(error) = serde_json::from_value::<PostbackSettings<P, A>>(alone) {
            errors.push(FieldError::new(name, "bad_value", error.to_string()));
        }
    }
    let credentials = match credentials {
        Ok(credentials) => credentials,
        Err(error) => {
            errors.push(error);
            None
        }
    };
    if !errors.is_empty() {
        return Err(errors);
    }
    let settings = serde_json::from_value(Value::Object(fields))
        .map_err(|error| vec![FieldError::new("postback", "bad_value", error.to_string())])?;
    Ok(Document { settings, credentials })
}

/// One error for each field that is not known, named as `prefix` and its name.
pub fn unknown_fields(
    fields: &Map<String, Value>,
    prefix: &str,
    is_known: impl Fn(&str) -> bool,
) -> Vec<FieldError> {
    fields
        .keys()
        .filter(|name| !is_known(name))
        .map(|name| {
            let field = format!("{prefix}{name}");
            let message = format!("unknown field “{field}”");
            FieldError::new(field, "unknown_field", message)
        })
        .collect()
}

/// `auth` as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AuthText {
    #[serde(rename = "type")]
    kind: Option<AuthKind>,
    #[serde(alias = "username")]
    login: Option<String>,
    password: Option<String>,
    token: Option<String>,
}

/// Takes the secret out of `auth` and leaves its kind there.
fn take_credentials(fields: &mut Map<String, Value>) -> Result<Option<Credentials>, FieldError> {
    let Some(auth @ Value::Object(_)) = fields.get_mut("auth") else {
        return Ok(None);
    };
    let bad = |message: String| FieldError::new("auth", "bad_value", message);
    let text: AuthText =
        serde_json::from_value(auth.take()).map_err(|error| bad(error.to_string()))?;
    let credentials = credentials_of(text)
        .ok_or_else(|| bad("give either login and password, or a token".to_owned()))?;
    credentials.authorization().map_err(|error| bad(error.to_string()))?;
    *auth = serde_json::to_value(credentials.kind()).map_err(|error| bad(error.to_string()))?;
    Ok(Some(credentials))
}

fn credentials_of(text: AuthText) -> Option<Credentials> {
    match (text.kind, text.login, text.password, text.token) {
        (None | Some(AuthKind::Basic), Some(login), Some(password), None) => {
            Some(Credentials::Basic { login, password })
        }
        (None | Some(AuthKind::Basic | AuthKind::Token), None, None, Some(token)) => {
            Some(Credentials::Token { token })
        }
        (Some(AuthKind::Bearer), None, None, Some(token)) => Some(Credentials::Bearer { token }),
        _ => None,
    }
}
