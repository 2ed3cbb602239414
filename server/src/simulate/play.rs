//! What each event does: the same flows as the server's, one after the other.

use std::sync::Arc;

use domain::{conversion::ReviewAction, ids::AffiliateId, reason::Reason, time::UtcTime};
use serde_json::{Value, json};
use shopify::webhook::Topic;
use storage::{
    Body, StorageError,
    inbox::{self, NewDelivery, Recorded},
    outbox::{self, FiringOutcome, FiringResult},
    programs,
};

use super::{
    SimulateError, World, malformed,
    scenario::{EventType, ScenarioAffiliate, ScenarioEvent},
    setup,
};
use crate::{
    flows::{
        approve_due::{self, ReviewError, approve_due, review_order},
        order_news::{self, CART_ATTRIBUTE},
        pay_out::pay_out,
        prepare_firing::{Prepared, prepare_firing},
        record_click::{Visit, record_click},
        settle_orders::Batch,
    },
    simulate::Sent,
};

/// Firings claimed at once.
const CLAIM_MAX: i64 = 500;

/// Lets the clock pass to the event, plays it, and does what is then due.
pub(super) fn event(
    world: &mut World,
    index: usize,
    event: ScenarioEvent,
) -> Result<(), SimulateError> {
    let field = format!("events[{index}]");
    if event.at < world.now {
        return Err(malformed(format!("{field}.at"), "earlier than the event before"));
    }
    pass_until(world, event.at)?;
    world.now = event.at;
    match event.kind {
        EventType::Click => click(world, &field, &event)?,
        EventType::Webhook => webhook(world, &field, index, event)?,
        EventType::SetProgram => set_program(world, &field, event)?,
        EventType::SetAffiliate => {
            let given = needed(event.affiliate, &field, "affiliate")?;
            let given: ScenarioAffiliate =
                serde_path_to_error::deserialize(given).map_err(|error| {
                    malformed(format!("{field}.affiliate.{}", error.path()), error.inner())
                })?;
            setup::set_affiliate(world, &format!("{field}.affiliate"), &given)?;
        }
        EventType::Assign => assign(world, &field, &event)?,
        EventType::Review => review(world, &field, &event)?,
        EventType::Payout => payout(world, &field, &event)?,
        EventType::Advance => {}
    }
    do_due(world)
}

fn needed<T>(value: Option<T>, field: &str, name: &str) -> Result<T, SimulateError> {
    value.ok_or_else(|| malformed(format!("{field}.{name}"), "missing"))
}

/// Holds that end and delays that are over before `until`, each at its own time.
fn pass_until(world: &mut World, until: UtcTime) -> Result<(), SimulateError> {
    loop {
        let next = world.storage.read_blocking(|conn| {
            let approval = approve_due::next_approval_at(conn)?;
            let firing = outbox::firing_next_due_at(conn)?;
            Ok::<_, StorageError>([approval, firing].into_iter().flatten().min())
        })?;
        match next {
            Some(at) if at <= until => {
                world.now = world.now.max(at);
                do_due(world)?;
            }
            _ => return Ok(()),
        }
    }
}

/// Approves and sends what is due now.
fn do_due(world: &mut World) -> Result<(), SimulateError> {
    send_due(world)?;
    let (books, now) = (Arc::clone(&world.books), world.now);
    loop {
        let (count, _) = world.storage.write_blocking(|tx| approve_due(tx, &books, now, None))?;
        if count == 0 {
            break;
        }
    }
    send_due(world)
}

/// Builds every request that is due and takes it for accepted.
fn send_due(world: &mut World) -> Result<(), SimulateError> {
    let (books, now, key) = (Arc::clone(&world.books), world.now, world.master_key.clone());
    loop {
        let sent = world.storage.write_blocking(|tx| {
            let claimed = outbox::firings_claim(tx, now, now.plus_days(1), CLAIM_MAX)?;
            let mut sent = Vec::new();
            let count = claimed.len();
            for firing in claimed {
                let book = books.of(tx, firing.shop_id)?;
                let (outcome, was_sent) = match prepare_firing(tx, &book, &key, &firing, now)? {
                    Prepared::Send(request) => {
                        let (rendered, status) = (request.rendered, request.status);
                        sent.push((firing.id, Sent { at: now, rendered, status }));
                        (FiringOutcome::Delivered, true)
                    }
                    Prepared::NotSent(reason) => (FiringOutcome::NotSent { reason }, false),
                    Prepared::Wait(run_at) => {
                        let reason = "an earlier call comes first".to_owned();
                        (FiringOutcome::Retry { reason, run_at }, false)
                    }
                };
                let status_code = was_sent.then_some(200);
                let id = firing.id;
                let result = FiringResult { id, outcome, was_sent, status_code, at: now };
                // At once: the next one may be about the same conversion.
                outbox::firings_finish(tx, &[result])?;
            }
            Ok::<_, StorageError>((count, sent))
        })?;
        world.sent.extend(sent.1);
        if sent.0 == 0 {
            return Ok(());
        }
    }
}

fn click(world: &World, field: &str, event: &ScenarioEvent) -> Result<(), SimulateError> {
    let url = needed(event.url.clone(), field, "url")?;
    let visitor = needed(event.visitor.clone(), field, "visitor")?;
    let visit = Visit { referrer: event.referrer.clone(), ..Visit::entering(url, visitor) };
    let (books, shop, now) = (&world.books, world.shop, world.now);
    world.storage.write_blocking(|tx| {
        let book = books.of(tx, shop)?;
        record_click(tx, &book, &visit, now)
    })?;
    Ok(())
}

fn webhook(
    world: &mut World,
    field: &str,
    index: usize,
    event: ScenarioEvent,
) -> Result<(), SimulateError> {
    let topic = Topic::parse(&needed(event.topic, field, "topic")?);
    let mut payload = needed(event.payload, field, "payload")?;
    if let Some(visitor) = &event.visitor {
        carry(world, visitor, &mut payload);
    }
    let body = payload.to_string().into_bytes();
    let delivery = NewDelivery {
        shop_id: world.shop,
        webhook_id: event.id.unwrap_or_else(|| format!("scenario-{index}")),
        event_id: None,
        topic: topic.as_str().to_owned(),
        api_version: None,
        triggered_at: world.now,
        received_at: world.now,
        body: Body::pack(&body),
        lease_until: Some(world.now),
    };
    let recorded = world
        .storage
        .write_blocking(|tx| inbox::delivery_record_batch(tx, std::slice::from_ref(&delivery)))?;
    let Some(Recorded::New(id)) = recorded.first().copied() else { return Ok(()) };
    let currency = world.books.known_currency(world.shop);
    let news = order_news::read(&topic, &body, world.now, currency, &world.fingerprints)
        .map_err(|error| malformed(format!("{field}.payload"), error))?;
    if let Some(news) = &news
        && !world.orders.contains(&news.order)
    {
        world.orders.push(news.order);
    }
    let batch = Batch { arrived: vec![(id, news)] };
    let (settler, shop, now) = (&world.settler, world.shop, world.now);
    world.storage.write_blocking(|tx| settler.settle(tx, shop, &batch, now, None))?;
    Ok(())
}

/// Puts the signed attribute of a visitor into the order, as the storefront's cart carries it.
fn carry(world: &World, visitor: &str, payload: &mut Value) {
    let token = world.tokens.sign(world.shop, visitor, world.now);
    let attribute = json!({"name": CART_ATTRIBUTE, "value": token});
    let Value::Object(order) = payload else { return };
    match order.get_mut("note_attributes") {
        Some(Value::Array(attributes)) => attributes.push(attribute),
        _ => {
            order.insert("note_attributes".to_owned(), json!([attribute]));
        }
    }
}

fn set_program(world: &World, field: &str, event: ScenarioEvent) -> Result<(), SimulateError> {
    let rules = needed(event.program, field, "program")?;
    let program = world.programs.id(&rules.key).ok_or_else(|| {
        malformed(format!("{field}.program.key"), format!("no program {:?}", rules.key))
    })?;
    let currency = world.books.known_currency(world.shop);
    setup::check_program(&format!("{field}.program"), &rules, currency)?;
    let (shop, now) = (world.shop, world.now);
    world.storage.write_blocking(|tx| {
        programs::program_version_insert(tx, shop, program, now, rules.clone())
    })?;
    Ok(())
}

fn assign(world: &World, field: &str, event: &ScenarioEvent) -> Result<(), SimulateError> {
    let order = domain::ids::ShopifyId(needed(event.order_id, field, "order_id")?);
    let (_, affiliate) = named_affiliate(world, field, event)?;
    let (settler, shop, now) = (&world.settler, world.shop, world.now);
    let assigned =
        world.storage.write_blocking(|tx| settler.assign(tx, shop, order, affiliate, now));
    match assigned {
        Ok(_) => Ok(()),
        Err(StorageError::NotFound) => {
            Err(malformed(format!("{field}.order_id"), format!("no order {order} has arrived")))
        }
        Err(error) => Err(error.into()),
    }
}

fn payout(world: &mut World, field: &str, event: &ScenarioEvent) -> Result<(), SimulateError> {
    let (key, affiliate) = named_affiliate(world, field, event)?;
    let (books, shop, now) = (Arc::clone(&world.books), world.shop, world.now);
    let paid = world.storage.write_blocking(|tx| pay_out(tx, &books, shop, affiliate, now))?;
    world.payouts.push((key, paid));
    Ok(())
}

/// The affiliate that an event names by its key.
fn named_affiliate(
    world: &World,
    field: &str,
    event: &ScenarioEvent,
) -> Result<(String, AffiliateId), SimulateError> {
    let Some(Value::String(key)) = &event.affiliate else {
        return Err(malformed(format!("{field}.affiliate"), "the key of an affiliate"));
    };
    let affiliate = world
        .affiliates
        .id(key)
        .ok_or_else(|| malformed(format!("{field}.affiliate"), format!("no affiliate {key:?}")))?;
    Ok((key.clone(), affiliate))
}

fn review(world: &World, field: &str, event: &ScenarioEvent) -> Result<(), SimulateError> {
    let order = domain::ids::ShopifyId(needed(event.order_id, field, "order_id")?);
    let reason = Reason::parse(event.reason.as_deref().unwrap_or("review"));
    let action = match event.status.as_deref() {
        Some("approved") => ReviewAction::Approve,
        Some("rejected" | "declined") => ReviewAction::Reject(reason),
        Some("on_hold" | "hold") => ReviewAction::Hold(reason),
        Some("pending") => ReviewAction::Release,
        _ => {
            return Err(malformed(
                format!("{field}.status"),
                "approved, rejected, on_hold or pending",
            ));
        }
    };
    let (books, shop, now) = (&world.books, world.shop, world.now);
    let reviewed =
        world.storage.write_blocking(|tx| review_order(tx, books, shop, order, &action, now));
    match reviewed {
        Ok(_) => Ok(()),
        Err(ReviewError::WrongMove(wrong)) => Err(malformed(format!("{field}.status"), wrong)),
        Err(ReviewError::Storage(StorageError::NotFound)) => {
            Err(malformed(format!("{field}.order_id"), format!("order {order} has no conversion")))
        }
        Err(ReviewError::Storage(error)) => Err(error.into()),
    }
}
