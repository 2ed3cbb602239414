//! The plan: which one the shop has, what each brings, what is used of one that is paid by sales. Plans
//! are chosen on Shopify's own page.

use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{
    money::Money,
    plan::{Feature, Plan},
};
use shopify::shop_domain::ShopDomain;

use crate::{
    admin_api::{AdminError, ShopAddress},
    error::AppError,
    flows::plans::Entitlement,
    shopify_work::{offer_usage_plan, raise_cap, read_plan},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                plan::{FeatureRow, PlanPage, UsageCard, UsageOffer, Wanted},
            },
            parts::{Badge, Notice, Tone},
        },
    },
};

/// Longest that the page waits for Shopify when the merchant comes back from choosing.
const PAGE_WAITS: Duration = Duration::from_secs(3);
/// A cap that is used so far, in percent, is soon reached.
const NEAR_PERCENT: i64 = 90;

/// `GET {base}/plan`; with `feature` what made the merchant look. Shopify's page for choosing sends the
/// merchant back here with `plan_handle` or `charge_id`, which prove nothing: Shopify is asked.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let mut notice = match query.value("done") {
        "read" => Some((Tone::Good, "Asked Shopify: this is your plan now.".to_owned())),
        _ => None,
    };
    if query.given("plan_handle").or(query.given("charge_id")).is_some() {
        notice = match ask_shopify(&shop).await {
            Ok(()) => Some((Tone::Good, "Your plan is up to date.".to_owned())),
            Err(error) => Some((Tone::Warning, error.advice())),
        };
    }
    let entitlement = shop.entitlement().await?;
    let wanted = Feature::parse(query.value("feature"));
    let wanted = wanted.filter(|feature| !entitlement.brings(*feature));
    let notice = notice.map(|(tone, text)| Notice { tone, text });
    shop.show(page_of(&shop, &entitlement, wanted, notice))
}

/// `POST {base}/plan/check`: Shopify is asked which plan it is.
///
/// # Errors
/// [`AppError`].
pub async fn check(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    match ask_shopify(&shop).await {
        Ok(()) => Ok(see_other(&format!("{ADMIN_BASE}/plan?done=read"))),
        Err(error) => refused(&shop, &error).await,
    }
}

/// `POST {base}/plan/by-sales`: to Shopify's page where the plan that is paid by sales is accepted.
///
/// # Errors
/// [`AppError`].
pub async fn choose_by_sales(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let client_id = &shop.app.settings.shopify_api_key;
    let store = ShopDomain::parse(&shop.shop.domain)
        .map_err(|error| AppError::Internal(anyhow::anyhow!("{error}")))?;
    let back = format!("/apps/{client_id}{ADMIN_BASE}/plan");
    let back = shop.app.admin_api.endpoints().admin(store.handle(), &back);
    match offer_usage_plan(&shop.app, &ShopAddress::from(&shop.shop), back).await {
        Ok(address) => shop.leave(&request, &address),
        Err(error) => refused(&shop, &error).await,
    }
}

/// `POST {base}/plan/raise`: to Shopify's page where a higher limit is accepted.
///
/// # Errors
/// [`AppError`].
pub async fn raise(
    shop: AdminShop,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    match raise_cap(&shop.app, &ShopAddress::from(&shop.shop)).await {
        Ok(address) => shop.leave(&request, &address),
        Err(error) => refused(&shop, &error).await,
    }
}

async fn ask_shopify(shop: &AdminShop) -> Result<(), AdminError> {
    let address = ShopAddress::from(&shop.shop);
    let asked = tokio::time::timeout(PAGE_WAITS, read_plan(&shop.app, &address)).await;
    asked.unwrap_or_else(|_elapsed| Err(AdminError::NotNow("no answer in time".to_owned())))
}

async fn refused(shop: &AdminShop, error: &AdminError) -> Result<HttpResponse, AppError> {
    tracing::warn!(shop = shop.shop.id.0, %error, "the plan stays as it is");
    let notice = Some(Notice { tone: Tone::Bad, text: error.advice() });
    shop.show_refused(page_of(shop, &shop.entitlement().await?, None, notice))
}

/// The page; with what was wanted and is not in the plan.
pub(in crate::web) fn page_of(
    shop: &AdminShop,
    entitlement: &Entitlement,
    wanted: Option<Feature>,
    notice: Option<Notice>,
) -> PlanPage {
    let brings = |feature: Feature| Plan::ALL.map(|plan| plan.brings(feature));
    let (status, explanation) = standing(entitlement);
    PlanPage {
        frame: shop.frame(Section::Settings, notice),
        wanted: wanted.map(|feature| Wanted {
            name: words(feature).0.to_owned(),
            text: words(feature).1.to_owned(),
            plan: feature.plan().name().to_owned(),
        }),
        plan: plan_name(entitlement),
        status,
        explanation,
        plans: Plan::ALL.map(|plan| plan.name().to_owned()),
        // Where no plans are sold, a table of them would only raise questions.
        features: Feature::ALL
            .iter()
            .filter(|_| shop.sells_plans())
            .map(|feature| FeatureRow {
                name: words(*feature).0.to_owned(),
                text: words(*feature).1.to_owned(),
                brought_by: brings(*feature),
            })
            .collect(),
        plans_url: plans_url(shop).filter(|_| !entitlement.is_open),
        offer: offer(shop, entitlement),
        usage: usage(entitlement),
        can_check: shop.sells_plans(),
    }
}

/// What a feature is called, and what it is good for.
pub(in crate::web) const fn words(feature: Feature) -> (&'static str, &'static str) {
    match feature {
        Feature::MorePrograms => (
            "Several programs",
            "Other commissions and rules for influencers, partners or wholesalers.",
        ),
        Feature::FacebookPixels => (
            "Affiliates' Facebook pixels",
            "Affiliates measure their own advertising: their pixel hears of their visitors only.",
        ),
        Feature::ShopCodes => (
            "Discount codes made in Shopify",
            "Every approved affiliate gets a code at once, and a code that is taken away stops.",
        ),
        Feature::OwnPostbacks => (
            "Your own postbacks",
            "Every conversion and change of every affiliate goes to your CRM or warehouse.",
        ),
        Feature::StoreCredit => (
            "Payouts by store credit",
            "Affiliates are paid in your shop with one press of a button.",
        ),
    }
}

fn plan_name(entitlement: &Entitlement) -> String {
    let told = entitlement.told.as_ref().and_then(|told| told.name.clone());
    match (entitlement.is_open, told) {
        (_, Some(name)) => name,
        (true, None) => "Everything included".to_owned(),
        (false, None) => Plan::Free.name().to_owned(),
    }
}

/// How the subscription stands, and what that means.
fn standing(entitlement: &Entitlement) -> (Option<Badge>, &'static str) {
    let badge = |text: &str, tone| Some(Badge { text: text.to_owned(), tone });
    if entitlement.is_open {
        return (None, "Nothing is charged in this shop, and everything is open.");
    }
    let status = entitlement.told.as_ref().map_or("", |told| told.status.as_str());
    match status {
        "ACTIVE" => (badge("Active", Tone::Good), "Shopify charges it with your own bill."),
        "PENDING" => (
            badge("Waits for you", Tone::Warning),
            "You have chosen a plan and not accepted it yet.",
        ),
        "FROZEN" => (
            badge("Frozen", Tone::Bad),
            "Shopify has frozen the subscription because a bill is open. What runs goes on running.",
        ),
        "DECLINED" | "EXPIRED" => (
            badge("Not accepted", Tone::Neutral),
            "The plan that was offered was not accepted. Nothing is charged.",
        ),
        "CANCELLED" => (
            badge("Ended", Tone::Neutral),
            "The plan has ended. What runs goes on running; only new things of a plan are closed.",
        ),
        _ => {
            (None, "Orders, commissions, links, coupons and postbacks of affiliates cost nothing.")
        }
    }
}

/// Shopify's own page for choosing a plan; none where plans are not sold in the listing.
pub(in crate::web) fn plans_url(shop: &AdminShop) -> Option<String> {
    let handle = shop.app.settings.shopify_app_handle.as_ref()?;
    let store = ShopDomain::parse(&shop.shop.domain).ok()?;
    let path = format!("/charges/{handle}/pricing_plans");
    Some(shop.app.admin_api.endpoints().admin(store.handle(), &path))
}

/// The plan that is paid by sales, where it is offered and not taken.
fn offer(shop: &AdminShop, entitlement: &Entitlement) -> Option<UsageOffer> {
    let terms = shop.app.settings.usage_plan.as_ref()?;
    let is_taken = entitlement.told.as_ref().is_some_and(|told| told.usage_line.is_some());
    let currency = shop.shop.currency.filter(|_| !is_taken && !entitlement.is_open)?;
    let cap = Money::parse(&terms.cap, currency).ok()?;
    Some(UsageOffer { percent: terms.rate.to_string(), cap: cap.to_string() })
}

fn usage(entitlement: &Entitlement) -> Option<UsageCard> {
    let told = entitlement.told.as_ref()?;
    let (used, cap) = told.usage()?;
    let percent = used_percent(used, cap);
    Some(UsageCard {
        used: used.to_string(),
        cap: cap.to_string(),
        percent: percent.to_string(),
        is_near: percent >= NEAR_PERCENT,
        is_reached: percent >= 100,
        problem: told.usage_problem.clone(),
    })
}

fn used_percent(used: Money, cap: Money) -> i64 {
    if cap.minor <= 0 { 0 } else { used.minor.saturating_mul(100) / cap.minor }
}

/// Whether the merchant should look at what is used: the cap is near, or a charge was refused.
pub(in crate::web) fn usage_needs_attention(entitlement: &Entitlement) -> bool {
    usage(entitlement).is_some_and(|usage| usage.is_near || usage.problem.is_some())
}
