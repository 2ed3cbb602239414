//! Goals: what a merchant wants to be reached besides orders. Each is reached once by each visitor,
//! customer or order, and may earn a fixed commission.

use serde::{Deserialize, Serialize};

/// Most goals of one shop.
pub const GOALS_MAX: usize = 50;

/// The name of a goal for programs, `newsletter`: the value of `{goal}` and of the storefront's call.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GoalSlug(String);

/// Not a goal's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("use 1 to 40 small letters, digits, - or _, beginning with a letter")]
pub struct BadGoalSlug;

impl GoalSlug {
    /// Reads a name; capitals become small.
    ///
    /// ```
    /// # use domain::goal::GoalSlug;
    /// assert_eq!(GoalSlug::parse(" Newsletter ").unwrap().as_str(), "newsletter");
    /// assert!(GoalSlug::parse("two words").is_err());
    /// ```
    ///
    /// # Errors
    /// [`BadGoalSlug`].
    pub fn parse(text: &str) -> Result<Self, BadGoalSlug> {
        let slug = text.trim().to_ascii_lowercase();
        let is_plain = slug.bytes().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte)
        });
        let begins_well = slug.bytes().next().is_some_and(|byte| byte.is_ascii_lowercase());
        // `purchase` is what every order's postback says.
        let is_free = slug != "purchase";
        if is_plain && begins_well && is_free && slug.len() <= 40 {
            Ok(Self(slug))
        } else {
            Err(BadGoalSlug)
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What reaches a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalKind {
    /// The storefront calls `tributary.goal(name)`; once per visitor.
    Call,
    /// A customer's first order, if it is credited; once per customer.
    FirstOrder,
    /// A product is on a credited order; once per order.
    Product,
}

impl GoalKind {
    /// All.
    pub const ALL: [Self; 3] = [Self::Call, Self::FirstOrder, Self::Product];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::FirstOrder => "first_order",
            Self::Product => "product",
        }
    }

    /// The inverse of [`GoalKind::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where a reached goal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoalStatus {
    /// Its commission waits for the merchant: anybody can call a storefront's goal.
    Pending,
    /// Booked, or without commission.
    Approved,
    /// Refused by the merchant.
    Rejected,
}

impl GoalStatus {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// Where a goal stands that was just reached.
    #[must_use]
    pub const fn at_first(commission_minor: i64) -> Self {
        if commission_minor > 0 { Self::Pending } else { Self::Approved }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goals_name_is_plain_and_is_not_that_of_orders() {
        for bad in ["", "-x", "9lives", "ä", "purchase", "Purchase", &"x".repeat(41), "a b", "a{b}"]
        {
            assert!(GoalSlug::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(GoalSlug::parse("Sign-Up_2").unwrap().as_str(), "sign-up_2");
    }

    #[test]
    fn only_a_goal_without_commission_is_approved_at_once() {
        assert_eq!(GoalStatus::at_first(0), GoalStatus::Approved);
        assert_eq!(GoalStatus::at_first(100), GoalStatus::Pending);
    }
}
