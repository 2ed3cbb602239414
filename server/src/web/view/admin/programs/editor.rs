//! The program editor: the form, the worked example beside it, and the history.

use askama::Template;

use crate::web::view::{
    admin::{Frame, Section},
    form::{Choice, Field, Rows},
    parts::When,
};

/// `{base}/programs/new` and `{base}/programs/{number}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/program_editor.html")]
pub struct ProgramEditorPage {
    /// Chrome.
    pub frame: Frame,
    /// The shop's number for it; none for a new one.
    pub number: Option<String>,
    /// The version that was loaded, sent back so that nobody's work is overwritten.
    pub version: String,
    /// The shop's currency.
    pub currency: String,
    /// The shop's window in days, which an empty field means.
    pub shop_window: String,
    /// Programs to begin with.
    pub starters: Vec<Choice>,
    /// The form.
    pub form: ProgramForm,
    /// The order of the example.
    pub sample: SampleForm,
    /// What it earns.
    pub example: Example,
    /// The public sign-up page, once the program exists and the page is open.
    pub signup_url: Option<String>,
}

/// Every field of a program. Rows are sent as `list.cell`.
#[derive(Debug, Clone)]
pub struct ProgramForm {
    /// Name.
    pub name: Field,
    /// `percent`, `flat_per_order`, `flat_per_item`.
    pub commission_type: Field,
    /// Percent or amount.
    pub commission_value: Field,
    /// Special rates.
    pub rates: Rows,
    /// Products that earn nothing.
    pub exclude_products: Field,
    /// Collections that earn nothing.
    pub exclude_collections: Field,
    /// Shipping counts.
    pub shipping: bool,
    /// Tax counts.
    pub tax: bool,
    /// `deduct` or `ignore`.
    pub discounts: Field,
    /// `whole` or `marginal`.
    pub value_mode: Field,
    /// Rates by the size of the order.
    pub value_tiers: Rows,
    /// `lifetime`, `month`, `quarter`.
    pub sales_scope: Field,
    /// `whole` or `marginal`.
    pub sales_mode: Field,
    /// Lower sales take the rate back.
    pub demote: bool,
    /// Rates by the affiliate's sales.
    pub sales_tiers: Rows,
    /// Bonuses.
    pub bonuses: Rows,
    /// What uplines get.
    pub levels: Rows,
    /// Rates by charge of a subscription.
    pub charges: Rows,
    /// Charges that earn at all.
    pub max_charges: Field,
    /// Most one order earns.
    pub cap_per_order: Field,
    /// Smallest order.
    pub minimum_order: Field,
    /// `all` or `new_only`.
    pub customers: Field,
    /// Days in which a click counts.
    pub window_days: Field,
    /// Days until approval.
    pub hold_days: Field,
    /// The hold starts with fulfilment.
    pub require_fulfilment: bool,
    /// Unpaid orders count.
    pub accept_unpaid: bool,
    /// Orders worth 0.00 are told to trackers.
    pub fire_on_zero: bool,
    /// `pro_rata` or `ignore`.
    pub amount_only_refunds: Field,
    /// `zero` or `count`.
    pub cancelled_but_paid: Field,
    /// Smallest payout.
    pub minimum_payout: Field,
    /// Anybody may apply.
    pub is_open: bool,
    /// Who applies is active at once.
    pub approves_at_once: bool,
    /// What the sign-up page says.
    pub welcome: Field,
    /// What one agrees to.
    pub terms: Field,
}

impl ProgramForm {
    /// What was refused, with the id of its field and as they follow each other in the form: for the
    /// summary above it.
    fn problems(&self) -> Vec<(&'static str, &str)> {
        let fields = [
            ("name", self.name.error.as_deref()),
            ("commission_type", self.commission_type.error.as_deref()),
            ("commission_value", self.commission_value.error.as_deref()),
            ("rates", self.rates.first_error()),
            ("exclude_products", self.exclude_products.error.as_deref()),
            ("exclude_collections", self.exclude_collections.error.as_deref()),
            ("value_tiers", self.value_tiers.first_error()),
            ("sales_tiers", self.sales_tiers.first_error()),
            ("bonuses", self.bonuses.first_error()),
            ("levels", self.levels.first_error()),
            ("charges", self.charges.first_error()),
            ("max_charges", self.max_charges.error.as_deref()),
            ("cap_per_order", self.cap_per_order.error.as_deref()),
            ("minimum_order", self.minimum_order.error.as_deref()),
            ("welcome", self.welcome.error.as_deref()),
            ("terms", self.terms.error.as_deref()),
            ("window_days", self.window_days.error.as_deref()),
            ("hold_days", self.hold_days.error.as_deref()),
            ("minimum_payout", self.minimum_payout.error.as_deref()),
        ];
        fields.into_iter().filter_map(|(id, error)| Some((id, error?))).collect()
    }

    fn has_exclusions(&self) -> bool {
        let is_used = |field: &Field| !field.value.is_empty() || field.error.is_some();
        is_used(&self.exclude_products) || is_used(&self.exclude_collections)
    }
}

/// The order of the example, part of the same form. Amounts in the shop's currency.
#[derive(Debug, Clone)]
pub struct SampleForm {
    /// Its lines: `quantity`, `price`, `product`.
    pub lines: Rows,
    /// Discount on the whole order.
    pub discount: Field,
    /// Shipping.
    pub shipping: Field,
    /// Tax on the goods.
    pub tax: Field,
    /// Prices contain the tax.
    pub taxes_included: bool,
    /// Coupon of the affiliate; empty for a link.
    pub coupon: Field,
    /// Code of the affiliate.
    pub affiliate: Field,
    /// `new` or `returning`.
    pub customer: Field,
    /// The affiliate's approved sales before.
    pub sales: Field,
    /// Which charge of a subscription.
    pub charge: Field,
}

/// What the example's order earns, as a fragment of the editor page.
#[derive(Debug, Clone, Default, Template)]
#[template(path = "admin/program_example.html")]
pub struct Example {
    /// What keeps it from being computed.
    pub errors: Vec<String>,
    /// The result.
    pub result: Option<ExampleResult>,
}

/// What an order earns.
#[derive(Debug, Clone)]
pub struct ExampleResult {
    /// Line by line.
    pub lines: Vec<ExampleLine>,
    /// What counts, with currency.
    pub sales: String,
    /// The commission, with currency.
    pub commission: String,
    /// Why nothing is earned, or that a cap has bitten.
    pub remark: Option<String>,
    /// What uplines get: `Level 1`, amount.
    pub levels: Vec<(String, String)>,
}

/// One line of the example.
#[derive(Debug, Clone)]
pub struct ExampleLine {
    /// `2 × 30.00`.
    pub title: String,
    /// What counts.
    pub base: String,
    /// The rate.
    pub rate: String,
    /// What it earns.
    pub commission: String,
    /// Where the rate comes from.
    pub why: String,
}

/// `{base}/programs/{number}/history`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/program_history.html")]
pub struct ProgramHistoryPage {
    /// Chrome.
    pub frame: Frame,
    /// The shop's number for it.
    pub number: String,
    /// Its name.
    pub name: String,
    /// Versions, newest first.
    pub versions: Vec<VersionRow>,
}

/// One version.
#[derive(Debug, Clone)]
pub struct VersionRow {
    /// Its number.
    pub version: String,
    /// Since when.
    pub since: When,
    /// Orders placed now use it.
    pub is_current: bool,
    /// What it changed, in words; of the first version all of it.
    pub changes: Vec<String>,
}
