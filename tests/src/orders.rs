//! Orders of the reference kind (domain rules 3.9, order R) in Shopify's own shape, with what they
//! must earn. Built on a full sample payload, so that they are as large and as deep as real ones.
//! Not here: sending them (`webhook`), the program that pays for them (`seed`).

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use std::sync::LazyLock;

use domain::money::{Currency, Money};
use domain::time::UtcTime;
use serde_json::{Value, json};

/// Currency of every order.
pub const CURRENCY: Currency = Currency::USD;

/// Order numbers are added to it: ids have 13 digits, as Shopify's have.
const FIRST_ID: u64 = 6_000_000_000_000;
const PRICE_A_MINOR: i64 = 3_000;
const PRICE_B_MINOR: i64 = 4_000;
/// Off the whole order, by the coupon; whole cents for every unit of both lines.
const DISCOUNT_PERCENT: i64 = 10;
/// What the program of `seed` pays of what is left: 2.70 for a unit of A and 3.60 for one of B.
const COMMISSION_PERCENT: i64 = 10;
const SHIPPING_MINOR: i64 = 1_000;
const TAX_MINOR: i64 = 800;

/// A paid order of some units of A (30.00) and of B (40.00), with an affiliate's coupon.
#[derive(Debug, Clone)]
pub struct Order {
    /// Which of a run's orders; makes its ids.
    pub number: u64,
    /// Units of A.
    pub a_units: i64,
    /// Units of B.
    pub b_units: i64,
    /// The code that was entered.
    pub coupon: String,
    /// When it was placed.
    pub placed_at: UtcTime,
}

impl Order {
    /// Order R: 2 × A, 1 × B; earns 9.00 (G01).
    #[must_use]
    pub fn reference(number: u64, coupon: &str, placed_at: UtcTime) -> Self {
        Self { number, a_units: 2, b_units: 1, coupon: coupon.to_owned(), placed_at }
    }

    /// Shopify's id.
    #[must_use]
    pub const fn id(&self) -> u64 {
        FIRST_ID + self.number
    }

    /// The order's number behind Shopify's id.
    #[must_use]
    pub const fn number_of(id: u64) -> Option<u64> {
        id.checked_sub(FIRST_ID)
    }

    /// What it earns after so many units of A were given back, in cents.
    #[must_use]
    pub const fn commission_minor(&self, a_refunded: i64) -> i64 {
        let base = (self.a_units - a_refunded) * net_of(PRICE_A_MINOR)
            + self.b_units * net_of(PRICE_B_MINOR);
        base * COMMISSION_PERCENT / 100
    }

    /// The body of `orders/create` and `orders/updated`.
    #[must_use]
    pub fn payload(&self) -> Value {
        let lines = [
            self.line(1, "A", PRICE_A_MINOR, self.a_units),
            self.line(2, "B", PRICE_B_MINOR, self.b_units),
        ];
        let goods = PRICE_A_MINOR * self.a_units + PRICE_B_MINOR * self.b_units;
        let discount = discount_of(goods);
        let total = goods - discount + SHIPPING_MINOR + TAX_MINOR;
        let (id, at) = (self.id(), self.placed_at);
        let mut order = sample();
        set(
            &mut order,
            json!({
                "id": id,
                "admin_graphql_api_id": format!("gid://shopify/Order/{id}"),
                "name": format!("#{}", self.number),
                "number": self.number,
                "order_number": self.number,
                "token": format!("{id:032}"),
                "cart_token": format!("{id:032}"),
                "checkout_token": format!("{id:032}"),
                "created_at": at,
                "processed_at": at,
                "updated_at": at,
                "note_attributes": [],
                "customer": self.customer(),
                "client_details": client_details(),
                "billing_address": address(),
                "shipping_address": address(),
                "discount_codes": [
                    {"code": self.coupon, "amount": amount(discount), "type": "percentage"},
                ],
                "discount_applications": [{
                    "type": "discount_code", "code": self.coupon, "value": format!("{DISCOUNT_PERCENT}.0"),
                    "value_type": "percentage", "target_type": "line_item",
                    "target_selection": "all", "allocation_method": "across",
                }],
                "line_items": lines,
                "subtotal_price": amount(goods - discount),
                "subtotal_price_set": money_set(goods - discount),
                "total_discounts": amount(discount),
                "total_discounts_set": money_set(discount),
                "total_line_items_price": amount(goods),
                "total_line_items_price_set": money_set(goods),
                "total_price": amount(total),
                "total_price_set": money_set(total),
            }),
        );
        order
    }

    /// The body of `orders/create`, of this many bytes: the rest is a note of the buyer's.
    ///
    /// # Panics
    /// When the order is longer than that anyway.
    #[must_use]
    pub fn payload_of_bytes(&self, bytes: usize) -> Vec<u8> {
        let mut order = self.payload();
        set(&mut order, json!({"note": ""}));
        let missing = bytes.checked_sub(text(&order).len()).expect("room for the order itself");
        let words = ["please", "leave", "at", "the", "door", "thank", "you", "gift", "for", "Anna"];
        let mut note = String::new();
        for (count, word) in words.iter().cycle().enumerate() {
            if note.len() >= missing {
                break;
            }
            note.push_str(&format!("{word}{count} "));
        }
        note.truncate(missing);
        set(&mut order, json!({"note": note}));
        text(&order)
    }

    /// The body of `refunds/create`: so many units of A, all at once, paid back.
    #[must_use]
    pub fn refund_of_a(&self, units: i64, at: UtcTime) -> Value {
        let (id, refund_id) = (self.id(), self.id() * 10 + 7);
        let given = net_of(PRICE_A_MINOR) * units;
        json!({
            "id": refund_id,
            "admin_graphql_api_id": format!("gid://shopify/Refund/{refund_id}"),
            "order_id": id,
            "created_at": at,
            "processed_at": at,
            "note": null,
            "restock": true,
            "user_id": null,
            "duties": [],
            "order_adjustments": [],
            "refund_shipping_lines": [],
            "refund_line_items": [{
                "id": refund_id * 10 + 1,
                "line_item_id": self.line_id(1),
                "quantity": units,
                "restock_type": "return",
                "subtotal": amount(given),
                "subtotal_set": money_set(given),
                "total_tax": "0.00",
                "total_tax_set": money_set(0),
            }],
            "transactions": [{
                "id": refund_id * 10 + 2,
                "order_id": id,
                "kind": "refund",
                "status": "success",
                "amount": amount(given),
                "currency": CURRENCY,
                "gateway": "shopify_payments",
                "test": false,
            }],
        })
    }

    /// Every other order is a customer's second.
    fn customer(&self) -> Value {
        let mut customer = sample().pointer_mut("/customer").map(Value::take).unwrap_or_default();
        let id = 9_000_000_000_000 + self.number / 2;
        set(
            &mut customer,
            json!({
                "id": id,
                "admin_graphql_api_id": format!("gid://shopify/Customer/{id}"),
            }),
        );
        customer
    }

    const fn line_id(&self, position: u64) -> u64 {
        self.id() * 10 + position
    }

    fn line(&self, position: u64, title: &str, price_minor: i64, units: i64) -> Value {
        let discount = discount_of(price_minor * units);
        let id = self.line_id(position);
        let mut line = sample().pointer_mut("/line_items/0").map(Value::take).unwrap_or_default();
        set(
            &mut line,
            json!({
                "id": id,
                "admin_graphql_api_id": format!("gid://shopify/LineItem/{id}"),
                "product_id": 7_000_000_000_000 + position,
                "variant_id": 8_000_000_000_000 + position,
                "title": title,
                "name": title,
                "quantity": units,
                "current_quantity": units,
                "fulfillable_quantity": units,
                "price": amount(price_minor),
                "price_set": money_set(price_minor),
                "discount_allocations": [{
                    "amount": amount(discount),
                    "amount_set": money_set(discount),
                    "discount_application_index": 0,
                }],
            }),
        );
        line
    }
}

const fn discount_of(minor: i64) -> i64 {
    minor * DISCOUNT_PERCENT / 100
}

const fn net_of(minor: i64) -> i64 {
    minor - discount_of(minor)
}

/// A whole order with tax on top (fixtures/shopify/synthetic).
fn sample() -> Value {
    static SAMPLE: LazyLock<Value> = LazyLock::new(|| {
        let text = include_str!("../fixtures/shopify/synthetic/order_tax_excluded.json");
        serde_json::from_str(text).expect("the fixture is JSON")
    });
    SAMPLE.clone()
}

/// Replaces some members of an object.
fn set(object: &mut Value, members: Value) {
    let (Value::Object(object), Value::Object(members)) = (object, members) else { return };
    object.extend(members);
}

fn text(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).expect("JSON can be written")
}

fn amount(minor: i64) -> String {
    Money::new(minor, CURRENCY).decimal()
}

fn money_set(minor: i64) -> Value {
    let money = json!({"amount": amount(minor), "currency_code": CURRENCY});
    json!({"shop_money": money, "presentment_money": money})
}

fn address() -> Value {
    json!({
        "first_name": "Test", "last_name": "Buyer", "name": "Test Buyer", "company": null,
        "address1": "123 Elm Street", "address2": "Floor 4", "city": "Ottawa", "zip": "K2H 7A8",
        "province": "Ontario", "province_code": "ON", "country": "Canada", "country_code": "CA",
        "phone": "+1 613 555 0100", "latitude": 45.41634, "longitude": -75.6868,
    })
}

fn client_details() -> Value {
    json!({
        "accept_language": "en-CA,en;q=0.9",
        "browser_height": 844,
        "browser_ip": "192.0.2.10",
        "browser_width": 390,
        "session_hash": null,
        "user_agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 \
                       (KHTML, like Gecko) Version/19.1 Mobile/15E148 Safari/604.1",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g01_g30_the_reference_order_earns_9_00_and_6_30_without_one_a() {
        let order = Order::reference(1, "ANNA10", UtcTime::default());
        assert_eq!((order.commission_minor(0), order.commission_minor(1)), (900, 630));
        assert_eq!(order.payload()["total_price"], "108.00");
    }

    #[test]
    fn a_payload_has_the_size_asked_for_and_is_json() {
        let order = Order::reference(1, "ANNA10", UtcTime::default());
        let body = order.payload_of_bytes(12_000);
        assert_eq!(body.len(), 12_000);
        let read: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(read["id"], 6_000_000_000_001_u64);
    }
}
