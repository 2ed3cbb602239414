//! The merchant's goals: define, switch, judge what was reached.

use std::collections::{BTreeMap, HashMap};

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    goal::{GOALS_MAX, GoalKind},
    ids::{AffiliateId, GoalConversionId, GoalId},
    money::Currency,
};
use storage::{
    StorageError,
    affiliates::{Affiliate, affiliates_by_ids},
    goals::{
        Goal, GoalConversion, GoalState, goal_conversion_page, goal_counts, goal_list,
        goal_set_enabled,
    },
};

use crate::{
    error::AppError,
    flows::{
        reach_goal::judge_goal,
        save_goal::{GoalDraft, GoalError, add_goal},
    },
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, badge, count, money_or_nothing, sentence_start},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                goals::{GoalForm, GoalRow, GoalsPage, ReachedRow},
            },
            form::Field,
            parts::{Notice, Pager, Tone},
        },
    },
};

const PER_PAGE: usize = 50;

/// `GET {base}/goals`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let notice = (query.value("done") == "saved")
        .then(|| Notice { tone: Tone::Good, text: "Saved.".to_owned() });
    let before = query.value("before").parse().ok().map(GoalConversionId);
    let page = read(&shop, &GoalDraft::default(), before, notice).await?;
    shop.show(page)
}

/// `POST {base}/goals`.
///
/// # Errors
/// [`AppError`].
pub async fn create(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let value = |name: &str| fields.value(name).to_owned();
    let draft = GoalDraft {
        name: value("name"),
        slug: value("slug"),
        kind: value("kind"),
        product: value("product"),
        commission: value("commission"),
    };
    let (id, now, saving) = (shop.shop.id, shop.app.clock.now(), draft.clone());
    let books = std::sync::Arc::clone(&shop.app.books);
    let saved = shop
        .app
        .storage
        .write(move |tx| {
            let book = books.of(tx, id)?;
            add_goal(tx, &book, &saving, now)
        })
        .await;
    match saved {
        Ok(_) => Ok(see_other(&format!("{ADMIN_BASE}/goals?done=saved"))),
        Err(GoalError::Storage(error)) => Err(error.into()),
        Err(refused) => {
            let mut page = read(&shop, &draft, None, None).await?;
            let form = &mut page.form;
            let field = match refused.field() {
                "slug" => &mut form.slug,
                "kind" => &mut form.kind,
                "product" => &mut form.product,
                "commission" => &mut form.commission,
                _ => &mut form.name,
            };
            field.error = Some(sentence_start(&refused.to_string()));
            shop.show_refused(page)
        }
    }
}

/// `POST {base}/goals/{id}/switch` with `enabled`.
///
/// # Errors
/// [`AppError`]; not found for another shop's.
pub async fn switch(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let is_on = shop.form(&request, &body)?.is_on("enabled");
    let (id, now, goal) = (shop.shop.id, shop.app.clock.now(), GoalId(path.into_inner()));
    shop.app.storage.write(move |tx| goal_set_enabled(tx, id, goal, is_on, now)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/goals?done=saved")))
}

/// `POST {base}/goals/reached/{id}` with `verdict`.
///
/// # Errors
/// [`AppError`]; not found for another shop's, or one that does not wait.
pub async fn judge(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let is_approved = match fields.value("verdict") {
        "approve" => true,
        "reject" => false,
        _ => return Err(AppError::BadRequest("Approve or reject it.".to_owned())),
    };
    let (id, now) = (shop.shop.id, shop.app.clock.now());
    let reached = GoalConversionId(path.into_inner());
    let books = std::sync::Arc::clone(&shop.app.books);
    shop.app
        .storage
        .write(move |tx| {
            let book = books.of(tx, id)?;
            judge_goal(tx, &book, reached, is_approved, now)
        })
        .await?;
    Ok(see_other(&format!("{ADMIN_BASE}/goals?done=saved")))
}

async fn read(
    shop: &AdminShop,
    typed: &GoalDraft,
    before: Option<GoalConversionId>,
    notice: Option<Notice>,
) -> Result<GoalsPage, AppError> {
    let id = shop.shop.id;
    let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let goals_max = i64::try_from(GOALS_MAX).unwrap_or(i64::MAX);
    let (goals, counts, mut reached, affiliates) = shop
        .app
        .storage
        .read(move |conn| {
            let goals = goal_list(conn, id, goals_max)?;
            let counts = goal_counts(conn, id, goals_max)?;
            let reached = goal_conversion_page(conn, id, before, limit)?;
            let who: Vec<AffiliateId> = reached.iter().map(|one| one.affiliate_id).collect();
            let affiliates = affiliates_by_ids(conn, id, &who)?;
            Ok::<_, StorageError>((goals, counts, reached, affiliates))
        })
        .await?;
    let has_more = reached.len() > PER_PAGE;
    reached.truncate(PER_PAGE);
    let older = reached.last().filter(|_| has_more);
    let currency = shop.shop.currency.unwrap_or(Currency::USD);
    let field = |value: &str| Field { value: value.to_owned(), ..Field::default() };
    Ok(GoalsPage {
        frame: shop.frame(Section::Goals, notice),
        pager: Pager {
            newer: before.map(|_| format!("{ADMIN_BASE}/goals")),
            older: older.map(|one| format!("{ADMIN_BASE}/goals?before={}", one.id)),
        },
        reached: reached
            .iter()
            .map(|one| reached_row(one, &goals, &affiliates, &shop.zone))
            .collect(),
        goals: goals.iter().map(|goal| goal_row(goal, &counts, currency)).collect(),
        form: GoalForm {
            name: field(&typed.name),
            slug: field(&typed.slug),
            kind: field(&typed.kind),
            product: field(&typed.product),
            commission: field(&typed.commission),
        },
        currency: currency.to_string(),
    })
}

fn goal_row(goal: &Goal, counts: &BTreeMap<GoalId, i64>, currency: Currency) -> GoalRow {
    let kind = GoalKind::parse(&goal.kind);
    GoalRow {
        id: goal.id.to_string(),
        name: goal.name.clone(),
        slug: goal.slug.clone(),
        kind: match (kind, goal.product_id) {
            (Some(GoalKind::FirstOrder), _) => "A customer's first order".to_owned(),
            (Some(GoalKind::Product), Some(product)) => format!("Product {product} on an order"),
            (Some(GoalKind::Product), None) => "A product on an order".to_owned(),
            (Some(GoalKind::Call) | None, _) => "A call in the storefront".to_owned(),
        },
        is_called: kind == Some(GoalKind::Call),
        commission: money_or_nothing(goal.commission_minor, currency),
        reached: count(counts.get(&goal.id).copied().unwrap_or_default()),
        is_enabled: goal.is_enabled,
    }
}

fn reached_row(
    reached: &GoalConversion,
    goals: &[Goal],
    affiliates: &HashMap<AffiliateId, Affiliate>,
    zone: &Zone,
) -> ReachedRow {
    let goal = goals.iter().find(|goal| goal.id == reached.goal_id);
    let affiliate = affiliates.get(&reached.affiliate_id);
    ReachedRow {
        id: reached.id.to_string(),
        goal: goal.map(|goal| goal.name.clone()).unwrap_or_default(),
        affiliate: affiliate.map(|one| one.name.clone()).unwrap_or_default(),
        at: zone.moment(reached.at),
        commission: money_or_nothing(reached.commission_minor, reached.currency),
        status: match reached.status {
            GoalState::Pending => badge("Waits for you", Tone::Warning),
            GoalState::Approved => badge("Approved", Tone::Good),
            GoalState::Rejected => badge("Rejected", Tone::Bad),
        },
        is_pending: reached.status == GoalState::Pending,
    }
}
