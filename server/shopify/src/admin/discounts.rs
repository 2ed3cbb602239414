//! Discount codes for affiliates: one discount, on which every affiliate may have a code.

use domain::{money::Money, time::UtcTime};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{PageInfo, Refusals};
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

/// The discount that has a code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundDiscount {
    /// Its global id.
    pub id: String,
    /// Its name in the merchant's list; empty for a kind that we do not make.
    pub title: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Found {
    code_discount_node_by_code: Option<FoundJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct FoundJson {
    id: String,
    #[serde(default)]
    code_discount: Option<TitleJson>,
}

#[derive(Debug, Deserialize)]
struct TitleJson {
    title: Option<String>,
}

impl Operation for FindCode {
    const NAME: &'static str = "FindCode";
    const TEXT: &'static str = "query FindCode($code: String!) {
  codeDiscountNodeByCode(code: $code) {
    id codeDiscount { ... on DiscountCodeBasic { title } }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Found;
    type Output = Option<FoundDiscount>;

    fn variables(&self) -> Value {
        json!({"code": self.code})
    }

    fn read(&self, data: Found) -> Result<Option<FoundDiscount>, UserErrors> {
        Ok(data.code_discount_node_by_code.map(|node| FoundDiscount {
            id: node.id,
            title: node.code_discount.and_then(|it| it.title).unwrap_or_default(),
        }))
    }
}

/// Lists the codes of a discount.
#[derive(Debug, Clone)]
pub struct ListCodes {
    /// The discount's global id.
    pub discount: String,
    /// Where the page before ended.
    pub after: Option<String>,
}

/// A code of a discount.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RedeemCode {
    /// Its global id.
    pub id: String,
    /// As buyers enter it.
    pub code: String,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Listed {
    code_discount_node: Option<ListedJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ListedJson {
    code_discount: CodesJson,
}

#[derive(Debug, Default, Deserialize)]
struct CodesJson {
    #[serde(default)]
    codes: Option<CodePageJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CodePageJson {
    nodes: Vec<RedeemCode>,
    page_info: PageInfo,
}

/// A page of codes.
#[derive(Debug, Default)]
pub struct CodePage {
    /// The codes.
    pub codes: Vec<RedeemCode>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

impl Operation for ListCodes {
    const NAME: &'static str = "ListCodes";
    const TEXT: &'static str = "query ListCodes($id: ID!, $after: String) {
  codeDiscountNode(id: $id) { codeDiscount { ... on DiscountCodeBasic {
    codes(first: 250, after: $after) { nodes { id code } pageInfo { hasNextPage endCursor } }
  } } }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Listed;
    type Output = CodePage;

    fn variables(&self) -> Value {
        json!({"id": self.discount, "after": self.after})
    }

    /// None of a discount that is gone.
    fn read(&self, data: Listed) -> Result<CodePage, UserErrors> {
        let codes = data.code_discount_node.and_then(|node| node.code_discount.codes);
        let page = codes.map(|page| CodePage { codes: page.nodes, next: page.page_info.next() });
        Ok(page.unwrap_or_default())
    }
}

/// Takes codes off a discount; Shopify does it in the background. By their ids: what a search would
/// find, nobody can foresee.
#[derive(Debug, Clone)]
pub struct DeleteCodes {
    /// The discount's global id.
    pub discount: String,
    /// Global ids of codes, at most [`CODES_MAX`].
    pub codes: Vec<String>,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Deleted {
    discount_code_redeem_code_bulk_delete: Refusals,
}

impl Operation for DeleteCodes {
    const NAME: &'static str = "DeleteCodes";
    const TEXT: &'static str = "mutation DeleteCodes($id: ID!, $codes: [ID!]) {
  discountCodeRedeemCodeBulkDelete(discountId: $id, ids: $codes) {
    userErrors { code field message }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Deleted;
    type Output = ();

    fn variables(&self) -> Value {
        json!({"id": self.discount, "codes": self.codes})
    }

    fn read(&self, data: Deleted) -> Result<(), UserErrors> {
        data.discount_code_redeem_code_bulk_delete.check()
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
