//! Store credit. Shopify takes no idempotency key for it, so whoever credits writes the intent first
//! and looks here, after a lost answer, whether the credit is there.

use domain::{
    ids::ShopifyId,
    money::{Currency, Money},
    time::UtcTime,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusals, gid};
use crate::graphql::{Operation, UserErrors};

/// Gives a customer store credit; an account is made where there is none.
#[derive(Debug, Clone, Copy)]
pub struct GiveCredit {
    /// The customer.
    pub customer: ShopifyId,
    /// How much.
    pub amount: Money,
}

/// `data`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Given {
    store_credit_account_credit: GivenJson,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenJson {
    store_credit_account_transaction: Option<TransactionJson>,
    #[serde(flatten)]
    refusals: Refusals,
}

impl Operation for GiveCredit {
    const NAME: &'static str = "GiveCredit";
    const TEXT: &'static str = "mutation GiveCredit($id: ID!, $amount: MoneyInput!) {
  storeCreditAccountCredit(id: $id, creditInput: {creditAmount: $amount}) {
    storeCreditAccountTransaction { id createdAt amount { amount currencyCode } }
    userErrors { code field message }
  }
}";
    // The one operation that moves money: never sent twice by itself.
    const IS_REPEATABLE: bool = false;
    type Data = Given;
    type Output = String;

    fn variables(&self) -> Value {
        json!({
            "id": gid("Customer", self.customer),
            "amount": {
                "amount": self.amount.decimal(),
                "currencyCode": self.amount.currency.as_str(),
            },
        })
    }

    /// The transaction's global id.
    fn read(&self, data: Given) -> Result<String, UserErrors> {
        let given = data.store_credit_account_credit;
        given.refusals.check()?;
        let made = given.store_credit_account_transaction;
        made.map(|made| made.id).ok_or_else(|| UserErrors::nothing_came("the transaction"))
    }
}

/// Credits that a customer was given lately, newest first.
#[derive(Debug, Clone, Copy)]
pub struct ReadCredits {
    /// The customer.
    pub customer: ShopifyId,
}

/// A credit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The transaction's global id.
    pub id: String,
    /// When it was given.
    pub at: UtcTime,
    /// How much.
    pub amount: Money,
}

/// `data`.
#[derive(Debug, Deserialize)]
pub struct Read {
    customer: Option<CustomerJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CustomerJson {
    store_credit_accounts: Nodes<AccountJson>,
}

#[derive(Debug, Deserialize)]
struct AccountJson {
    transactions: Nodes<TransactionJson>,
}

#[derive(Debug, Deserialize)]
struct Nodes<T> {
    nodes: Vec<T>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct TransactionJson {
    #[serde(default)]
    id: String,
    #[serde(default)]
    created_at: Option<UtcTime>,
    #[serde(default)]
    amount: Option<MoneyJson>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct MoneyJson {
    amount: String,
    currency_code: String,
}

impl TransactionJson {
    fn credit(self) -> Option<Credit> {
        let money = self.amount?;
        let currency = Currency::parse(&money.currency_code).ok()?;
        let amount = Money::from_decimal(money.amount.parse().ok()?, currency).ok()?;
        Some(Credit { id: self.id, at: self.created_at?, amount })
            .filter(|credit| !credit.id.is_empty() && credit.amount.minor > 0)
    }
}

impl Operation for ReadCredits {
    const NAME: &'static str = "ReadCredits";
    const TEXT: &'static str = "query ReadCredits($id: ID!) {
  customer(id: $id) {
    storeCreditAccounts(first: 5) { nodes {
      transactions(first: 50, sortKey: CREATED_AT, reverse: true) { nodes {
        ... on StoreCreditAccountCreditTransaction { id createdAt amount { amount currencyCode } }
      } }
    } }
  }
}";
    const IS_REPEATABLE: bool = true;
    type Data = Read;
    type Output = Vec<Credit>;

    fn variables(&self) -> Value {
        json!({"id": gid("Customer", self.customer)})
    }

    fn read(&self, data: Read) -> Result<Vec<Credit>, UserErrors> {
        let accounts = data.customer.map(|found| found.store_credit_accounts.nodes);
        let transactions = accounts.unwrap_or_default().into_iter().flat_map(|account| {
            account.transactions.nodes.into_iter().filter_map(TransactionJson::credit)
        });
        Ok(transactions.collect())
    }
}
