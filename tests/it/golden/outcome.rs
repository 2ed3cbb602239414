//! What a test reads from a result of `tributary simulate` (scenario.md), and what must hold for
//! every order in it.

use domain::money::{Currency, Money};
use serde_json::Value;

use super::{builder::Order, fired::Fired};

/// The result of a scenario.
#[derive(Debug)]
pub(crate) struct Outcome(Value);

impl Outcome {
    /// Takes a result, after checking what must hold for every order.
    pub(crate) fn checked(result: Value) -> Self {
        let outcome = Self(result);
        outcome.list("orders").iter().for_each(|order| Played(order).check());
        outcome.list("balances").iter().for_each(|balance| outcome.check_balance(balance));
        outcome
    }

    /// A balance is the fold of the affiliate's entries: what was earned lies somewhere, and what was
    /// paid is what payouts took.
    fn check_balance(&self, balance: &Value) {
        let currency = text(&balance["currency"]);
        let part = |name: &str| amount(balance, name, currency);
        let of_orders = self.list("orders").iter().flat_map(|order| Played(order).entries());
        let own = of_orders.chain(self.list("entries")).filter(|entry| {
            entry["affiliate"] == balance["affiliate"] && entry["currency"] == currency
        });
        let (payouts, earned): (Vec<_>, Vec<_>) = own.partition(|entry| entry["kind"] == "payout");
        let sum =
            |entries: &[&Value]| entries.iter().map(|entry| minor(entry, "amount")).sum::<i64>();
        let held = part("pending") + part("payable") + part("paid");
        assert_eq!(held, sum(&earned), "{balance:#} of {:#}", self.0);
        assert_eq!(part("paid"), -sum(&payouts), "{balance:#} of {:#}", self.0);
    }

    /// What became of one order.
    pub(crate) fn order(&self, order: &Order) -> Played<'_> {
        let found = self.list("orders").iter().find(|played| played["order_id"] == order.id);
        Played(found.unwrap_or_else(|| panic!("order {} is not in {:#}", order.id, self.0)))
    }

    /// The only order of the scenario.
    pub(crate) fn only_order(&self) -> Played<'_> {
        let [played] = self.list("orders") else { panic!("not one order: {:#}", self.0) };
        Played(played)
    }

    /// An affiliate's balance as (pending, payable, paid); zeros where there is none.
    pub(crate) fn balance(&self, affiliate: &str) -> (&str, &str, &str) {
        let found = self.list("balances").iter().find(|balance| balance["affiliate"] == affiliate);
        found.map_or(("0.00", "0.00", "0.00"), |balance| {
            (text(&balance["pending"]), text(&balance["payable"]), text(&balance["paid"]))
        })
    }

    /// Firings of a postback that made a request.
    pub(crate) fn sent(&self, postback: &str) -> Vec<Fired<'_>> {
        self.fired(postback).into_iter().filter(|fired| fired.0["not_sent"].is_null()).collect()
    }

    /// Why firings of a postback made no request.
    pub(crate) fn not_sent(&self, postback: &str) -> Vec<&str> {
        let fired = self.fired(postback).into_iter();
        fired.filter_map(|fired| fired.0["not_sent"].as_str()).collect()
    }

    fn fired(&self, postback: &str) -> Vec<Fired<'_>> {
        let fired = self.list("postbacks").iter().filter(|fired| fired["postback"] == postback);
        fired.map(Fired).collect()
    }

    /// One list of the result.
    pub(super) fn list(&self, name: &str) -> &[Value] {
        self.0[name].as_array().unwrap_or_else(|| panic!("no {name} in {:#}", self.0))
    }
}

/// One order of a result.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Played<'a>(&'a Value);

impl<'a> Played<'a> {
    /// Who was credited.
    pub(crate) fn affiliate(self) -> Option<&'a str> {
        self.0["attribution"]["affiliate"].as_str()
    }

    /// By which method.
    pub(crate) fn method(self) -> Option<&'a str> {
        self.0["attribution"]["method"].as_str()
    }

    /// Why nobody was credited.
    pub(crate) fn no_credit_reason(self) -> Option<&'a str> {
        self.0["attribution"]["reason"].as_str()
    }

    /// Affiliates who were considered and lost, with the method they had.
    pub(crate) fn losers(self) -> Vec<(&'a str, &'a str)> {
        let candidates = self.0["attribution"]["candidates"].as_array().expect("candidates");
        candidates.iter().map(|lost| (text(&lost["affiliate"]), text(&lost["method"]))).collect()
    }

    /// True when nobody earns anything for the order, not even 0.00.
    pub(crate) fn has_no_conversion(self) -> bool {
        self.0["conversion"].is_null()
    }

    /// Where the conversion stands.
    pub(crate) fn status(self) -> &'a str {
        text(&self.0["conversion"]["status"])
    }

    /// Why it stands there.
    pub(crate) fn reason(self) -> Option<&'a str> {
        self.0["conversion"]["reason"].as_str()
    }

    /// The present total.
    pub(crate) fn commission(self) -> &'a str {
        text(&self.0["conversion"]["total_commission"])
    }

    /// The present base.
    pub(crate) fn sales(self) -> &'a str {
        text(&self.0["conversion"]["total_sales"])
    }

    /// The version of the program that the order uses.
    pub(crate) fn version(self) -> i64 {
        self.0["conversion"]["program_version"].as_i64().expect("a version")
    }

    /// One field of every line: `base`, `rate`, `commission`.
    pub(crate) fn lines(self, field: &str) -> Vec<&'a str> {
        let lines = self.0["lines"].as_array().expect("lines");
        lines.iter().map(|line| text(&line[field])).collect()
    }

    /// Amounts of the entries, oldest first.
    pub(crate) fn amounts(self) -> Vec<&'a str> {
        self.entries().iter().map(|entry| text(&entry["amount"])).collect()
    }

    /// Kinds of the entries, oldest first.
    pub(crate) fn kinds(self) -> Vec<&'a str> {
        self.entries().iter().map(|entry| text(&entry["kind"])).collect()
    }

    /// Reasons of the entries, oldest first.
    pub(crate) fn entry_reasons(self) -> Vec<Option<&'a str>> {
        self.entries().iter().map(|entry| entry["reason"].as_str()).collect()
    }

    /// Amounts in the affiliate's own currency, oldest first.
    pub(crate) fn payout_amounts(self) -> Vec<(&'a str, &'a str)> {
        let entries = self.entries().iter();
        entries
            .map(|entry| (text(&entry["payout_amount"]), text(&entry["payout_currency"])))
            .collect()
    }

    /// What one affiliate has earned with this order, in minor units.
    pub(crate) fn earned_minor(self, affiliate: &str) -> i64 {
        let entries = self.entries().iter();
        entries
            .filter(|entry| entry["affiliate"] == affiliate)
            .map(|entry| minor(entry, "amount"))
            .sum()
    }

    /// What one affiliate's part of the order is worth now, booked or not, in minor units.
    pub(crate) fn stands_minor(self, affiliate: &str) -> i64 {
        let conversion = &self.0["conversion"];
        let Some(currency) = conversion["currency"].as_str() else { return 0 };
        match self.0["attribution"]["shares"].as_array() {
            Some(shares) => {
                let own = shares.iter().filter(|share| share["affiliate"] == affiliate);
                own.map(|share| amount(share, "commission", currency)).sum()
            }
            None if self.affiliate() == Some(affiliate) => {
                amount(conversion, "total_commission", currency)
            }
            None => 0,
        }
    }

    /// The entries' sum in the affiliate's own currency, in minor units.
    pub(crate) fn paid_out_minor(self) -> i64 {
        self.entries().iter().map(payout_minor).sum()
    }

    /// What one affiliate's entries sum to in that affiliate's own currency, in minor units.
    pub(crate) fn paid_out_minor_of(self, affiliate: &str) -> i64 {
        let own = self.entries().iter().filter(|entry| entry["affiliate"] == affiliate);
        own.map(payout_minor).sum()
    }

    fn entries(self) -> &'a [Value] {
        self.0["entries"].as_array().expect("entries")
    }

    /// Holds for every order: lines sum to the commission, entries sum to the total, an order that
    /// is not paid has no entry, and no entry is empty.
    fn check(self) {
        let conversion = &self.0["conversion"];
        if conversion.is_null() {
            assert!(self.entries().is_empty(), "entries without a conversion: {:#}", self.0);
            return;
        }
        let total = amount(conversion, "total_commission", text(&conversion["currency"]));
        assert!(total >= 0, "a negative commission: {:#}", self.0);
        assert!(self.entries().iter().all(|entry| minor(entry, "amount") != 0), "{:#}", self.0);
        if self.status() == "recorded" {
            assert!(self.entries().is_empty(), "an unpaid order has entries: {:#}", self.0);
            return;
        }
        let Some(direct) = self.affiliate() else {
            return;
        };
        let split = self.entries().iter().any(|entry| entry["affiliate"] != direct);
        if !split {
            assert_eq!(self.earned_minor(direct), total, "entries: {:#}", self.0);
        }
        if !["rejected", "reversed"].contains(&self.status()) {
            let currency = text(&conversion["currency"]);
            let lines = self.0["lines"].as_array().expect("lines").iter();
            let sum: i64 = lines.map(|line| amount(line, "commission", currency)).sum();
            assert_eq!(sum, total, "lines: {:#}", self.0);
        }
    }
}

/// A JSON text; anything else fails the test.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("not a text: {value:#}"))
}

fn minor(entry: &Value, field: &str) -> i64 {
    amount(entry, field, text(&entry["currency"]))
}

fn payout_minor(entry: &Value) -> i64 {
    amount(entry, "payout_amount", text(&entry["payout_currency"]))
}

fn amount(object: &Value, field: &str, currency: &str) -> i64 {
    let currency = Currency::parse(currency).expect("a currency");
    let written = text(&object[field]);
    let money = Money::parse(written, currency).expect("an amount");
    assert_eq!(money.decimal(), written, "{field} is not written in {currency}'s own digits");
    money.minor
}
