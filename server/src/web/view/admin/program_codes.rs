//! The discount codes of a program.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::form::Field;

/// `{base}/programs/{number}/codes`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/program_codes.html")]
pub struct ProgramCodesPage {
    /// Chrome.
    pub frame: Frame,
    /// The program's number.
    pub number: String,
    /// Its name.
    pub name: String,
    /// The shop's currency.
    pub currency: String,
    /// The discount that codes are made on; none while it has to be set up.
    pub running: Option<Running>,
    /// What the form holds.
    pub form: DiscountForm,
}

/// A discount that runs.
#[derive(Debug, Clone)]
pub struct Running {
    /// What buyers save.
    pub saving: Option<String>,
    /// Its name in the merchant's list of discounts.
    pub title: String,
    /// Only once for each customer.
    pub once_per_customer: bool,
    /// It is being stopped.
    pub is_ending: bool,
    /// Shopify has it: it is made with the first code.
    pub is_made: bool,
    /// What Shopify said against it.
    pub problem: Option<String>,
}

/// The form of a new discount.
#[derive(Debug, Clone, Default)]
pub struct DiscountForm {
    /// An amount, not a percentage.
    pub is_amount: bool,
    /// How much.
    pub value: Field,
    /// Only once for each customer.
    pub once_per_customer: bool,
    /// Whoever is approved gets a code.
    pub is_automatic: bool,
}
