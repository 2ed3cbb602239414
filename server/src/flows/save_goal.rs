//! The merchant defines goals and switches them. A goal's name stays, because postbacks and the
//! merchant's own script use it.

use domain::{
    goal::{BadGoalSlug, GOALS_MAX, GoalKind, GoalSlug},
    ids::{GoalId, ShopifyId},
    money::Money,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    goals::{self, Goal},
    shops::shop_lock,
};

use super::shop_book::ShopBook;

/// What the merchant entered.
#[derive(Debug, Clone, Default)]
pub struct GoalDraft {
    /// For people.
    pub name: String,
    /// For programs.
    pub slug: String,
    /// What reaches it.
    pub kind: String,
    /// The product's id, for a goal that is one.
    pub product: String,
    /// What it earns; empty for nothing.
    pub commission: String,
}

/// Why nothing was saved, by field.
#[derive(Debug, thiserror::Error)]
pub enum GoalError {
    /// No name.
    #[error("enter a name of at most 80 characters")]
    Name,
    /// No name for programs.
    #[error(transparent)]
    Slug(#[from] BadGoalSlug),
    /// Used already.
    #[error("another goal has this name")]
    Taken,
    /// No kind.
    #[error("choose what reaches the goal")]
    Kind,
    /// No product.
    #[error("enter the product's number, as in its address in the Shopify admin")]
    Product,
    /// No amount.
    #[error("enter an amount such as 2.50, or nothing")]
    Commission,
    /// [`GOALS_MAX`] already.
    #[error("no more than {GOALS_MAX} goals")]
    TooMany,
    /// The store.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl GoalError {
    /// The field that it is about.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name | Self::TooMany | Self::Storage(_) => "name",
            Self::Slug(_) | Self::Taken => "slug",
            Self::Kind => "kind",
            Self::Product => "product",
            Self::Commission => "commission",
        }
    }
}

impl storage::TxError for GoalError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            _ => None,
        }
    }
}

/// Defines a goal.
///
/// # Errors
/// [`GoalError`].
pub fn add_goal(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    draft: &GoalDraft,
    now: UtcTime,
) -> Result<GoalId, GoalError> {
    let name = draft.name.trim();
    if name.is_empty() || name.chars().count() > 80 {
        return Err(GoalError::Name);
    }
    let slug = GoalSlug::parse(&draft.slug)?;
    let kind = GoalKind::parse(&draft.kind).ok_or(GoalError::Kind)?;
    let product_id = match kind {
        GoalKind::Product => {
            let number = draft.product.trim().rsplit('/').next().unwrap_or_default().parse();
            Some(ShopifyId(number.map_err(|_bad| GoalError::Product)?))
        }
        GoalKind::Call | GoalKind::FirstOrder => None,
    };
    let commission = match draft.commission.trim() {
        "" => Money::zero(book.currency()),
        text => Money::parse(text, book.currency()).map_err(|_bad| GoalError::Commission)?,
    };
    if commission.minor < 0 {
        return Err(GoalError::Commission);
    }
    // Of two that are defined at once the second is counted with the first.
    shop_lock(tx, book.shop)?;
    let limit = i64::try_from(GOALS_MAX).unwrap_or(i64::MAX);
    let known = goals::goal_list(tx, book.shop, limit)?;
    if known.len() >= GOALS_MAX {
        return Err(GoalError::TooMany);
    }
    if known.iter().any(|goal| goal.slug == slug.as_str()) {
        return Err(GoalError::Taken);
    }
    let goal = Goal {
        id: GoalId(tx.next_id(now)),
        shop_id: book.shop,
        slug: slug.as_str().to_owned(),
        name: name.to_owned(),
        kind: kind.as_str().to_owned(),
        product_id,
        commission_minor: commission.minor,
        is_enabled: true,
        created_at: now,
        updated_at: now,
    };
    goals::goal_insert(tx, &goal)?;
    Ok(goal.id)
}
