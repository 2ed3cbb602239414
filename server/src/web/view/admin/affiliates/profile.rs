//! Everything about one affiliate.

use askama::Template;

use crate::web::view::{
    admin::{Frame, Section},
    form::Field,
    parts::{Badge, NameValue, When},
};

/// `{base}/affiliates/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/affiliate.html")]
pub struct AffiliatePage {
    /// Chrome.
    pub frame: Frame,
    /// Our id.
    pub id: String,
    /// Name, in any script and length.
    pub name: String,
    /// Status.
    pub status: Badge,
    /// The decisions that are possible: value and words.
    pub decisions: Vec<Decision>,
    /// Clicks, orders, sales, balances.
    pub figures: Vec<NameValue>,
    /// E-mail, number, program, upline, payout.
    pub facts: Vec<NameValue>,
    /// The link, with the code.
    pub link: String,
    /// Discount codes.
    pub codes: CodesCard,
    /// The merchant's labels.
    pub tags: Vec<String>,
    /// The merchant's notes.
    pub notes: String,
    /// What it said of itself.
    pub introduction: String,
    /// It has a password.
    pub has_password: bool,
    /// The link that sets a password, just made; shown once.
    pub password_link: Option<String>,
    /// Mails that wait for a mail server, newest first.
    pub mails: Vec<WaitingMail>,
    /// Latest orders.
    pub orders: Vec<OrderLine>,
    /// Latest payouts.
    pub payouts: Vec<PayoutLine>,
    /// The form for an amount given or taken by hand.
    pub adjust: AdjustForm,
    /// Why its payouts wait for the merchant.
    pub held: Option<String>,
    /// What was done, newest first.
    pub activity: Vec<ActivityLine>,
}

/// A button that gives the affiliate another status.
#[derive(Debug, Clone)]
pub struct Decision {
    /// As stored.
    pub status: String,
    /// On the button.
    pub label: String,
    /// Takes something away.
    pub is_harsh: bool,
}

/// An affiliate's discount codes.
#[derive(Debug, Clone, Default)]
pub struct CodesCard {
    /// The number of the program, whose page sets codes up.
    pub program: String,
    /// The program has a discount to make codes on.
    pub is_set_up: bool,
    /// Why Shopify refused that discount.
    pub problem: Option<String>,
    /// Codes that we make in Shopify.
    pub codes: Vec<CodeRow>,
    /// Codes that the merchant made.
    pub others: Vec<String>,
    /// A new code.
    pub field: Field,
}

/// A code that we make in Shopify.
#[derive(Debug, Clone)]
pub struct CodeRow {
    /// As buyers enter it.
    pub code: String,
    /// How far it got.
    pub status: Badge,
    /// Why it was refused.
    pub error: Option<String>,
    /// It can be taken away.
    pub can_take: bool,
}

/// An amount given or taken by hand.
#[derive(Debug, Clone, Default)]
pub struct AdjustForm {
    /// In the shop's currency, negative to take.
    pub amount: Field,
    /// For the affiliate.
    pub reason: Field,
    /// For the merchant.
    pub note: Field,
    /// Made with the form, so that a repeat is known.
    pub request: String,
    /// The shop's currency.
    pub currency: String,
}

/// A mail that was not sent.
#[derive(Debug, Clone)]
pub struct WaitingMail {
    /// When it was written.
    pub at: When,
    /// Subject.
    pub subject: String,
    /// Text.
    pub text: String,
    /// What the mail server said.
    pub error: Option<String>,
}

/// An order credited to it.
#[derive(Debug, Clone)]
pub struct OrderLine {
    /// Our id of the order.
    pub id: String,
    /// `#1001`.
    pub name: String,
    /// When.
    pub at: When,
    /// Status.
    pub status: Badge,
    /// Commission.
    pub commission: String,
}

/// A payment to it.
#[derive(Debug, Clone)]
pub struct PayoutLine {
    /// Number of the round.
    pub number: String,
    /// When.
    pub at: When,
    /// How far it got.
    pub status: Badge,
    /// Amount.
    pub amount: String,
}

/// One line of the record.
#[derive(Debug, Clone)]
pub struct ActivityLine {
    /// When.
    pub at: When,
    /// Who.
    pub actor: String,
    /// What.
    pub words: String,
}
