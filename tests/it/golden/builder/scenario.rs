//! A scenario in the format of `tributary simulate` (scenario.md), built step by step.

use serde_json::{Value, json};

use super::{order::Order, payload::merge, refund::Refund};

/// A scenario under construction.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    shop: Value,
    programs: Vec<Value>,
    affiliates: Vec<Value>,
    postbacks: Vec<Value>,
    events: Vec<Value>,
}

impl Scenario {
    /// The setting of the golden cases: a USD shop, program `main` at 10 % with a window of 30 days,
    /// affiliate `anna` with link code `ANNA` and coupon `ANNA10`.
    pub(crate) fn golden() -> Self {
        Self {
            shop: json!({
                "domain": "demo.myshopify.com", "currency": "USD", "timezone": "UTC",
                "click_model": "last_click", "window_days": 30, "postbacks_enabled": true,
            }),
            programs: vec![json!({
                "key": "main", "name": "Main",
                "commission": {"type": "percent", "value": "10"}, "window_days": 30, "hold_days": 30,
            })],
            affiliates: Vec::new(),
            postbacks: Vec::new(),
            events: Vec::new(),
        }
        .affiliate("anna", json!({"coupons": ["ANNA10"]}))
    }

    /// Sets fields of the shop.
    pub(crate) fn shop(mut self, fields: Value) -> Self {
        merge(&mut self.shop, fields);
        self
    }

    /// Sets fields of program `main`.
    pub(crate) fn program(mut self, fields: Value) -> Self {
        merge(self.programs.first_mut().expect("program main"), fields);
        self
    }

    /// Program `main` pays this percentage.
    pub(crate) fn percent(self, value: &str) -> Self {
        self.program(json!({"commission": percent(value)}))
    }

    /// Adds a program at 10 %, or with these fields.
    pub(crate) fn another_program(mut self, key: &str, fields: Value) -> Self {
        let mut program = json!({"key": key, "name": key, "commission": percent("10")});
        merge(&mut program, fields);
        self.programs.push(program);
        self
    }

    /// Adds an affiliate of program `main` whose code is its key in capitals, or sets fields of one
    /// that exists.
    pub(crate) fn affiliate(mut self, key: &str, fields: Value) -> Self {
        let known = self.affiliates.iter_mut().find(|affiliate| affiliate["key"] == key);
        match known {
            Some(affiliate) => merge(affiliate, fields),
            None => {
                let mut affiliate = json!({
                    "key": key, "program": "main", "code": key.to_uppercase(),
                    "email": format!("{key}@example.com"), "status": "active",
                });
                merge(&mut affiliate, fields);
                self.affiliates.push(affiliate);
            }
        }
        self
    }

    /// The keys of the affiliates.
    pub(crate) fn affiliate_keys(&self) -> Vec<String> {
        let keys = self.affiliates.iter().filter_map(|affiliate| affiliate["key"].as_str());
        keys.map(str::to_owned).collect()
    }

    /// The rules of program `main` with these fields changed.
    pub(crate) fn rules_with(&self, fields: Value) -> domain::program::ProgramRules {
        let mut program = self.programs.first().expect("program main").clone();
        merge(&mut program, fields);
        serde_json::from_value(program).expect("rules")
    }

    /// Adds a postback of `anna` on creations and status changes, or with these fields.
    pub(crate) fn postback(mut self, key: &str, url: &str, fields: Value) -> Self {
        let mut postback = json!({
            "key": key, "name": key, "owner": {"affiliate": "anna"},
            "on": ["conversion", "status_change"], "method": "GET", "url": url,
        });
        merge(&mut postback, fields);
        self.postbacks.push(postback);
        self
    }

    /// A visitor follows an affiliate's link with this query.
    pub(crate) fn click(self, at: &str, visitor: &str, query: &str) -> Self {
        let url = format!("https://demo.example/products/a?{query}");
        self.event(at, "click", json!({"visitor": visitor, "url": url}))
    }

    /// Shopify delivers a webhook.
    pub(crate) fn webhook(self, at: &str, topic: &str, payload: Value) -> Self {
        self.event(at, "webhook", json!({"topic": topic, "payload": payload}))
    }

    /// Shopify delivers a webhook under this delivery id.
    pub(crate) fn delivery(self, at: &str, topic: &str, id: &str, payload: Value) -> Self {
        self.event(at, "webhook", json!({"topic": topic, "id": id, "payload": payload}))
    }

    /// `orders/create` at the order's own time.
    pub(crate) fn order(self, order: &Order) -> Self {
        self.webhook(&order.created_at, "orders/create", order.payload())
    }

    /// `orders/create` of an order whose cart belonged to this visitor.
    pub(crate) fn order_of(self, visitor: &str, order: &Order) -> Self {
        self.webhook_of(visitor, &order.created_at, "orders/create", order)
    }

    /// A webhook of an order whose cart belonged to this visitor, delivered then.
    pub(crate) fn webhook_of(self, visitor: &str, at: &str, topic: &str, order: &Order) -> Self {
        let fields = json!({"topic": topic, "visitor": visitor, "payload": order.payload()});
        self.event(at, "webhook", fields)
    }

    /// `refunds/create` at the refund's own time.
    pub(crate) fn refund(self, refund: &Refund) -> Self {
        self.webhook(&refund.created_at, "refunds/create", refund.payload())
    }

    /// `orders/updated`, when the state changed.
    pub(crate) fn updated(self, order: &Order) -> Self {
        self.webhook(&order.updated_at, "orders/updated", order.payload())
    }

    /// A new version of program `main`, with these fields changed.
    pub(crate) fn set_program(self, at: &str, fields: Value) -> Self {
        let mut program = self.programs.first().expect("program main").clone();
        merge(&mut program, fields);
        self.event(at, "set_program", json!({"program": program}))
    }

    /// An affiliate's fields change.
    pub(crate) fn set_affiliate(self, at: &str, key: &str, fields: Value) -> Self {
        let mut affiliate = json!({"key": key});
        merge(&mut affiliate, fields);
        self.event(at, "set_affiliate", json!({"affiliate": affiliate}))
    }

    /// The merchant assigns an order.
    pub(crate) fn assign(self, at: &str, order: &Order, affiliate: &str) -> Self {
        self.event(at, "assign", json!({"order_id": order.id, "affiliate": affiliate}))
    }

    /// The merchant reviews an order's conversion.
    pub(crate) fn review(
        self,
        at: &str,
        order: &Order,
        status: &str,
        reason: Option<&str>,
    ) -> Self {
        let mut fields = json!({"order_id": order.id, "status": status});
        if let Some(reason) = reason {
            merge(&mut fields, json!({"reason": reason}));
        }
        self.event(at, "review", fields)
    }

    /// The clock moves on.
    pub(crate) fn advance(self, at: &str) -> Self {
        self.event(at, "advance", json!({}))
    }

    /// The document for `tributary simulate`.
    pub(crate) fn document(&self) -> Value {
        json!({
            "shop": self.shop, "programs": self.programs, "affiliates": self.affiliates,
            "postbacks": self.postbacks, "events": self.events,
        })
    }

    /// An order that is approved a minute after it was placed.
    pub(crate) fn approved(self, order: &Order) -> Self {
        let then = super::later(&order.created_at, 60);
        self.order(order).review(&then, order, "approved", None)
    }

    /// An event of any kind.
    pub(crate) fn event(mut self, at: &str, kind: &str, fields: Value) -> Self {
        let mut event = json!({"at": at, "type": kind});
        merge(&mut event, fields);
        self.events.push(event);
        self
    }
}

/// `value` percent of the base.
pub(crate) fn percent(value: &str) -> Value {
    json!({"type": "percent", "value": value})
}

/// One amount per order.
pub(crate) fn flat_per_order(value: &str) -> Value {
    json!({"type": "flat_per_order", "value": value})
}

/// One amount per unit.
pub(crate) fn flat_per_item(value: &str) -> Value {
    json!({"type": "flat_per_item", "value": value})
}

/// A special rate.
pub(crate) fn rate(applies_to: Value, commission: Value) -> Value {
    json!({"match": applies_to, "commission": commission})
}
