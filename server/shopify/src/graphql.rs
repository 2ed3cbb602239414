//! The GraphQL Admin API in one version: how an operation is asked and how an answer is read, with
//! what it cost. The operations themselves are in `admin`; sending, waiting and repeating are the
//! server's.
//!
//! <https://shopify.dev/docs/api/usage/limits> and `…/apis/graphql-admin/rate-limits`.

use std::fmt;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};

/// The version of every call, and of the webhooks in `shopify.app.toml`.
pub const API_VERSION: &str = "2026-10";

pub use cost::{COST_MAX, Cost, estimate};

mod cost;

/// One query or mutation: its text beside the type of its answer.
pub trait Operation {
    /// Name, for logs and for what it usually costs.
    const NAME: &'static str;
    /// The text, with the operation's variables.
    const TEXT: &'static str;
    /// Sending it twice has no other effect than sending it once: it may be repeated when an answer
    /// is lost.
    const IS_REPEATABLE: bool;
    /// `data` of the answer.
    type Data: DeserializeOwned;
    /// What the caller wants of it.
    type Output;

    /// Its variables.
    fn variables(&self) -> Value;

    /// What the answer means.
    ///
    /// # Errors
    /// [`UserErrors`] where the mutation was understood and refused.
    fn read(&self, data: Self::Data) -> Result<Self::Output, UserErrors>;

    /// The body to post.
    fn body(&self) -> Value {
        json!({"query": Self::TEXT, "variables": self.variables(), "operationName": Self::NAME})
    }
}

/// One entry of `userErrors`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct UserError {
    /// A stable word such as `TAKEN`, where the mutation has them.
    #[serde(default)]
    pub code: Option<String>,
    /// Path of the input.
    #[serde(default)]
    pub field: Option<Vec<String>>,
    /// Shopify's sentence.
    pub message: String,
}

/// Why Shopify refused a mutation; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserErrors(pub Vec<UserError>);

impl UserErrors {
    /// Nothing if there is nothing to complain about.
    ///
    /// # Errors
    /// The errors, if there are any.
    pub fn none_of(errors: Vec<UserError>) -> Result<(), Self> {
        if errors.is_empty() { Ok(()) } else { Err(Self(errors)) }
    }

    /// An answer without the thing it should bring, and without a reason.
    #[must_use]
    pub fn nothing_came(what: &str) -> Self {
        let message = format!("Shopify did not return {what}");
        Self(vec![UserError { code: None, field: None, message }])
    }

    /// Whether one of them has this code.
    #[must_use]
    pub fn has(&self, code: &str) -> bool {
        self.0.iter().any(|error| error.code.as_deref() == Some(code))
    }

    /// What a merchant can do about it; Shopify's own words where we know none better.
    #[must_use]
    pub fn advice(&self) -> String {
        let known = self.0.iter().find_map(|error| advice_for(error.code.as_deref()?));
        let first = || self.0.first().map(|error| error.message.clone()).unwrap_or_default();
        known.map_or_else(first, ToOwned::to_owned)
    }
}

impl fmt::Display for UserErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let code = error.code.as_deref().unwrap_or("no code");
            write!(f, "{}{} ({code})", if index > 0 { "; " } else { "" }, error.message)?;
        }
        Ok(())
    }
}

/// Codes that a merchant meets, with what to do.
fn advice_for(code: &str) -> Option<&'static str> {
    Some(match code {
        "TAKEN" => "This discount code exists already in your shop. Choose another one.",
        "EXCEEDED_MAX" | "MAX_CODES_REACHED" | "LIMIT_EXCEEDED" => {
            "Shopify's limit is reached. Delete discount codes that you no longer need."
        }
        "NO_EXTENSION" => {
            "The app's web pixel is not deployed yet. Ask the developer to run \"shopify app deploy\"."
        }
        "INVALID_SETTINGS" => "The pixel's settings do not fit its version. Update the app.",
        "ACCOUNT_NOT_FOUND" | "OWNER_NOT_FOUND" => {
            "This affiliate has no customer account in your shop. Create the customer first."
        }
        "CREDIT_LIMIT_EXCEEDED" => {
            "The store credit of this customer would exceed Shopify's limit. Pay a part in another way."
        }
        "MISMATCHING_CURRENCY" | "UNSUPPORTED_CURRENCY" => {
            "The customer's store credit is in another currency. Pay in that currency."
        }
        "NEGATIVE_OR_ZERO_AMOUNT" => "The amount must be more than zero.",
        _ => return None,
    })
}

/// Why an answer brings no data.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum GraphqlError {
    /// The bucket is too empty.
    #[error("throttled")]
    Throttled(Option<Cost>),
    /// A scope or an approval is missing; Shopify's sentence.
    #[error("access denied: {0}")]
    AccessDenied(String),
    /// Shopify has a problem of its own.
    #[error("Shopify has an internal error")]
    Internal,
    /// The operation is not one that this version knows: our mistake.
    #[error("refused: {0}")]
    Refused(String),
    /// Not an answer to what was asked.
    #[error("the answer cannot be read: {0}")]
    Unreadable(String),
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(default)]
    data: Option<Value>,
    #[serde(default)]
    errors: Option<Value>,
    #[serde(default)]
    extensions: Option<Extensions>,
}

#[derive(Deserialize)]
struct Extensions {
    #[serde(default)]
    cost: Option<CostJson>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CostJson {
    requested_query_cost: Value,
    #[serde(default)]
    actual_query_cost: Option<Value>,
    throttle_status: ThrottleJson,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ThrottleJson {
    maximum_available: Value,
    currently_available: Value,
    restore_rate: Value,
}

#[derive(Deserialize)]
struct ErrorJson {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: Option<ErrorExtensions>,
}

#[derive(Deserialize)]
struct ErrorExtensions {
    #[serde(default)]
    code: Option<String>,
}

/// Reads the body of an answer with status 200. Fields that Shopify may not show come as null beside
/// an error (protected customer data): whatever can be read is taken.
///
/// # Errors
/// [`GraphqlError`].
pub fn read_answer<O: Operation>(body: &[u8]) -> (Result<O::Data, GraphqlError>, Option<Cost>) {
    let envelope: Envelope = match serde_json::from_slice(body) {
        Ok(envelope) => envelope,
        Err(error) => return (Err(GraphqlError::Unreadable(error.to_string())), None),
    };
    let cost = envelope.extensions.and_then(|extensions| extensions.cost?.cost());
    let refused = envelope.errors.and_then(|errors| refusal(errors, cost));
    let data = match envelope.data.filter(|data| !data.is_null()) {
        Some(data) => serde_json::from_value(data).map_err(|error| {
            refused.unwrap_or_else(|| GraphqlError::Unreadable(error.to_string()))
        }),
        None => Err(refused
            .unwrap_or_else(|| GraphqlError::Unreadable("neither data nor errors".to_owned()))),
    };
    (data, cost)
}

impl CostJson {
    fn cost(&self) -> Option<Cost> {
        Some(Cost {
            requested: points(&self.requested_query_cost)?,
            actual: self.actual_query_cost.as_ref().and_then(points),
            maximum: points(&self.throttle_status.maximum_available)?,
            available: points(&self.throttle_status.currently_available)?,
            restore_per_s: points(&self.throttle_status.restore_rate)?,
        })
    }
}

/// Whole points; Shopify writes some of them as `2000.0`.
fn points(number: &Value) -> Option<u32> {
    number.to_string().split('.').next()?.parse().ok()
}

fn refusal(errors: Value, cost: Option<Cost>) -> Option<GraphqlError> {
    // A few failures come as one sentence instead of a list.
    if let Value::String(message) = errors {
        return Some(GraphqlError::Refused(message));
    }
    let errors: Vec<ErrorJson> = serde_json::from_value(errors).ok()?;
    let first = errors.into_iter().next()?;
    Some(match first.extensions.and_then(|extensions| extensions.code).as_deref() {
        Some("THROTTLED") => GraphqlError::Throttled(cost),
        Some("ACCESS_DENIED") => GraphqlError::AccessDenied(first.message),
        Some("INTERNAL_SERVER_ERROR") => GraphqlError::Internal,
        _ => GraphqlError::Refused(first.message),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Anything;

    impl Operation for Anything {
        const NAME: &'static str = "Anything";
        const TEXT: &'static str = "query Anything { shop { id } }";
        const IS_REPEATABLE: bool = true;
        type Data = Value;
        type Output = Value;

        fn variables(&self) -> Value {
            json!({})
        }

        fn read(&self, data: Value) -> Result<Value, UserErrors> {
            Ok(data)
        }
    }

    fn read(body: Value) -> (Result<Value, GraphqlError>, Option<Cost>) {
        read_answer::<Anything>(body.to_string().as_bytes())
    }

    fn cost() -> Value {
        json!({"cost": {"requestedQueryCost": 12, "actualQueryCost": null, "throttleStatus":
            {"maximumAvailable": 2000.0, "currentlyAvailable": 2, "restoreRate": 100.0}}})
    }

    #[test]
    fn a_throttled_answer_says_how_long_to_wait() {
        let errors = json!([{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]);
        let (answer, cost) = read(json!({"errors": errors, "extensions": cost()}));
        assert_eq!(answer, Err(GraphqlError::Throttled(cost)));
        assert_eq!(cost.unwrap().wait_ms(12), 100);
        assert_eq!(cost.unwrap().wait_ms(0), 0);
    }

    #[test]
    fn what_a_shop_hides_does_not_hide_the_rest() {
        let errors = json!([{"message": "no email", "extensions": {"code": "ACCESS_DENIED"}}]);
        let (answer, _) = read(json!({"data": {"order": {"email": null}}, "errors": errors}));
        assert_eq!(answer.unwrap()["order"]["email"], Value::Null);
        let (answer, _) = read(json!({"data": null, "errors": errors}));
        assert_eq!(answer, Err(GraphqlError::AccessDenied("no email".to_owned())));
    }

    #[test]
    fn what_is_no_answer_is_said_to_be_none() {
        assert!(matches!(read(json!({})).0, Err(GraphqlError::Unreadable(_))));
        assert!(matches!(read(json!("x")).0, Err(GraphqlError::Unreadable(_))));
        let sentence = json!({"errors": "[API] Invalid API key"});
        assert!(matches!(read(sentence).0, Err(GraphqlError::Refused(_))));
    }

    #[test]
    fn known_codes_become_advice_and_others_keep_shopifys_words() {
        let error = |code: &str| UserError {
            code: Some(code.to_owned()),
            field: None,
            message: "Code must be unique".to_owned(),
        };
        assert!(UserErrors(vec![error("TAKEN")]).advice().contains("Choose another"));
        assert_eq!(UserErrors(vec![error("ODD")]).advice(), "Code must be unique");
        assert!(UserErrors::none_of(Vec::new()).is_ok());
    }
}
