//! An order as a test describes it, and how it changes. Amounts are written as in the rules
//! (`"30.00"`); the payload that Shopify would send is made in `payload`.

use std::fmt;

use domain::money::{Currency, Money, divide_half_away};
use serde_json::Value;

use super::{
    line::{Line, line},
    refund::Refund,
};

/// When the orders of the scenarios are placed, unless they say otherwise.
pub(crate) const CREATED_AT: &str = "2026-03-01T12:00:00Z";

/// How far the payment got, as the test sets it; refunds change what the payload says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Payment {
    Pending,
    PartiallyPaid,
    Paid,
    Voided,
}

/// An order with everything that happened to it so far.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) id: u64,
    pub(crate) created_at: String,
    pub(super) updated_at: String,
    pub(super) currency: Currency,
    pub(super) presentment: Option<(Currency, i64)>,
    pub(super) taxes_included: bool,
    pub(super) test: bool,
    pub(super) payment: Payment,
    pub(super) cancelled_at: Option<String>,
    pub(super) lines: Vec<Line>,
    pub(super) shipping: String,
    pub(super) shipping_tax: String,
    pub(super) duties: String,
    pub(super) codes: Vec<String>,
    pub(super) gateways: Vec<String>,
    pub(super) source: String,
    pub(super) customer: Option<u64>,
    pub(super) email: String,
    pub(super) refunds: Vec<Refund>,
}

impl fmt::Debug for Order {
    /// What a failing test needs: state, lines as `left/quantity at price - discount, tax`, refunds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (status, currency) = (self.financial_status(), self.currency);
        let taxes = if self.taxes_included { "included" } else { "excluded" };
        write!(f, "{} at {}: {status} {currency}, taxes {taxes}", self.id, self.updated_at)?;
        for line in &self.lines {
            let Line { title, quantity, price, discount, tax, .. } = line;
            let left = quantity - line.removed;
            write!(f, "; {title} {left}/{quantity} at {price} - {discount}, tax {tax}")?;
        }
        write!(f, "; refunds {:?}", self.refunds)
    }
}

impl Order {
    /// Order R of domain rules 3.9: A 2 × 30.00, B 1 × 40.00, 10 % order discount (6.00 + 4.00),
    /// shipping 10.00, tax 8.00; base 90.00. Paid.
    pub(crate) fn reference() -> Self {
        Self::of([
            line("A", 2, "30.00").discount("6.00").tax("4.80"),
            line("B", 1, "40.00").discount("4.00").tax("3.20"),
        ])
        .shipping("10.00")
    }

    /// A paid order in USD, placed on the web by customer 207119551 with Anna's coupon, with
    /// nothing but these lines.
    pub(crate) fn of(lines: impl IntoIterator<Item = Line>) -> Self {
        Self {
            id: 450_789_469,
            created_at: CREATED_AT.to_owned(),
            updated_at: CREATED_AT.to_owned(),
            currency: Currency::USD,
            presentment: None,
            taxes_included: false,
            test: false,
            payment: Payment::Paid,
            cancelled_at: None,
            lines: lines.into_iter().collect(),
            shipping: "0".to_owned(),
            shipping_tax: "0".to_owned(),
            duties: "0".to_owned(),
            codes: vec!["ANNA10".to_owned()],
            gateways: vec!["shopify_payments".to_owned()],
            source: "web".to_owned(),
            customer: Some(207_119_551),
            email: "bob.norman@example.net".to_owned(),
            refunds: Vec::new(),
        }
    }

    /// One unit of one product for this price.
    pub(crate) fn single(price: &str) -> Self {
        Self::of([line("A", 1, price)])
    }

    /// Another order with the same content.
    pub(crate) fn id(mut self, id: u64) -> Self {
        self.id = id;
        self
    }

    /// Placed then.
    pub(crate) fn placed_at(mut self, time: &str) -> Self {
        time.clone_into(&mut self.created_at);
        time.clone_into(&mut self.updated_at);
        self
    }

    /// The shop's currency.
    pub(crate) fn currency(mut self, code: &str) -> Self {
        self.currency = Currency::parse(code).expect("a currency");
        self
    }

    /// What the buyer saw: another currency, worth so many ten-thousandths of the shop's.
    pub(crate) fn presented_in(mut self, code: &str, ten_thousandths: i64) -> Self {
        self.presentment = Some((Currency::parse(code).expect("a currency"), ten_thousandths));
        self
    }

    /// Prices contain the tax.
    pub(crate) fn taxes_included(mut self) -> Self {
        self.taxes_included = true;
        self
    }

    /// Shipping; without tax on top unless the prices contain it.
    pub(crate) fn shipping(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.shipping);
        self
    }

    /// Duties on top.
    pub(crate) fn duties(mut self, amount: &str) -> Self {
        amount.clone_into(&mut self.duties);
        self
    }

    /// Codes entered at the checkout, first one first. The discounts are on the lines.
    pub(crate) fn codes<const N: usize>(mut self, codes: [&str; N]) -> Self {
        self.codes = codes.map(str::to_owned).into();
        self
    }

    /// How it was paid, e.g. `gift_card`.
    pub(crate) fn gateways<const N: usize>(mut self, gateways: [&str; N]) -> Self {
        self.gateways = gateways.map(str::to_owned).into();
        self
    }

    /// Where it was placed: `pos`, `shopify_draft_order`, …
    pub(crate) fn source(mut self, name: &str) -> Self {
        name.clone_into(&mut self.source);
        self
    }

    /// Who bought.
    pub(crate) fn buyer(mut self, customer: u64, email: &str) -> Self {
        self.customer = Some(customer);
        email.clone_into(&mut self.email);
        self
    }

    /// Bought without an account.
    pub(crate) fn guest(mut self) -> Self {
        self.customer = None;
        self
    }

    /// An order of the test gateway.
    pub(crate) fn test(mut self) -> Self {
        self.test = true;
        self
    }

    /// Nothing paid yet.
    pub(crate) fn unpaid(mut self) -> Self {
        self.payment = Payment::Pending;
        self
    }

    /// An amount of this order as it is written in payloads.
    pub(crate) fn text(&self, minor: i64) -> String {
        Money::new(minor, self.currency).decimal()
    }

    /// The payload of an order webhook at this point of the order's life.
    pub(crate) fn payload(&self) -> Value {
        super::payload::order(self)
    }

    /// The Shopify id of a line.
    pub(crate) fn line_id(&self, title: &str) -> u64 {
        let position = self.lines.iter().position(|line| line.title == title);
        let position = u64::try_from(position.expect("a line of the order")).expect("few lines");
        self.id * 10 + position + 1
    }

    /// An amount of this order in minor units.
    pub(super) fn minor(&self, amount: &str) -> i64 {
        Money::parse(amount, self.currency).expect("an amount").minor
    }

    /// What `units` of a line cost after discounts, in minor units; tax included where prices
    /// include it. Shopify rounds the share of the discount to the cent.
    pub(super) fn net_of(&self, line: &Line, units: i64) -> i64 {
        let net = self.minor(&line.price) * line.quantity - self.minor(&line.discount);
        share(net, units, line.quantity)
    }

    /// The tax of `units` of a line.
    pub(super) fn tax_of(&self, line: &Line, units: i64) -> i64 {
        share(self.minor(&line.tax), units, line.quantity)
    }

    pub(super) fn line(&self, title: &str) -> &Line {
        self.lines.iter().find(|line| line.title == title).expect("a line of the order")
    }
}

fn share(total: i64, units: i64, of: i64) -> i64 {
    let share = divide_half_away(i128::from(total) * i128::from(units), i128::from(of));
    i64::try_from(share).expect("an amount")
}
