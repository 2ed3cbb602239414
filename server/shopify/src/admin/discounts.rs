//! Discount codes for affiliates: one discount, on which every affiliate may have a code.

use domain::{money::Money, time::UtcTime};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Refusals;
use crate::graphql::{Operation, UserErrors};

/// What a buyer saves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saving {
    /// Hundredths of a percent of the goods.
    Percent(domain::money::BasisPoints),
    /// An amount off the order.
    Amount(Money),
}

/// Makes a discount with its first code.
#[derive(Debug, Clone)]
pub struct CreateDiscount {
    /// For the merchant's list of discounts.
    pub title: String,
    /// The first code.
    pub code: String,
    /// What it saves.
    pub saving: Saving,
    /// From when on.
    pub starts_at: UtcTime,
    /// Only once per customer.
    pub once_per_customer: bool,
}

#[derive(Debug, Deserialize)]
struct NodeJson {
    id: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Created {
    discount_code_basic_create: CreatedJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedJson {
    code_discount_node: Option<NodeJson>,
    #[serde(flatten)]
    refusals: Refusals,
}

impl CreateDiscount {
    fn value(&self) -> Value {
        match self.saving {
            // Shopify takes a fraction of one: 10 % is 0.1. Written as digits, read by JSON itself.
            Saving::Percent(rate) => {
                let fraction = rust_decimal::Decimal::new(rate.0, 4).normalize().to_string();
                json!({"percentage": serde_json::from_str(&fraction).unwrap_or(Value::Null)})
            }
            Saving::Amount(money) => json!({
                "discountAmount": {"amount": money.decimal(), "appliesOnEachItem": false}
            }),
        }
    }
}

impl Operation for CreateDiscount {
    const NAME: &'static str = "CreateDiscount";
    const TEXT: &'static str = "mutation CreateDiscount($discount: DiscountCodeBasicInput!) {
  discountCodeBasicCreate(basicCodeDiscount: $discount) {
    codeDiscountNode { id }
    userErrors { code field message }
  }
}";
    // A repeat is refused with TAKEN, which the caller resolves by looking the code up.
    const IS_REPEATABLE: bool = true;
    type Data = Created;
    type Output = String;

    fn variables(&self) -> Value {
        json!({"discount": {
            "title": self.title,
            "code": self.code,
            "startsAt": self.starts_at,
            "appliesOncePerCustomer": self.once_per_customer,
            "context": {"all": "ALL"},
            "customerGets": {
                "value": self.value(),
                "items": {"all": true},
            },
            "combinesWith": {
                "orderDiscounts": false, "productDiscounts": false, "shippingDiscounts": true,
            },
        }})
    }

    /// The discount's global id.
    fn read(&self, data: Created) -> Result<String, UserErrors> {
        let created = data.discount_code_basic_create;
        created.refusals.check()?;
        let node = created.code_discount_node;
        node.map(|node| node.id).ok_or_else(|| UserErrors::nothing_came("the discount"))
    }
}

/// Codes that fit into one [`AddCodes`].
pub const CODES_MAX: usize = 250;

/// Adds codes to a discount; Shopify does it in the background.
#[derive(Debug, Clone)]
pub struct AddCodes {
    /// The discount's global id.
    pub discount: String,
    /// At most [`CODES_MAX`].
    pub codes: Vec<String>,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Added {
    discount_redeem_code_bulk_add: AddedJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AddedJson {
    bulk_creation: Option<NodeJson>,
    #[serde(flatten)]
    refusals: Refusals,
}

impl Operation for AddCodes {
    const NAME: &'static str = "AddCodes";
    const TEXT: &'static str = "mutation AddCodes($id: ID!, $codes: [DiscountRedeemCodeInput!]!) {
  discountRedeemCodeBulkAdd(discountId: $id, codes: $codes) {
    bulkCreation { id }
    userErrors { code field message }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Added;
    type Output = String;

    fn variables(&self) -> Value {
        let codes: Vec<Value> = self.codes.iter().map(|code| json!({"code": code})).collect();
        json!({"id": self.discount, "codes": codes})
    }

    /// The global id of the background job.
    fn read(&self, data: Added) -> Result<String, UserErrors> {
        let added = data.discount_redeem_code_bulk_add;
        added.refusals.check()?;
        let job = added.bulk_creation;
        job.map(|job| job.id).ok_or_else(|| UserErrors::nothing_came("the bulk creation"))
    }
}

/// Looks up whose code it is.
#[derive(Debug, Clone)]
pub struct FindCode {
    /// The code.
    pub code: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    code_discount_node_by_code: Option<NodeJson>,
}

impl Operation for FindCode {
    const NAME: &'static str = "FindCode";
    const TEXT: &'static str = "query FindCode($code: String!) {
  codeDiscountNodeByCode(code: $code) { id }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Found;
    type Output = Option<String>;

    fn variables(&self) -> Value {
        json!({"code": self.code})
    }

    /// The global id of the discount that has the code.
    fn read(&self, data: Found) -> Result<Option<String>, UserErrors> {
        Ok(data.code_discount_node_by_code.map(|node| node.id))
    }
}

/// Stops a discount and all its codes.
#[derive(Debug, Clone)]
pub struct DeactivateDiscount {
    /// The discount's global id.
    pub discount: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deactivated {
    discount_code_deactivate: Refusals,
}

impl Operation for DeactivateDiscount {
    const NAME: &'static str = "DeactivateDiscount";
    const TEXT: &'static str = "mutation DeactivateDiscount($id: ID!) {
  discountCodeDeactivate(id: $id) { userErrors { code field message } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Deactivated;
    type Output = ();

    fn variables(&self) -> Value {
        json!({"id": self.discount})
    }

    fn read(&self, data: Deactivated) -> Result<(), UserErrors> {
        data.discount_code_deactivate.check()
    }
}

#[cfg(test)]
mod tests {
    use domain::money::BasisPoints;

    use super::*;

    fn discount(saving: Saving) -> Value {
        CreateDiscount {
            title: "Anna".to_owned(),
            code: "ANNA10".to_owned(),
            saving,
            starts_at: UtcTime::default(),
            once_per_customer: true,
        }
        .variables()
    }

    #[test]
    fn a_percentage_is_sent_as_a_fraction_and_an_amount_as_text() {
        let percent = discount(Saving::Percent(BasisPoints(1_250)));
        assert_eq!(
            percent["discount"]["customerGets"]["value"].to_string(),
            r#"{"percentage":0.125}"#
        );
        let amount = Money::new(500, domain::money::Currency::USD);
        let amount = discount(Saving::Amount(amount));
        let sent = &amount["discount"]["customerGets"]["value"]["discountAmount"]["amount"];
        assert_eq!(sent, "5.00");
    }

    #[test]
    fn a_code_that_exists_is_said_so_in_words_for_the_merchant() {
        let answer = json!({"discountCodeBasicCreate": {"codeDiscountNode": null, "userErrors": [
            {"code": "TAKEN", "field": ["basicCodeDiscount", "code"], "message": "must be unique"},
        ]}});
        let create = CreateDiscount {
            title: String::new(),
            code: "ANNA10".to_owned(),
            saving: Saving::Percent(BasisPoints(1_000)),
            starts_at: UtcTime::default(),
            once_per_customer: false,
        };
        let errors = create.read(serde_json::from_value(answer).unwrap()).unwrap_err();
        assert!(errors.has("TAKEN"));
        assert!(errors.advice().contains("exists already"), "{}", errors.advice());
    }
}
