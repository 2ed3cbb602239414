//! The GraphQL endpoint: prices every operation, refuses what the bucket does not hold, answers only
//! what was asked for.

use std::time::{Duration, Instant};

use domain::time::UtcTime;
use serde_json::{Value, json};
use shopify::admin::id_of;
use shopify::graphql::{COST_MAX, estimate};

use super::selection::selected;
use super::{FakeShop, State, dialect, json_answer};
use crate::receiver::{Answer, Received};

impl State {
    pub(super) fn graphql_answer(&mut self, domain: &str, request: &Received) -> Answer {
        let token = request.header("x-shopify-access-token").unwrap_or_default().to_owned();
        if !self.uses_token(domain, &token) {
            let body = json!({"errors": "[API] Invalid API key or access token"});
            return json_answer(401, &body);
        }
        if let Some(status) = self.statuses.pop_front() {
            return Answer::with(status, &[("retry-after", "1")], "");
        }
        let Ok(body) = serde_json::from_slice::<Value>(&request.body) else {
            return Answer::status(400);
        };
        let text = body.get("query").and_then(Value::as_str).unwrap_or_default();
        let name = body.get("operationName").and_then(Value::as_str).unwrap_or_default();
        let price = estimate(text);
        if price > COST_MAX {
            let error = json!([{"message": "Query cost is too high",
                "extensions": {"code": "MAX_COST_EXCEEDED"}}]);
            return json_answer(200, &json!({"errors": error}));
        }
        let now = Instant::now();
        let wanted = u64::from(price);
        let Some(shop) = self.shops.get_mut(domain) else { return Answer::status(404) };
        if let Some((told_at, wait)) = shop.told.remove(name)
            && now.duration_since(told_at) < wait
        {
            self.too_early.push(name.to_owned());
        }
        if !shop.bucket.take(wanted, now) {
            self.throttled += 1;
            let missing = wanted.saturating_sub(shop.bucket.available());
            let wait = Duration::from_millis(missing * 1_000 / shop.bucket.restore_per_s.max(1));
            shop.told.insert(name.to_owned(), (now, wait));
            let error = json!([{"message": "Throttled", "extensions": {"code": "THROTTLED"}}]);
            let cost = shop.bucket.cost(wanted, false);
            return json_answer(200, &json!({"errors": error, "extensions": cost}));
        }
        self.operations.push((name.to_owned(), price));
        let now = self.clock.now();
        let variables = body.get("variables").cloned().unwrap_or_default();
        self.variables.insert(name.to_owned(), variables.clone());
        let fresh = self.next_name("");
        let Some(shop) = self.shops.get_mut(domain) else { return Answer::status(404) };
        let Some(data) = shop.operation(domain, name, &variables, &fresh, now) else {
            let error = json!([{"message": format!("{name} is not known here")}]);
            return json_answer(200, &json!({"errors": error}));
        };
        let cost = shop.bucket.cost(wanted, true);
        if let Some(at) = self.lost.iter().position(|lost| lost == name) {
            self.lost.remove(at);
            return Answer::close();
        }
        json_answer(200, &json!({"data": selected(text, &data), "extensions": cost}))
    }
}

impl FakeShop {
    fn operation(
        &mut self,
        domain: &str,
        name: &str,
        variables: &Value,
        fresh: &str,
        now: UtcTime,
    ) -> Option<Value> {
        let text = |name: &str| variables.get(name).and_then(Value::as_str).unwrap_or_default();
        let id = |name: &str| id_of(text(name)).map(|id| id.0).unwrap_or_default();
        Some(match name {
            "ReadShop" => json!({
                "shop": {
                    "id": "gid://shopify/Shop/548380009", "name": "Tea & Kettles",
                    "email": "owner@tea.example",
                    "currencyCode": "USD", "ianaTimezone": "Europe/Paris",
                    "primaryDomain": {"host": domain}, "plan": {"partnerDevelopment": !self.is_paying},
                },
                "currentAppInstallation": {"accessScopes":
                    shopify::scopes::NEEDED.map(|scope| json!({"handle": scope}))},
            }),
            "ListChanged" => self.changed(text("query"), text("after")),
            "ReadOrder" | "ReadLines" => {
                let order = self.orders.get(&id("id"));
                json!({"order": order.map(|order| dialect::order(order, text("after")))})
            }
            "ReadRefund" => {
                let wanted = id("id");
                let found = self.orders.values().find_map(|order| dialect::refund(order, wanted));
                json!({"refund": found})
            }
            "ReadStanding" => {
                let ids = variables.get("ids").and_then(Value::as_array).cloned();
                let nodes = ids.unwrap_or_default().into_iter().map(|gid| {
                    let order = id_of(gid.as_str().unwrap_or_default())?.0;
                    self.orders.get(&order)?;
                    let is_lost = self.charged_back.contains(&order);
                    let lost = json!({"initiatedAs": "CHARGEBACK", "status": "LOST"});
                    Some(json!({"id": gid, "disputes": is_lost.then_some(lost).into_iter()
                        .collect::<Vec<_>>()}))
                });
                json!({"nodes": nodes.collect::<Vec<_>>()})
            }
            "CountOrders" => {
                let count = self.order_counts.get(&id("id"));
                json!({"customer": count.map(|count| json!({"numberOfOrders": count.to_string()}))})
            }
            "CountOrdersOf" => {
                let ids = variables.get("ids").and_then(Value::as_array).cloned();
                let nodes = ids.unwrap_or_default().into_iter().map(|gid| {
                    let customer = id_of(gid.as_str().unwrap_or_default())?.0;
                    let count = self.order_counts.get(&customer)?;
                    Some(json!({"id": gid, "numberOfOrders": count.to_string()}))
                });
                json!({"nodes": nodes.collect::<Vec<_>>()})
            }
            "ListProducts" => json!({"collection": self.products_of(id("id"), text("after"))}),
            "ReadCollections" => {
                let ids = variables.get("ids").and_then(Value::as_array).cloned();
                let nodes = ids.unwrap_or_default().into_iter().map(|gid| {
                    let product = id_of(gid.as_str().unwrap_or_default())?.0;
                    let collections = self.collections.get(&product)?.iter().map(|collection| {
                        json!({"id": format!("gid://shopify/Collection/{collection}")})
                    });
                    let collections: Vec<Value> = collections.collect();
                    Some(json!({"id": gid, "collections": {"nodes": collections}}))
                });
                json!({"nodes": nodes.collect::<Vec<_>>()})
            }
            "ReadPixel" => {
                let pixel = self.pixel.as_ref();
                json!({"webPixel": pixel.map(|settings| {
                    json!({"id": "gid://shopify/WebPixel/1", "settings": settings})
                })})
            }
            "CreatePixel" => json!({"webPixelCreate": self.create_pixel(text("settings"))}),
            "UpdatePixel" => {
                self.pixel = Some(text("settings").to_owned());
                json!({"webPixelUpdate": {"userErrors": [],
                    "webPixel": {"id": text("id"), "settings": text("settings")}}})
            }
            "ReadInstallation" => {
                json!({"currentAppInstallation": {"id": "gid://shopify/AppInstallation/7"}})
            }
            "TellStorefront" => {
                let set = variables.get("metafields").and_then(Value::as_array).cloned();
                for field in set.unwrap_or_default() {
                    let part = |name: &str| {
                        field.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
                    };
                    let name = format!("{} {}.{}", part("ownerId"), part("namespace"), part("key"));
                    self.metafields.insert(name, part("value"));
                }
                json!({"metafieldsSet": {"userErrors": []}})
            }
            "CreateDiscount" => {
                let code = variables.pointer("/discount/code").and_then(Value::as_str);
                let title = variables.pointer("/discount/title").and_then(Value::as_str);
                let made = self.create_discount(code?, title?, fresh);
                json!({"discountCodeBasicCreate": made})
            }
            "AddCodes" => {
                let codes = variables.get("codes").and_then(Value::as_array).cloned();
                for code in codes.unwrap_or_default() {
                    let code = code.get("code").and_then(Value::as_str).unwrap_or_default();
                    self.codes.insert(code.to_lowercase(), text("id").to_owned());
                }
                json!({"discountRedeemCodeBulkAdd": {"userErrors": [],
                    "bulkCreation": {"id": format!("gid://shopify/Bulk/{fresh}")}}})
            }
            "FindCode" => {
                let found = self.codes.get(&text("code").to_lowercase());
                json!({"codeDiscountNodeByCode": found.map(|id| json!({"id": id,
                    "codeDiscount": {"title": self.titles.get(id)}}))})
            }
            "ListCodes" => {
                let ours = self.codes.iter().filter(|(_, id)| *id == text("id"));
                let nodes = ours.map(|(code, _)| {
                    json!({"id": format!("gid://shopify/DiscountRedeemCode/{code}"), "code": code})
                });
                json!({"codeDiscountNode": {"codeDiscount": {"codes": {
                    "nodes": nodes.collect::<Vec<_>>(),
                    "pageInfo": {"hasNextPage": false, "endCursor": null}}}}})
            }
            "DeleteCodes" => {
                let ids = variables.get("codes").and_then(Value::as_array).cloned();
                for id in ids.unwrap_or_default() {
                    let code = id.as_str().unwrap_or_default().rsplit('/').next();
                    self.codes.remove(code.unwrap_or_default());
                }
                json!({"discountCodeRedeemCodeBulkDelete": {"userErrors": []}})
            }
            "DeactivateDiscount" => {
                self.discounts.retain(|known| known != text("id"));
                self.codes.retain(|_, id| id != text("id"));
                json!({"discountCodeDeactivate": {"userErrors": []}})
            }
            "GiveCredit" => {
                let amount = variables.get("amount").cloned().unwrap_or_default();
                let transaction =
                    format!("gid://shopify/StoreCreditAccountCreditTransaction/{fresh}");
                self.credits.push((id("id"), amount.clone(), transaction.clone(), now));
                json!({"storeCreditAccountCredit": {"userErrors": [],
                    "storeCreditAccountTransaction":
                        {"id": transaction, "createdAt": now, "amount": amount}}})
            }
            "ReadCredits" => {
                let customer = id("id");
                let given = self.credits.iter().rev().filter(|credit| credit.0 == customer);
                let nodes: Vec<Value> = given
                    .map(|(_, amount, id, at)| json!({"id": id, "createdAt": at, "amount": amount}))
                    .collect();
                json!({"customer": {"storeCreditAccounts":
                    {"nodes": [{"transactions": {"nodes": nodes}}]}}})
            }
            "ReadSubscriptions" => {
                json!({"currentAppInstallation": {"activeSubscriptions": self.subscriptions}})
            }
            "OfferUsagePlan" => json!({"appSubscriptionCreate": {"userErrors": [],
                "confirmationUrl": format!("https://{domain}/admin/charges/1/confirm")}}),
            "RaiseCap" => json!({"appSubscriptionLineItemUpdate": {"userErrors": [],
                "confirmationUrl": format!("https://{domain}/admin/charges/2/confirm")}}),
            "ChargeUsage" => json!({"appUsageRecordCreate":
                self.charge(text("key"), variables.get("price").unwrap_or(&Value::Null), fresh)}),
            _ => return None,
        })
    }

    /// The products of a collection, two to a page: every list has a next page somewhere.
    fn products_of(&self, collection: u64, after: &str) -> Value {
        let own = self.collections.iter().filter(|(_, of)| of.contains(&collection));
        let skip: usize = after.parse().unwrap_or(0);
        let mut rest = own.map(|(product, _)| product).skip(skip).peekable();
        let page: Vec<Value> = rest
            .by_ref()
            .take(2)
            .map(|product| json!({"id": format!("gid://shopify/Product/{product}")}))
            .collect();
        let next = (skip + page.len()).to_string();
        json!({"products": {"nodes": page, "pageInfo":
            {"hasNextPage": rest.peek().is_some(), "endCursor": next}}})
    }

    /// A charge for usage: once for each key, and never above the cap.
    fn charge(&mut self, key: &str, price: &Value, fresh: &str) -> Value {
        if let Some((_, id)) = self.charges.get(key) {
            return json!({"userErrors": [], "appUsageRecord": {"id": id}});
        }
        let cents = |amount: &Value| -> i64 {
            let text = amount.as_str().unwrap_or_default().replace('.', "");
            text.parse().unwrap_or(0)
        };
        let price = cents(price.get("amount").unwrap_or(&Value::Null));
        let used: i64 = self.charges.values().map(|(minor, _)| minor).sum();
        if used + price > self.usage_cap_minor {
            return json!({"appUsageRecord": null, "userErrors": [{"field": null,
                "message": "Total price exceeds balance remaining"}]});
        }
        let id = format!("gid://shopify/AppUsageRecord/{fresh}");
        self.charges.insert(key.to_owned(), (price, id.clone()));
        json!({"userErrors": [], "appUsageRecord": {"id": id}})
    }

    /// Orders by the time of their last change, in pages.
    fn changed(&self, query: &str, after: &str) -> Value {
        let since = query.trim_start_matches("updated_at:>=").trim_matches('\'');
        let since = UtcTime::parse(since).unwrap_or_default();
        let time_of = |order: &Value| {
            let text = order.get("updated_at").and_then(Value::as_str).unwrap_or_default();
            UtcTime::parse(text).unwrap_or_default()
        };
        let mut orders: Vec<(UtcTime, u64, &Value)> = self
            .orders
            .iter()
            .map(|(id, order)| (time_of(order), *id, order))
            .filter(|(at, ..)| *at >= since)
            .collect();
        orders.sort_by_key(|(at, id, _)| (*at, *id));
        let count = orders.len();
        let skip: usize = after.parse().unwrap_or(0);
        let page: Vec<Value> = orders
            .iter()
            .skip(skip)
            .take(100)
            .map(|(.., order)| dialect::order(order, ""))
            .collect();
        let next = skip + page.len();
        json!({
            "orders": {"nodes": page, "pageInfo":
                {"hasNextPage": next < count, "endCursor": next.to_string()}},
            "ordersCount": {"count": count},
        })
    }

    fn create_pixel(&mut self, settings: &str) -> Value {
        let refusal = match (self.has_pixel_extension, &self.pixel) {
            (false, _) => Some(("NO_EXTENSION", "No extension found")),
            (true, Some(_)) => Some(("TAKEN", "Web pixel is taken")),
            (true, None) => None,
        };
        if let Some((code, message)) = refusal {
            return json!({"webPixel": null, "userErrors": [
                {"code": code, "field": ["webPixel"], "message": message}]});
        }
        self.pixel = Some(settings.to_owned());
        json!({"userErrors": [], "webPixel":
            {"id": "gid://shopify/WebPixel/1", "settings": settings}})
    }

    fn create_discount(&mut self, code: &str, title: &str, fresh: &str) -> Value {
        if self.codes.contains_key(&code.to_lowercase()) {
            return json!({"codeDiscountNode": null, "userErrors": [{"code": "TAKEN",
                "field": ["basicCodeDiscount", "code"], "message": "Code must be unique."}]});
        }
        let id = format!("gid://shopify/DiscountCodeNode/{fresh}");
        self.codes.insert(code.to_lowercase(), id.clone());
        self.discounts.push(id.clone());
        self.titles.insert(id.clone(), title.to_owned());
        json!({"codeDiscountNode": {"id": id}, "userErrors": []})
    }
}
