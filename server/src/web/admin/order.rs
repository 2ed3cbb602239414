//! One order, explained (N5): who was credited and by which rule, how much line by line, what was
//! booked, what was sent.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse, web::Path};
use domain::{
    attribution::{Credit, Decision, Method},
    ids::{AffiliateId, ClickId, OrderId, ProgramId, ShopId},
    order::OrderSnapshot,
};
use storage::{
    DbConn, StorageError,
    activity::{Activity, Subject, activity_page},
    affiliates::{Affiliate, affiliates_by_ids},
    clicks::{Click, clicks_by_ids},
    conversions::{ConversionRow, conversions_of_orders},
    firings::firings_of_conversion,
    ledger::{Entry, entries_of_conversions, manual_entries_of_order},
    orders::{Order, order_by_id},
    programs::{Program, program_by_id},
};

use super::orders::{
    actions::{possible, refusals},
    person,
};
pub mod by_hand;

use crate::{
    error::AppError,
    flows::{
        book_changes::read_conversion,
        explanation::{Explanation, read_decision, read_explanation},
    },
    secrets::random_token,
    web::{
        admin::activity::lines_about,
        auth::AdminShop,
        display::{
            Zone, badge, conversion_badge, method_words, money, payment_badge, reason_words,
            sentence, sentence_start, words,
        },
        forms::Fields,
        log_rows::Reader,
        view::{
            admin::{
                Section,
                order::{self as view, OrderPage},
            },
            form::{Choice, Field},
            log::Firing,
            parts::{Notice, Person, Tone},
        },
    },
};

/// Firings shown of one conversion.
const FIRINGS_MAX: i64 = 100;

/// Everything about one order.
struct Known {
    order: Order,
    decision: Option<Decision>,
    rows: Vec<(ConversionRow, Explanation)>,
    entries: Vec<Entry>,
    people: HashMap<AffiliateId, Affiliate>,
    programs: HashMap<ProgramId, Program>,
    clicks: HashMap<ClickId, Click>,
    firings: Vec<Firing>,
    activity: Vec<Activity>,
}

/// `GET {base}/orders/{id}`.
///
/// # Errors
/// [`AppError`]; not found for another shop's order.
pub async fn page(
    shop: AdminShop,
    path: Path<i64>,
    request: HttpRequest,
) -> Result<HttpResponse, AppError> {
    let notice = notice(&Fields::of_query(&request));
    let page = page_of(&shop, OrderId(path.into_inner()), notice).await?;
    shop.show(page)
}

/// The page of an order, with blank forms.
async fn page_of(
    shop: &AdminShop,
    order: OrderId,
    notice: Option<Notice>,
) -> Result<OrderPage, AppError> {
    let id = shop.shop.id;
    let reader = super::log::reader(shop);
    let known = shop.app.storage.read(move |conn| read(conn, id, order, &reader)).await?;
    let zone = &shop.zone;
    let snapshot = known.order.state.0.snapshot.as_ref();
    let booked = known.entries.iter().fold(0_i64, |sum, one| sum.saturating_add(one.amount_minor));
    let form_id = random_token().map_err(|error| AppError::Internal(error.into()))?;
    Ok(OrderPage {
        is_by_hand: known.order.shopify_order_id.is_by_hand(),
        take_back: view::TakeBackForm { request: form_id.clone(), ..view::TakeBackForm::default() },
        adjust: view::AdjustForm {
            people: known.adjustable(),
            request: form_id,
            ..view::AdjustForm::default()
        },
        currency: known.order.currency.to_string(),
        id: order.to_string(),
        actions: known.actions(),
        refusals: refusals(),
        assign: Field::default(),
        activity: lines_about(&known.activity, zone),
        frame: shop.frame(Section::Orders, notice),
        name: known.order.name.clone(),
        shopify_id: known.order.shopify_order_id.to_string(),
        at: zone.moment(known.order.ordered_at),
        total: money(known.order.total_minor, known.order.currency),
        payment: snapshot.map_or_else(
            || badge("Not seen yet", Tone::Neutral),
            |snapshot| payment_badge(snapshot.payment),
        ),
        is_test: snapshot.is_some_and(|snapshot| snapshot.test),
        discount_codes: snapshot.map_or_else(Vec::new, |one| one.discount_codes.clone()),
        decision: known.decision_view(zone),
        credits: known.rows.iter().map(|row| known.credit_view(row, zone)).collect(),
        entries: known.entries.iter().map(|entry| known.entry_view(entry, zone)).collect(),
        entries_total: money(booked, known.order.currency),
        firings: known.firings,
    })
}

fn notice(query: &Fields) -> Option<Notice> {
    let (tone, text) = match query.value("done") {
        "reviewed" => (Tone::Good, "Decided."),
        "assigned" => (Tone::Good, "The order is assigned."),
        "recorded" => (Tone::Good, "The sale is entered."),
        "adjusted" => (Tone::Good, "The amount is booked."),
        "taken" => (Tone::Good, "The sale is taken back as far as you said."),
        "nobody" => (Tone::Bad, "No affiliate has this code."),
        "impossible" => (Tone::Warning, "The order's status has changed; look at it again."),
        _ => return None,
    };
    Some(Notice { tone, text: text.to_owned() })
}

fn read(
    conn: &mut DbConn,
    shop: ShopId,
    id: OrderId,
    reader: &Reader,
) -> Result<Known, StorageError> {
    let order = order_by_id(conn, shop, id)?.ok_or(StorageError::NotFound)?;
    let decision = read_decision(&order)?;
    let mut rows = Vec::new();
    let mut programs = HashMap::new();
    let mut firings = Vec::new();
    for row in conversions_of_orders(conn, shop, &[id])? {
        if let Some(program) = program_by_id(conn, shop, row.program_id)? {
            programs.insert(program.id, program);
        }
        firings.extend(firings_of_conversion(conn, shop, row.id, FIRINGS_MAX)?);
        let explanation = read_explanation(&row)?;
        rows.push((row, explanation));
    }
    let conversions: Vec<_> = rows.iter().map(|(row, _)| row.id).collect();
    let by_hand = manual_entries_of_order(conn, shop, id, FIRINGS_MAX)?;
    let (mut people, clicks) = named_in(decision.as_ref(), &rows);
    people.extend(by_hand.iter().map(|(_, entry)| entry.affiliate_id));
    let mut entries = entries_of_conversions(conn, shop, &conversions)?;
    entries.extend(by_hand.into_iter().map(|(_, entry)| entry));
    entries.sort_by_key(|entry| (entry.at, entry.id));
    Ok(Known {
        entries,
        people: affiliates_by_ids(conn, shop, &people)?,
        clicks: clicks_by_ids(conn, shop, &clicks)?
            .into_iter()
            .map(|click| (click.id, click))
            .collect(),
        firings: reader.rows(conn, &firings)?,
        activity: activity_page(conn, shop, Some((Subject::Order, id.0)), None, FIRINGS_MAX)?,
        order,
        decision,
        rows,
        programs,
    })
}

fn named_in(
    decision: Option<&Decision>,
    rows: &[(ConversionRow, Explanation)],
) -> (Vec<AffiliateId>, Vec<ClickId>) {
    let mut people: Vec<AffiliateId> = rows.iter().map(|(row, _)| row.affiliate_id).collect();
    let mut clicks = Vec::new();
    if let Some(decision) = decision {
        for credit in &decision.credits {
            people.push(credit.affiliate);
            clicks.extend(credit.click);
        }
        if let Some(one) = &decision.disqualified {
            people.push(one.affiliate);
            clicks.extend(one.click);
        }
        for candidate in &decision.candidates {
            people.push(candidate.affiliate);
            clicks.extend(candidate.click);
        }
    }
    people.sort_unstable();
    people.dedup();
    (people, clicks)
}

impl Known {
    /// What can be decided about the order: what every one of its conversions allows.
    fn actions(&self) -> Vec<Choice> {
        let mut common: Option<Vec<Choice>> = None;
        for (row, _) in &self.rows {
            let Ok(conversion) = read_conversion(row) else { return Vec::new() };
            let waits = conversion.memory.withheld_increase_minor > 0;
            let by_hand = conversion.memory.is_rejected_by_review;
            let own = possible(conversion.status, waits, by_hand);
            common = Some(match common {
                None => own,
                Some(known) => known.into_iter().filter(|one| own.contains(one)).collect(),
            });
        }
        common.unwrap_or_default()
    }

    /// Whose account an amount about this order may go to, whoever is credited first.
    fn adjustable(&self) -> Vec<Choice> {
        let mut ids: Vec<AffiliateId> = self.rows.iter().map(|(row, _)| row.affiliate_id).collect();
        let mut others: Vec<AffiliateId> =
            self.people.keys().filter(|id| !ids.contains(id)).copied().collect();
        others.sort_unstable();
        ids.extend(others);
        let choice = |id: &AffiliateId| {
            let person = self.person(*id);
            Choice { value: person.id, label: person.name, is_chosen: false }
        };
        ids.iter().map(choice).collect()
    }

    fn person(&self, id: AffiliateId) -> Person {
        person(id, &self.people)
    }

    fn decision_view(&self, zone: &Zone) -> view::Decision {
        let Some(decision) = &self.decision else {
            let rule = "Not decided yet: the order itself has not arrived, only news about it.";
            return view::Decision { rule: rule.to_owned(), candidates: Vec::new() };
        };
        let won = decision.credits.iter().map(|one| {
            self.candidate(one.affiliate, one.method, one.click, one.coupon.as_deref(), None, zone)
        });
        let refused = decision.disqualified.iter().map(|one| {
            let why = Some(reason_words(&one.reason.to_string()));
            self.candidate(one.affiliate, one.method, one.click, one.coupon.as_deref(), why, zone)
        });
        let lost = decision.candidates.iter().map(|one| {
            let why = Some(lost_words(&one.lost));
            self.candidate(one.affiliate, one.method, one.click, one.coupon.as_deref(), why, zone)
        });
        view::Decision {
            rule: self.rule(decision),
            candidates: won.chain(refused).chain(lost).collect(),
        }
    }

    /// The rule that decided, in a sentence.
    fn rule(&self, decision: &Decision) -> String {
        if let Some(one) = &decision.disqualified {
            let (name, why) = (self.person(one.affiliate).name, one.reason.to_string());
            let why = reason_words(&why).to_lowercase();
            return format!(
                "{name} came first, but is not credited: {why}. Nobody is credited instead."
            );
        }
        match decision.credits.as_slice() {
            [] => {
                let reason = decision.reason.as_ref().map(ToString::to_string).unwrap_or_default();
                format!("Nobody was credited: {}.", reason_words(&reason).to_lowercase())
            }
            [only] => self.rule_of(only),
            several => {
                format!(
                    "{} affiliates have clicks within their windows and share equally.",
                    several.len()
                )
            }
        }
    }

    fn rule_of(&self, credit: &Credit) -> String {
        let name = self.person(credit.affiliate).name;
        let coupon = credit.coupon.as_deref().unwrap_or_default();
        match credit.method {
            Method::Manual => format!("You assigned the order to {name}."),
            Method::Coupon => format!("The coupon {coupon} belongs to {name}."),
            Method::Customer => format!("The buyer is a customer of {name}."),
            Method::Link => format!("The buyer came through a link of {name}, within its window."),
            Method::Product => format!("A product of the order belongs to {name}."),
        }
    }

    fn candidate(
        &self,
        affiliate: AffiliateId,
        method: Method,
        click: Option<ClickId>,
        coupon: Option<&str>,
        lost: Option<String>,
        zone: &Zone,
    ) -> view::Candidate {
        let click = click.and_then(|id| self.clicks.get(&id));
        let evidence = match (coupon, click) {
            (Some(code), _) => code.to_owned(),
            (None, Some(click)) => click.entry_url.clone(),
            (None, None) => String::new(),
        };
        view::Candidate {
            affiliate: self.person(affiliate),
            method: method_words(method.as_str(), None),
            evidence,
            at: click.map(|click| zone.moment(click.clicked_at)),
            lost,
        }
    }

    fn credit_view(
        &self,
        (row, explanation): &(ConversionRow, Explanation),
        zone: &Zone,
    ) -> view::Credit {
        let program = self.programs.get(&row.program_id);
        let program = program.map_or_else(String::new, |program| program.name.clone());
        let commission = &explanation.commission;
        let credits = self.decision.as_ref().map_or(&[][..], |decision| &decision.credits);
        let share = credits.iter().find(|credit| credit.affiliate == row.affiliate_id);
        let share = share.map(|credit| credit.share).filter(|share| share.of > 1);
        let snapshot = self.order.state.0.snapshot.as_ref();
        view::Credit {
            affiliate: self.person(row.affiliate_id),
            program: format!("{program}, version {}", row.program_version),
            status: conversion_badge(&row.status),
            reason: row.reason.as_deref().map(reason_words),
            approve_at: row.approve_at.filter(|_| row.status == "pending").map(|at| zone.day(at)),
            share: share.map(|share| format!("{} of {}", share.index.saturating_add(1), share.of)),
            lines: commission.lines.iter().map(|line| line_view(line, snapshot)).collect(),
            sales: commission.sales.to_string(),
            commission: commission.total.to_string(),
            remark: remark(explanation),
        }
    }

    fn entry_view(&self, entry: &Entry, zone: &Zone) -> view::Entry {
        view::Entry {
            at: zone.moment(entry.at),
            kind: words(&entry.kind),
            affiliate: self.person(entry.affiliate_id),
            amount: money(entry.amount_minor, entry.currency),
            is_negative: entry.amount_minor < 0,
            payout_amount: (entry.payout_currency != entry.currency)
                .then(|| money(entry.payout_amount_minor, entry.payout_currency)),
            reason: entry.reason.as_deref().map(reason_words),
        }
    }
}

fn remark(explanation: &Explanation) -> Option<String> {
    let commission = &explanation.commission;
    if let Some(reason) = &commission.zero_reason {
        return Some(sentence(&format!(
            "nothing is earned: {}",
            reason_words(&reason.to_string())
        )));
    }
    let uncapped = commission.uncapped?;
    Some(format!("The program's most per order holds: without it, {uncapped} would be earned."))
}

fn line_view(
    line: &domain::commission::LineCommission,
    snapshot: Option<&OrderSnapshot>,
) -> view::Line {
    let bought =
        line.line_item_id.and_then(|id| snapshot?.lines.iter().find(|known| known.id == id));
    let quantity = bought.map_or_else(String::new, |known| match known.current_quantity {
        Some(left) if left != known.quantity => format!("{left} of {}", known.quantity),
        _ => known.quantity.to_string(),
    });
    view::Line {
        title: bought.map_or_else(|| "Shipping".to_owned(), |known| known.title.clone()),
        quantity,
        base: line.base.to_string(),
        rate: line.rate.clone(),
        commission: line.commission.to_string(),
        why: sentence_start(&line.why),
    }
}

/// Why a candidate lost: a reason's name, or words already.
fn lost_words(lost: &str) -> String {
    match lost.strip_prefix("superseded by ") {
        Some(method) => {
            format!("Another affiliate was ahead by {}", method_words(method, None).to_lowercase())
        }
        None => sentence_start(&reason_words(lost)),
    }
}
