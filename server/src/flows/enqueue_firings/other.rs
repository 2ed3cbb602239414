//! Firings of events that are no change of an order's conversion: a banner was seen, a goal was
//! reached, an amount was given or taken by hand. Clicks are in the parent, with what both share.

use domain::{
    event::EventKind,
    ids::{EntryId, FiringId, GoalConversionId},
    money::Money,
    postback::{
        Record,
        matching::{Facts, Verdict, matches},
    },
    time::UtcTime,
};
use storage::{
    WriteTx, affiliates::Affiliate, clicks::Click, creatives::ImpressionSeen, firings::Firing,
    orders::Order,
};

use super::{SWITCHED_OFF, record_text, set_affiliate, set_click, set_firing, state_of};
use crate::flows::shop_book::ShopBook;

/// A goal that was reached, as postbacks tell it.
#[derive(Debug, Clone, Copy)]
pub struct GoalReached<'a> {
    /// Its row.
    pub id: GoalConversionId,
    /// The goal's name for programs, the value of `{goal}`.
    pub slug: &'a str,
    /// `pending`, `approved`, `rejected`.
    pub status: &'a str,
    /// What it earns.
    pub commission: Money,
    /// The click whose link parameters belong to it.
    pub click: Option<&'a Click>,
}

/// An amount that was given or taken by hand, as postbacks tell it.
#[derive(Debug, Clone, Copy)]
pub struct AdjustedByHand<'a> {
    /// Its entry.
    pub entry: EntryId,
    /// Below zero when it was taken.
    pub amount: Money,
    /// What the affiliate reads.
    pub reason: &'a str,
    /// The order that it is about, if any.
    pub order: Option<&'a Order>,
}

/// What is told of such an event.
struct Telling<'a> {
    kind: EventKind,
    key: String,
    transaction_id: String,
    goal: Option<&'a str>,
    status: Option<&'a str>,
    click: Option<&'a Click>,
    needs_reversal_support: bool,
    values: Vec<(&'static str, String)>,
}

/// The firings of a banner that was seen (I1).
#[must_use]
pub fn firings_for_impression(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    seen: &ImpressionSeen,
    now: UtcTime,
) -> Vec<Firing> {
    let key = format!("impression:{}:{}:{}", seen.creative_id, seen.day, seen.viewer);
    let telling = Telling {
        kind: EventKind::Impression,
        transaction_id: key.clone(),
        key,
        goal: None,
        status: None,
        click: None,
        needs_reversal_support: false,
        values: vec![("currency", book.currency().as_str().to_owned())],
    };
    firings_of(tx, book, affiliate, &telling, now)
}

/// The firings of a goal that was reached.
#[must_use]
pub fn firings_for_goal(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    reached: &GoalReached<'_>,
    now: UtcTime,
) -> Vec<Firing> {
    let telling = Telling {
        kind: EventKind::Goal,
        key: format!("goal:{}:{}", reached.id, reached.status),
        transaction_id: format!("goal-{}", reached.id),
        goal: Some(reached.slug),
        status: Some(reached.status),
        click: reached.click,
        needs_reversal_support: false,
        values: vec![
            ("currency", reached.commission.currency.as_str().to_owned()),
            ("total_commission", reached.commission.decimal()),
            ("status", reached.status.to_owned()),
            ("workflow_status", reached.status.to_owned()),
            ("goal", reached.slug.to_owned()),
        ],
    };
    firings_of(tx, book, affiliate, &telling, now)
}

/// The firings of an amount given or taken by hand. Its change is the whole amount: it stands for
/// itself, beside what the order's conversion earns. One that takes goes only to templates that can say
/// so (E12).
#[must_use]
pub fn firings_for_adjustment(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    adjusted: &AdjustedByHand<'_>,
    now: UtcTime,
) -> Vec<Firing> {
    let amount = adjusted.amount;
    let mut values = vec![
        ("currency", amount.currency.as_str().to_owned()),
        ("total_commission", amount.decimal()),
        ("delta_commission", amount.decimal()),
        ("status", "adjusted".to_owned()),
        ("workflow_status", "approved".to_owned()),
        ("reason", adjusted.reason.to_owned()),
    ];
    if let Some(order) = adjusted.order {
        values.push(("order_id", order.shopify_order_id.to_string()));
        values.push(("order_name", order.name.clone()));
    }
    let telling = Telling {
        kind: EventKind::Adjustment,
        key: format!("adjustment:{}", adjusted.entry),
        transaction_id: format!("adjustment-{}", adjusted.entry),
        goal: None,
        status: Some("adjusted"),
        click: None,
        needs_reversal_support: amount.minor < 0,
        values,
    };
    firings_of(tx, book, affiliate, &telling, now)
}

fn firings_of(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    telling: &Telling<'_>,
    now: UtcTime,
) -> Vec<Firing> {
    let facts = Facts {
        kinds: &[telling.kind],
        status: telling.status,
        reason: None,
        // Switched off, goals are no condition (P14).
        goal: telling.goal.filter(|_| book.settings.postbacks.goals_enabled),
        method: None,
        needs_reversal_support: telling.needs_reversal_support,
    };
    let mut firings = Vec::new();
    for postback in book.listeners(affiliate.id) {
        let program = Some(&affiliate.program_id);
        let verdict = matches(&postback.settings, &facts, program, Some(&affiliate.id));
        let (kind, refused) = match verdict {
            Verdict::No => continue,
            Verdict::NotSent(kind, why) => (kind, Some(why)),
            Verdict::Fire(kind) if !book.settings.postbacks_enabled => (kind, Some(SWITCHED_OFF)),
            Verdict::Fire(kind) => (kind, None),
        };
        let id = FiringId(tx.next_id(now));
        let mut record = Record::new();
        if let Some(click) = telling.click {
            set_click(&mut record, click);
        }
        set_affiliate(&mut record, book, affiliate);
        record.set("transaction_id", telling.transaction_id.clone());
        for (name, value) in &telling.values {
            record.set(name, value.clone());
        }
        set_firing(&mut record, id, kind, now);
        firings.push(Firing {
            id,
            shop_id: book.shop,
            postback_id: postback.row.id,
            affiliate_id: postback.row.affiliate_id,
            program_id: Some(affiliate.program_id),
            conversion_id: None,
            click_id: telling.click.map(|click| click.id),
            event_key: telling.key.clone(),
            event: kind.as_str().to_owned(),
            status: telling.status.map(ToOwned::to_owned),
            transaction_id: Some(telling.transaction_id.clone()),
            record: record_text(&record),
            state: state_of(postback, refused),
            reason: refused.map(ToOwned::to_owned),
            run_at: now.plus_seconds(postback.settings.delay_seconds),
            attempts: 0,
            last_status_code: None,
            is_replay: false,
            created_at: now,
            finished_at: refused.map(|_| now),
        });
    }
    firings
}
