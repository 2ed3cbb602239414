//! A sale that is entered by hand.

use askama::Template;

use super::super::{Frame, Section};
use crate::web::view::form::Field;

/// `{base}/orders/new`; posts to itself.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/sale.html")]
pub struct SalePage {
    /// Chrome.
    pub frame: Frame,
    /// The shop's currency.
    pub shop_currency: String,
    /// The form.
    pub form: SaleForm,
}

/// The sale as typed.
#[derive(Debug, Clone, Default)]
pub struct SaleForm {
    /// Code of the affiliate who brought it.
    pub code: Field,
    /// What the buyer paid.
    pub amount: Field,
    /// In another currency than the shop's.
    pub currency: Field,
    /// Units of the shop's currency for one of it.
    pub rate: Field,
    /// The day, `2026-03-01`.
    pub date: Field,
    /// What the merchant calls it.
    pub name: Field,
    /// For the merchant.
    pub note: Field,
    /// Makes a repeat of the form known.
    pub request: String,
}

impl SaleForm {
    /// A field by its name.
    pub fn field(&mut self, name: &str) -> Option<&mut Field> {
        match name {
            "code" => Some(&mut self.code),
            "amount" => Some(&mut self.amount),
            "currency" => Some(&mut self.currency),
            "rate" => Some(&mut self.rate),
            "date" => Some(&mut self.date),
            "name" => Some(&mut self.name),
            "note" => Some(&mut self.note),
            _ => None,
        }
    }
}
