//! The demo's Shopify, asked by the app: access tokens, discount codes, store credit. What a demo has not
//! (a plan, an order that the app has missed) is said so, as Shopify refuses what an app may not see. The app asks here as it asks Shopify, over HTTP; only the address is another one.

use std::sync::{Mutex, PoisonError};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Json},
};
use domain::{
    affiliate::fold_code,
    money::{BasisPoints, Money},
    time::UtcTime,
};
use serde::Deserialize;
use serde_json::{Value, json};
use shopify::{admin::discounts::Saving, graphql::API_VERSION, scopes::NEEDED};

use super::{discounts::Discount, payloads::CURRENCY, state::DemoState};
use crate::{
    app::App,
    secrets::{MasterKey, Purpose, mac},
};

/// Where the app asks for tokens.
pub(super) const TOKEN_ROUTE: &str = "/shops/{shop}/admin/oauth/access_token";

/// Where the app posts GraphQL to.
pub(super) fn graphql_route() -> String {
    format!("/shops/{{shop}}/admin/api/{API_VERSION}/graphql.json")
}

/// Store credit that was given: to whom, and as it is told.
#[derive(Debug, Default)]
pub(super) struct Credits(Mutex<Vec<(String, Value)>>);

/// A GraphQL request.
#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(rename = "operationName")]
    operation: String,
    #[serde(default)]
    variables: Value,
}

/// The token that the demo's shop gives: always the same for one set of keys, so that a demo that goes on
/// with kept data takes it.
pub(super) fn access_token(key: &MasterKey) -> String {
    let token = mac(&key.derive(Purpose::FormToken), &[b"demo access token"]);
    format!("shpat_{}", hex::encode(token))
}

/// Gives the app a token, for whatever it brings: it is the only app here.
pub(super) async fn give_token(app: Data<App>) -> HttpResponse {
    let pair = json!({
        "access_token": access_token(&app.master_key), "scope": NEEDED.join(","),
        "expires_in": 3_600, "refresh_token": "shprt_demo", "refresh_token_expires_in": 7_776_000,
    });
    std::future::ready(HttpResponse::Ok().json(pair)).await
}

/// Answers an operation of the app.
pub(super) async fn answer(
    request: HttpRequest,
    asked: Json<Asked>,
    app: Data<App>,
    state: Data<DemoState>,
) -> HttpResponse {
    let sent = request.headers().get("x-shopify-access-token");
    if sent.is_none_or(|token| token.as_bytes() != access_token(&app.master_key).as_bytes()) {
        let body = json!({"errors": "[API] Invalid API key or access token"});
        return HttpResponse::Unauthorized().json(body);
    }
    let data = state.answer(&asked.operation, &asked.variables, app.clock.now());
    let body = data.map_or_else(
        || {
            let message = format!("{} is not part of a demo", asked.operation);
            json!({"errors": [{"message": message, "extensions": {"code": "ACCESS_DENIED"}}]})
        },
        |data| json!({"data": data}),
    );
    std::future::ready(HttpResponse::Ok().json(body)).await
}

impl DemoState {
    fn answer(&self, operation: &str, variables: &Value, now: UtcTime) -> Option<Value> {
        let text = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or_default();
        Some(match operation {
            "CreateDiscount" => {
                json!({"discountCodeBasicCreate": self.create(variables.get("discount")?, now)?})
            }
            "FindCode" => {
                let found = self.discounts.find(text("code"));
                json!({"codeDiscountNodeByCode": found.map(|(discount, _)| {
                    json!({"id": discount.id, "codeDiscount": {"title": discount.title}})
                })})
            }
            "AddCodes" => {
                let codes = variables.get("codes")?.as_array()?.iter();
                let codes = codes.filter_map(|code| code.get("code")?.as_str());
                self.discounts.add_codes(text("id"), codes.map(str::to_owned).collect());
                json!({"discountRedeemCodeBulkAdd": {"userErrors": [],
                    "bulkCreation": {"id": "gid://shopify/DiscountRedeemCodeBulkCreation/1"}}})
            }
            "ListCodes" => json!({"codeDiscountNode": self.discounts.by_id(text("id"))
                .map(|discount| json!({"codeDiscount": {"codes": codes_page(&discount)}}))}),
            "DeleteCodes" => {
                let ids = variables.get("codes")?.as_array()?.iter().filter_map(Value::as_str);
                let codes: Vec<String> =
                    ids.filter_map(|id| id.strip_prefix(CODE_GID)).map(fold_code).collect();
                self.discounts.drop_codes(text("id"), &codes);
                json!({"discountCodeRedeemCodeBulkDelete": {"userErrors": []}})
            }
            "DeactivateDiscount" => {
                self.discounts.end(text("id"));
                json!({"discountCodeDeactivate": {"userErrors": []}})
            }
            "ReadInstallation" => {
                json!({"currentAppInstallation": {"id": "gid://shopify/AppInstallation/1"}})
            }
            // The demo's shop has no collections, and nobody has an account in it.
            "ListProducts" => json!({"collection": null}),
            "CountOrdersOf" => json!({"nodes": []}),
            // The demo's theme reads the rules from the page.
            "TellStorefront" => json!({"metafieldsSet": {"userErrors": []}}),
            "GiveCredit" => json!({"storeCreditAccountCredit": {"userErrors": [],
                "storeCreditAccountTransaction":
                    self.credits.give(text("id"), variables.get("amount")?, now)}}),
            "ReadCredits" => json!({"customer": {"storeCreditAccounts":
                {"nodes": [{"transactions": {"nodes": self.credits.of(text("id"))}}]}}}),
            _ => return None,
        })
    }

    fn create(&self, wanted: &Value, now: UtcTime) -> Option<Value> {
        let text = |name: &str| wanted.get(name).and_then(Value::as_str).map(str::to_owned);
        let discount = Discount {
            id: format!("gid://shopify/DiscountCodeNode/{}", now.micros()),
            title: text("title")?,
            saving: saving(wanted.pointer("/customerGets/value")?)?,
            codes: vec![text("code")?],
        };
        let id = discount.id.clone();
        Some(if self.discounts.make(discount) {
            json!({"codeDiscountNode": {"id": id}, "userErrors": []})
        } else {
            json!({"codeDiscountNode": null, "userErrors": [{"code": "TAKEN",
                "field": ["basicCodeDiscount", "code"], "message": "Code must be unique."}]})
        })
    }
}

/// Before a code in its global id.
const CODE_GID: &str = "gid://shopify/DiscountRedeemCode/";

fn codes_page(discount: &Discount) -> Value {
    let nodes = discount.codes.iter().map(|code| {
        let id = format!("{CODE_GID}{}", fold_code(code));
        json!({"id": id, "code": code})
    });
    json!({"nodes": nodes.collect::<Vec<_>>(),
        "pageInfo": {"hasNextPage": false, "endCursor": null}})
}

/// A fraction of one, or an amount off the order.
fn saving(value: &Value) -> Option<Saving> {
    let amount = value.pointer("/discountAmount/amount").and_then(Value::as_str);
    if let Some(amount) = amount {
        return Some(Saving::Amount(Money::parse(amount, CURRENCY).ok()?));
    }
    // Four decimals of a fraction are basis points.
    let fraction = value.get("percentage")?.to_string();
    let (whole, part) = fraction.split_once('.').unwrap_or((&fraction, ""));
    Some(Saving::Percent(BasisPoints(format!("{whole}{part:0<4}").parse().ok()?)))
}

impl Credits {
    fn give(&self, customer: &str, amount: &Value, now: UtcTime) -> Value {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("gid://shopify/StoreCreditAccountCreditTransaction/{}", all.len() + 1);
        let given = json!({"id": id, "createdAt": now, "amount": amount});
        all.push((customer.to_owned(), given.clone()));
        given
    }

    /// Newest first.
    fn of(&self, customer: &str) -> Vec<Value> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let own = all.iter().rev().filter(|(known, _)| known == customer);
        own.map(|(_, given)| given.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saving_is_a_fraction_or_an_amount_as_the_app_sends_it() {
        let percent = |fraction: &str| {
            saving(&serde_json::from_str(&format!("{{\"percentage\": {fraction}}}")).unwrap())
        };
        assert_eq!(percent("0.1"), Some(Saving::Percent(BasisPoints(1_000))));
        assert_eq!(percent("0.125"), Some(Saving::Percent(BasisPoints(1_250))));
        assert_eq!(percent("1"), Some(Saving::Percent(BasisPoints(10_000))));
        let amount = json!({"discountAmount": {"amount": "5.00", "appliesOnEachItem": false}});
        assert_eq!(saving(&amount), Some(Saving::Amount(Money::new(500, CURRENCY))));
        assert_eq!(saving(&json!({})), None);
    }

    #[test]
    fn credits_are_told_to_their_customer_newest_first() {
        let credits = Credits::default();
        let amount = json!({"amount": "5.00", "currencyCode": "USD"});
        let first = credits.give("a", &amount, UtcTime::default());
        credits.give("b", &amount, UtcTime::default());
        let second = credits.give("a", &amount, UtcTime::default());
        assert_eq!(credits.of("a"), [second, first]);
    }
}
