//! The shop's goals, as an affiliate sees them: what they earn, and which of them it has reached.

use actix_web::{HttpRequest, HttpResponse};
use domain::{
    goal::{GOALS_MAX, GoalKind},
    ids::GoalConversionId,
    money::Currency,
};
use storage::{
    StorageError,
    goals::{Goal, GoalConversion, GoalState, goal_conversions_of_affiliate, goal_list},
};

use crate::{
    error::AppError,
    web::{
        auth::PortalAffiliate,
        display::{Zone, badge, money_or_nothing},
        forms::Fields,
        view::{
            parts::{Pager, Tone},
            portal::{
                Section,
                goals::{GoalRow, GoalsPage, ReachedRow},
            },
        },
    },
};

const PER_PAGE: usize = 50;

/// `GET {base}/goals`.
///
/// # Errors
/// [`AppError`].
pub async fn page(who: PortalAffiliate, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let before = query.value("before").parse().ok().map(GoalConversionId);
    let (shop, affiliate) = (who.shop.id, who.affiliate.id);
    let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let goals_max = i64::try_from(GOALS_MAX).unwrap_or(i64::MAX);
    let (goals, mut reached) = who
        .app
        .storage
        .read(move |conn| {
            let goals = goal_list(conn, shop, goals_max)?;
            let reached = goal_conversions_of_affiliate(conn, shop, affiliate, before, limit)?;
            Ok::<_, StorageError>((goals, reached))
        })
        .await?;
    let has_more = reached.len() > PER_PAGE;
    reached.truncate(PER_PAGE);
    let older = reached.last().filter(|_| has_more);
    let address = |more: &str| format!("{}/goals{more}", who.base());
    let currency = who.shop.currency.unwrap_or(Currency::USD);
    let page = GoalsPage {
        frame: who.frame(Section::Orders, None),
        pager: Pager {
            newer: before.map(|_| address("")),
            older: older.map(|one| address(&format!("?before={}", one.id))),
        },
        reached: reached.iter().map(|one| reached_row(one, &goals, &who.zone)).collect(),
        goals: goals
            .iter()
            .filter(|goal| goal.is_enabled)
            .map(|goal| goal_row(goal, currency))
            .collect(),
    };
    who.show(page)
}

fn goal_row(goal: &Goal, currency: Currency) -> GoalRow {
    GoalRow {
        name: goal.name.clone(),
        slug: goal.slug.clone(),
        kind: match GoalKind::parse(&goal.kind) {
            Some(GoalKind::FirstOrder) => "A customer's first order",
            Some(GoalKind::Product) => "An order with a certain product",
            Some(GoalKind::Call) | None => "Something a visitor does in the shop",
        }
        .to_owned(),
        commission: money_or_nothing(goal.commission_minor, currency),
    }
}

fn reached_row(reached: &GoalConversion, goals: &[Goal], zone: &Zone) -> ReachedRow {
    let goal = goals.iter().find(|goal| goal.id == reached.goal_id);
    ReachedRow {
        goal: goal.map(|goal| goal.name.clone()).unwrap_or_default(),
        at: zone.moment(reached.at),
        commission: money_or_nothing(reached.commission_minor, reached.currency),
        status: match reached.status {
            GoalState::Pending => badge("Waits for the shop", Tone::Warning),
            GoalState::Approved => badge("Approved", Tone::Good),
            GoalState::Rejected => badge("Rejected", Tone::Bad),
        },
    }
}
