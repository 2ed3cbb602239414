//! One affiliate's page: who it is, what it brings, what was done about it, and how it gets in.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Bytes, Path},
};
use domain::{
    affiliate::AffiliateStatus,
    ids::{AffiliateId, ShopId},
};
use storage::{
    DbConn, StorageError,
    activity::{Activity, Subject, activity_page},
    affiliates::{Affiliate, affiliate_by_id},
    conversions::{ConversionFilter, ConversionRow, conversion_page},
    coupons::coupons_of,
    ledger::{Balance, balances_of},
    mail::{Mail, MailState, mails_of},
    orders::order_by_id,
    payouts::{Payout, payout_batch_by_id, payouts_of_affiliate},
    profiles::{Profile, profile_of},
    programs::program_by_id,
    stats::stats_of_affiliate,
};

use super::codes::card;
use crate::{
    app::App,
    error::AppError,
    flows::{
        book_changes::day_number,
        password_links::invite,
        pay_out::{Refunds, refunds_of, release_payouts},
        review_affiliate::review_affiliate,
        write_mail::mail_text,
    },
    secrets::random_token,
    web::{
        admin::activity::lines_about,
        auth::{ADMIN_BASE, AdminShop},
        display::{
            Zone, affiliate_badge, conversion_badge, count, money, payout_badge,
            payout_method_words,
        },
        forms::Fields,
        pages::see_other,
        view::{
            admin::{
                Section,
                affiliates::profile::{
                    AdjustForm, AffiliatePage, CodesCard, Decision, OrderLine, PayoutLine,
                    WaitingMail,
                },
            },
            parts::{NameValue, Notice, Tone},
        },
    },
};

const LATEST: i64 = 10;
const COUPONS_MAX: i64 = 100;
/// Days of an affiliate's sums that are read: eleven years of them.
const DAYS_MAX: i64 = 4_000;

struct Known {
    affiliate: Affiliate,
    profile: Profile,
    program: String,
    upline: Option<String>,
    codes: CodesCard,
    balances: Vec<Balance>,
    figures: [i64; 3],
    orders: Vec<(ConversionRow, String)>,
    payouts: Vec<(Payout, i64)>,
    mails: Vec<Mail>,
    refunds: Refunds,
    activity: Vec<Activity>,
}

/// `GET {base}/affiliates/{id}`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn page(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let text = match Fields::of_query(&request).value("done") {
        "made" => Some("Added. Invite the affiliate, so that it can choose a password."),
        "saved" => Some("Saved."),
        "reviewed" => Some("The affiliate's status is changed."),
        "adjusted" => Some("Booked."),
        "released" => Some("What is due comes with the next payout."),
        "code" => Some("The code is being made in your shop."),
        "code-taken" => Some("The code is being taken away from your shop."),
        _ => None,
    };
    let notice = text.map(|text| Notice { tone: Tone::Good, text: text.to_owned() });
    let page = page_of(&shop, AffiliateId(path.into_inner()), notice, None).await?;
    shop.show(page)
}

/// `POST {base}/affiliates/{id}/invite`: a link that sets the password, shown once.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn send_invitation(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let id = AffiliateId(path.into_inner());
    let link = invite(&shop.app, &shop.shop, shop.actor(), id).await?;
    let text = if shop.app.settings.smtp.is_some() {
        "The invitation is on its way. You can also pass the link on yourself."
    } else {
        "No mail server is set up, so pass the link on yourself."
    };
    let notice = Notice { tone: Tone::Good, text: text.to_owned() };
    let page = page_of(&shop, id, Some(notice), Some(link)).await?;
    shop.show(page)
}

/// `POST {base}/affiliates/{id}/status` with `status`.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn set_status(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = shop.form(&request, &body)?;
    let id = AffiliateId(path.into_inner());
    decide(&shop, &[id], fields.value("status")).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{id}?done=reviewed")))
}

/// `POST {base}/affiliates/{id}/release`: pays in spite of many refunds.
///
/// # Errors
/// [`AppError`]; not found for another shop's affiliate.
pub async fn release(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    shop.form(&request, &body)?;
    let (act, id) = (shop.act(), AffiliateId(path.into_inner()));
    shop.app.storage.write(move |tx| release_payouts(tx, act, id)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/affiliates/{id}?done=released")))
}

/// Gives affiliates a status; who is approved and has no password yet is invited.
///
/// # Errors
/// [`AppError`]; not found when one is another shop's.
pub(super) async fn decide(
    shop: &AdminShop,
    ids: &[AffiliateId],
    status: &str,
) -> Result<(), AppError> {
    let status = AffiliateStatus::parse(status)
        .ok_or_else(|| AppError::BadRequest("There is no such status.".to_owned()))?;
    let (act, wanted, app) = (shop.act(), ids.to_vec(), shop.app.clone());
    let without_password = shop
        .app
        .storage
        .write::<_, StorageError, _>(move |tx| {
            let mut found = Vec::new();
            for id in &wanted {
                let row = review_affiliate(tx, app.mail_room(), act, *id, status)?;
                found.extend(row.password_hash.is_none().then_some(row.id));
            }
            Ok(found)
        })
        .await?;
    if status.may_earn() {
        for id in without_password {
            invite(&shop.app, &shop.shop, shop.actor(), id).await?;
        }
    }
    Ok(())
}

/// The page of an affiliate.
pub(super) async fn page_of(
    shop: &AdminShop,
    id: AffiliateId,
    notice: Option<Notice>,
    password_link: Option<String>,
) -> Result<AffiliatePage, AppError> {
    let (own, last) = (shop.shop.id, day_number(shop.app.clock.now()));
    let (books, now) = (shop.app.books.clone(), shop.app.clock.now());
    let known = shop
        .app
        .storage
        .read(move |conn| {
            let book = books.of(conn, own)?;
            let refunds = refunds_of(conn, &book, id, now)?;
            read(conn, own, id, last, refunds)
        })
        .await?;
    let zone = &shop.zone;
    let affiliate = &known.affiliate;
    Ok(AffiliatePage {
        frame: shop.frame(Section::Affiliates, notice),
        id: id.to_string(),
        name: affiliate.name.clone(),
        status: affiliate_badge(&affiliate.status),
        decisions: decisions(&affiliate.status),
        figures: figures(&known, shop.currency()),
        facts: facts(&known, zone),
        link: format!("https://{}/?ref={}", shop.shop.domain, affiliate.code),
        codes: known.codes.clone(),
        tags: known
            .profile
            .tags
            .split(',')
            .map(str::trim)
            .filter(|tag| !tag.is_empty())
            .map(str::to_owned)
            .collect(),
        notes: known.profile.notes.clone(),
        introduction: known.profile.introduction.clone(),
        has_password: affiliate.password_hash.is_some(),
        password_link,
        mails: waiting(&shop.app, &known.mails, zone),
        orders: known.orders.iter().map(|one| order_line(one, zone)).collect(),
        payouts: known.payouts.iter().map(|one| payout_line(one, zone)).collect(),
        adjust: AdjustForm {
            request: random_token().map_err(|error| AppError::Internal(error.into()))?,
            currency: shop.currency().to_string(),
            ..AdjustForm::default()
        },
        held: known.refunds.is_held.then(|| {
            format!(
                "{} of {} orders were refunded. What is due is kept until you release it.",
                known.refunds.refunded, known.refunds.orders
            )
        }),
        activity: lines_about(&known.activity, zone),
    })
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    id: AffiliateId,
    last: i64,
    refunds: Refunds,
) -> Result<Known, StorageError> {
    let affiliate = affiliate_by_id(conn, shop, id)?.ok_or(StorageError::NotFound)?;
    let upline = match affiliate.upline_id {
        Some(id) => affiliate_by_id(conn, shop, id)?.map(|one| one.name),
        None => None,
    };
    let days = stats_of_affiliate(conn, shop, id, (last - DAYS_MAX, last), DAYS_MAX)?;
    let sum = |of: fn(&storage::stats::DailyStat) -> i64| {
        days.iter().fold(0_i64, |sum, day| sum.saturating_add(of(day)))
    };
    let filter = ConversionFilter { affiliate_id: Some(id), ..ConversionFilter::default() };
    let mut orders = Vec::new();
    for row in conversion_page(conn, shop, &filter, None, LATEST)? {
        let name = order_by_id(conn, shop, row.order_id)?.map(|order| order.name);
        orders.push((row, name.unwrap_or_default()));
    }
    let mut payouts = Vec::new();
    for row in payouts_of_affiliate(conn, shop, id, None, LATEST)? {
        let batch = payout_batch_by_id(conn, shop, row.batch_id)?;
        payouts.push((row, batch.map_or(0, |batch| batch.number)));
    }
    let coupons = coupons_of(conn, shop, id, COUPONS_MAX)?;
    let coupons: Vec<String> = coupons.into_iter().map(|one| one.code).collect();
    Ok(Known {
        profile: profile_of(conn, shop, id)?
            .unwrap_or_else(|| Profile::blank(shop, id, affiliate.created_at)),
        program: program_by_id(conn, shop, affiliate.program_id)?
            .map_or_else(String::new, |program| program.name),
        upline,
        codes: card(conn, &affiliate, &coupons)?,
        balances: balances_of(conn, shop, id)?,
        figures: [sum(|day| day.clicks), sum(|day| day.conversions), sum(|day| day.sales_minor)],
        orders,
        payouts,
        mails: mails_of(conn, shop, id, LATEST)?,
        refunds,
        activity: activity_page(conn, shop, Some((Subject::Affiliate, id.0)), None, LATEST * 2)?,
        affiliate,
    })
}

fn decisions(status: &str) -> Vec<Decision> {
    let decision = |status: AffiliateStatus, label: &str| Decision {
        status: status.as_str().to_owned(),
        label: label.to_owned(),
        is_harsh: !status.may_earn(),
    };
    match AffiliateStatus::parse(status) {
        Some(AffiliateStatus::Pending) => vec![
            decision(AffiliateStatus::Active, "Approve"),
            decision(AffiliateStatus::Denied, "Deny"),
        ],
        Some(AffiliateStatus::Active) => vec![decision(AffiliateStatus::Blocked, "Block")],
        _ => vec![decision(AffiliateStatus::Active, "Make active")],
    }
}

fn figures(known: &Known, currency: domain::money::Currency) -> Vec<NameValue> {
    let [clicks, orders, sales] = known.figures;
    let joined = |of: fn(&Balance) -> i64| {
        let parts: Vec<String> =
            known.balances.iter().map(|one| money(of(one), one.currency)).collect();
        if parts.is_empty() { money(0, currency) } else { parts.join(" + ") }
    };
    vec![
        fact("Clicks", count(clicks)),
        fact("Orders", count(orders)),
        fact("Sales", money(sales, currency)),
        fact("Pending", joined(|one| one.pending_minor)),
        fact("Payable", joined(|one| one.payable_minor)),
        fact("Paid", joined(|one| one.paid_minor)),
    ]
}

fn facts(known: &Known, zone: &Zone) -> Vec<NameValue> {
    let affiliate = &known.affiliate;
    let mut facts = vec![
        fact("E-mail", affiliate.email.clone()),
        fact("Number", affiliate.number.to_string()),
        fact("Program", known.program.clone()),
        fact("Joined", zone.day(affiliate.created_at).text),
    ];
    facts.extend(known.upline.clone().map(|name| fact("Recruited by", name)));
    facts.extend(affiliate.shopify_customer_id.map(|id| fact("Customer account", id.to_string())));
    let method = known.profile.payout_method.as_deref();
    let paid = match method {
        None => "not chosen yet".to_owned(),
        Some(method) => {
            format!("{}, {}", payout_method_words(method), known.profile.payout_address)
        }
    };
    facts.push(fact("Paid by", paid));
    if let (Some(currency), Some(rate)) = (affiliate.payout_currency, &affiliate.payout_rate) {
        facts.push(fact("Paid in", format!("{currency}, at {rate}")));
    }
    let disclosed = known.profile.disclosed_at.map(|at| zone.day(at).text);
    facts.extend(disclosed.map(|day| fact("Promised to disclose", day)));
    facts
}

fn fact(name: &str, value: String) -> NameValue {
    NameValue { name: name.to_owned(), value }
}

/// Mails that no mail server has taken yet: the merchant can pass them on by other means.
fn waiting(app: &App, mails: &[Mail], zone: &Zone) -> Vec<WaitingMail> {
    let is_stuck = |mail: &&Mail| {
        mail.state == MailState::Failed
            || mail.state == MailState::Due && (app.settings.smtp.is_none() || mail.attempts > 1)
    };
    let shown = |mail: &Mail| WaitingMail {
        at: zone.moment(mail.created_at),
        subject: mail.subject.clone(),
        text: mail_text(&app.master_key, mail).unwrap_or_else(|error| error.to_string()),
        error: mail.error.clone(),
    };
    mails.iter().filter(is_stuck).map(shown).collect()
}

fn order_line((row, name): &(ConversionRow, String), zone: &Zone) -> OrderLine {
    OrderLine {
        id: row.order_id.to_string(),
        name: name.clone(),
        at: zone.moment(row.ordered_at),
        status: conversion_badge(&row.status),
        commission: money(row.commission_minor, row.currency),
    }
}

fn payout_line((row, number): &(Payout, i64), zone: &Zone) -> PayoutLine {
    PayoutLine {
        number: number.to_string(),
        at: zone.day(row.updated_at),
        status: payout_badge(row.state),
        amount: money(row.payout_amount_minor, row.payout_currency),
    }
}
