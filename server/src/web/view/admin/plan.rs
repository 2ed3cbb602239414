//! The plan of the shop, what each plan brings, and what made the merchant look.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::Badge;

/// `{base}/plan`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/plan.html")]
pub struct PlanPage {
    /// Chrome.
    pub frame: Frame,
    /// What was wanted and is not in the plan.
    pub wanted: Option<Wanted>,
    /// The present plan's name.
    pub plan: String,
    /// How its subscription stands.
    pub status: Option<Badge>,
    /// What that means.
    pub explanation: &'static str,
    /// Names of all plans, smallest first.
    pub plans: [String; 3],
    /// What not every plan brings; nothing where no plans are sold.
    pub features: Vec<FeatureRow>,
    /// Shopify's page for choosing; none where nothing is to be chosen there.
    pub plans_url: Option<String>,
    /// The plan that is paid by sales, where it can be taken.
    pub offer: Option<UsageOffer>,
    /// What is used of it, where it was.
    pub usage: Option<UsageCard>,
    /// Shopify can be asked.
    pub can_check: bool,
}

/// A feature that another plan brings.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Its name.
    pub name: String,
    /// What it is good for.
    pub text: String,
    /// The smallest plan with it.
    pub plan: String,
}

/// A row of the table.
#[derive(Debug, Clone)]
pub struct FeatureRow {
    /// Its name.
    pub name: String,
    /// What it is good for.
    pub text: String,
    /// Whether each plan brings it.
    pub brought_by: [bool; 3],
}

impl FeatureRow {
    /// The plans' names beside whether they bring it.
    fn cells<'a>(&'a self, plans: &'a [String; 3]) -> impl Iterator<Item = (&'a String, bool)> {
        plans.iter().zip(self.brought_by)
    }
}

/// A share of the sales with a limit.
#[derive(Debug, Clone)]
pub struct UsageOffer {
    /// `1.5%`.
    pub percent: String,
    /// `200.00 USD`.
    pub cap: String,
}

/// What is used in the present 30 days.
#[derive(Debug, Clone)]
pub struct UsageCard {
    /// With currency.
    pub used: String,
    /// With currency.
    pub cap: String,
    /// Of the limit.
    pub percent: String,
    /// Most of it.
    pub is_near: bool,
    /// All of it.
    pub is_reached: bool,
    /// Why the last charge was refused.
    pub problem: Option<String>,
}
