//! From a change of a conversion to the firings of the postbacks that want to hear of it, with the
//! values that their macros stand for. Pure but for the ids.

use std::sync::Arc;

use domain::{
    conversion::{Conversion, Occurrence},
    event::EventKind,
    ids::FiringId,
    postback::{
        Record,
        matching::{Facts, Verdict, matches},
    },
    time::UtcTime,
};
use storage::{
    WriteTx,
    affiliates::Affiliate,
    clicks::Click,
    conversions::ConversionRow,
    firings::{Firing, FiringState},
    orders::Order,
};

use super::{
    book_changes::{amount, listeners},
    explanation::read_explanation,
    shop_book::{BookPostback, ShopBook},
};

mod other;

pub use other::{
    AdjustedByHand, GoalReached, firings_for_adjustment, firings_for_goal, firings_for_impression,
};

/// The reason in the log while the merchant has the integration switched off (U1).
pub const SWITCHED_OFF: &str = "postbacks are switched off";
/// The reason in the log of a second postback whose request would be the same (C7).
pub const SAME_REQUEST: &str = "the same request is sent by another postback";

/// What happened to a conversion.
#[derive(Debug, Clone, Copy)]
pub struct Event<'a> {
    /// The order.
    pub order: &'a Order,
    /// Whose conversion it is.
    pub affiliate: &'a Affiliate,
    /// Its row, after the change.
    pub row: &'a ConversionRow,
    /// The click whose link parameters belong to it.
    pub click: Option<&'a Click>,
    /// What to tell.
    pub occurrence: &'a Occurrence,
    /// The conversion after the change.
    pub conversion: &'a Conversion,
}

/// The firings of one event, sent and not sent.
#[must_use]
pub fn firings_for(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    event: &Event<'_>,
    now: UtcTime,
    lease_until: Option<UtcTime>,
) -> Vec<Firing> {
    let reason = event.occurrence.reason.as_ref().map(ToString::to_string);
    let facts = Facts {
        kinds: &event.occurrence.kinds,
        status: Some(&event.occurrence.status),
        reason: reason.as_deref(),
        goal: None,
        method: Some(method_of(event)),
        needs_reversal_support: event.occurrence.needs_reversal_support,
    };
    let mut sent: Vec<Arc<BookPostback>> = Vec::new();
    let mut firings = Vec::new();
    for postback in listeners(book, event.row) {
        let verdict = matches(
            &postback.settings,
            &facts,
            Some(&event.row.program_id),
            Some(&event.row.affiliate_id),
        );
        let (kind, refused) = match verdict {
            Verdict::No => continue,
            Verdict::NotSent(kind, why) => (kind, Some(why)),
            Verdict::Fire(kind) if !book.settings.postbacks_enabled => (kind, Some(SWITCHED_OFF)),
            Verdict::Fire(kind) if sent.iter().any(|other| is_same_request(other, postback)) => {
                (kind, Some(SAME_REQUEST))
            }
            Verdict::Fire(kind) => (kind, None),
        };
        if refused.is_none() {
            sent.push(Arc::clone(postback));
        }
        let id = FiringId(tx.next_id(now));
        firings.push(firing(id, book, postback, event, kind, refused, now, lease_until));
    }
    firings
}

/// How the conversion came about; what a level above earns did not come through a click or a code.
fn method_of<'a>(event: &Event<'a>) -> &'a str {
    if event.row.level == 0 { &event.row.method } else { "upline" }
}

/// The firings of a click (I1).
#[must_use]
pub fn firings_for_click(
    tx: &WriteTx<'_>,
    book: &ShopBook,
    affiliate: &Affiliate,
    click: &Click,
    now: UtcTime,
) -> Vec<Firing> {
    let facts = Facts {
        kinds: &[EventKind::Click],
        status: None,
        reason: None,
        goal: None,
        method: None,
        needs_reversal_support: false,
    };
    let mut firings = Vec::new();
    for postback in book.listeners(affiliate.id) {
        let program = Some(&affiliate.program_id);
        let verdict = matches(&postback.settings, &facts, program, Some(&affiliate.id));
        let Verdict::Fire(kind) = verdict else { continue };
        let refused = (!book.settings.postbacks_enabled).then_some(SWITCHED_OFF);
        let id = FiringId(tx.next_id(now));
        let mut record = Record::new();
        set_click(&mut record, click);
        set_affiliate(&mut record, book, affiliate);
        record.set("transaction_id", click.id.to_string());
        record.set("currency", book.currency().as_str());
        set_firing(&mut record, id, kind, now);
        firings.push(Firing {
            id,
            shop_id: book.shop,
            postback_id: postback.row.id,
            affiliate_id: postback.row.affiliate_id,
            program_id: Some(affiliate.program_id),
            conversion_id: None,
            click_id: Some(click.id),
            event_key: format!("click:{}", click.id),
            event: kind.as_str().to_owned(),
            status: None,
            transaction_id: Some(click.id.to_string()),
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

fn state_of(postback: &BookPostback, refused: Option<&str>) -> FiringState {
    match refused {
        Some(_) => FiringState::NotSent,
        None if postback.row.paused_at.is_some() => FiringState::Held,
        None => FiringState::Due,
    }
}

fn set_click(record: &mut Record, click: &Click) {
    for (name, value) in &click.link_params.0 {
        record.set_link(name, value);
    }
    record.set("click_time", click.clicked_at.to_string());
}

fn set_affiliate(record: &mut Record, book: &ShopBook, affiliate: &Affiliate) {
    let program = book.program_number(affiliate.program_id).unwrap_or_default();
    record.set("affiliate_id", affiliate.number.to_string());
    record.set("program_id", program.to_string());
    record.set("program_name", book.program_name(affiliate.program_id).unwrap_or_default());
}

fn set_firing(record: &mut Record, id: FiringId, kind: EventKind, now: UtcTime) {
    record.set("event", kind.as_str());
    record.set("timestamp", now.unix_seconds().to_string());
    record.set("postback_id", id.to_string());
}

/// Two postbacks of one owner that would say the same thing to the same address (C7).
fn is_same_request(one: &BookPostback, other: &BookPostback) -> bool {
    let (a, b) = (&one.settings, &other.settings);
    one.row.affiliate_id == other.row.affiliate_id
        && (a.method, &a.url, &a.params, &a.headers) == (b.method, &b.url, &b.params, &b.headers)
}

#[expect(clippy::too_many_arguments, reason = "one row from everything that makes it up")]
fn firing(
    id: FiringId,
    book: &ShopBook,
    postback: &BookPostback,
    event: &Event<'_>,
    kind: EventKind,
    refused: Option<&str>,
    now: UtcTime,
    lease_until: Option<UtcTime>,
) -> Firing {
    let state = state_of(postback, refused);
    let due_at = now.plus_seconds(postback.settings.delay_seconds);
    let is_sent_at_once = state == FiringState::Due && due_at <= now;
    Firing {
        id,
        shop_id: book.shop,
        postback_id: postback.row.id,
        affiliate_id: postback.row.affiliate_id,
        program_id: Some(event.row.program_id),
        conversion_id: Some(event.row.id),
        click_id: event.row.click_id,
        event_key: format!("conversion:{}:{}", event.row.id, event.row.version),
        event: kind.as_str().to_owned(),
        status: Some(event.occurrence.status.clone()),
        transaction_id: Some(event.order.shopify_order_id.to_string()),
        record: record_text(&record_of(id, book, event, kind, now)),
        state,
        reason: refused.map(ToOwned::to_owned),
        run_at: lease_until.filter(|_| is_sent_at_once).unwrap_or(due_at),
        attempts: 0,
        last_status_code: None,
        is_replay: false,
        created_at: now,
        finished_at: refused.map(|_| now),
    }
}

/// A record as it is stored with a firing.
#[must_use]
pub fn record_text(record: &Record) -> String {
    // A map of texts is always JSON.
    serde_json::to_string(record).unwrap_or_else(|_| "{}".to_owned())
}

/// What the macros stand for. No value says who the buyer is.
fn record_of(
    id: FiringId,
    book: &ShopBook,
    event: &Event<'_>,
    kind: EventKind,
    now: UtcTime,
) -> Record {
    let mut record = Record::new();
    if let Some(click) = event.click {
        set_click(&mut record, click);
    }
    let conversion = event.conversion;
    set_affiliate(&mut record, book, event.affiliate);
    record.set("order_id", event.order.shopify_order_id.to_string());
    record.set("order_name", &event.order.name);
    record.set("transaction_id", event.order.shopify_order_id.to_string());
    record.set("total_sales", amount(conversion.sales_minor, conversion));
    record.set("total_commission", amount(conversion.commission_minor, conversion));
    record.set("delta_commission", amount(event.occurrence.delta_commission_minor, conversion));
    record.set("original_commission", amount(conversion.first_commission_minor, conversion));
    record.set("refund_amount", amount(event.occurrence.refund_minor, conversion));
    record.set("currency", conversion.currency.as_str());
    record.set("status", &event.occurrence.status);
    record.set("workflow_status", conversion.status.as_str());
    record.set("goal", "purchase");
    if let Ok(explanation) = read_explanation(event.row)
        && let Some(coupon) = explanation.context.coupon
    {
        record.set("coupon", coupon);
    }
    record.set("method", method_of(event));
    if let Some(reason) = &event.occurrence.reason {
        record.set("reason", reason.to_string());
    }
    record.set("order_time", event.row.ordered_at.to_string());
    set_firing(&mut record, id, kind, now);
    record
}
