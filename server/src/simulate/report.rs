//! The result of a simulation: read back from the database, so that it is what the pages would show.

use std::collections::BTreeMap;

use domain::{
    attribution::Decision,
    ids::{ConversionId, EntryId, ShopifyId},
    money::{Currency, Money},
};
use serde_json::{Value, json};
use storage::{
    DbConn, StorageError,
    conversions::{self, ConversionRow},
    firings::{self, Firing, FiringFilter, FiringState},
    ledger::{self, Entry},
    orders::{self, Order},
};

use super::{SimulateError, World};
use crate::flows::{
    explanation::{Explanation, read_decision, read_explanation},
    pay_out::PaidOut,
};

/// Firings read at once.
const PAGE: i64 = 500;

/// Everything that the scenario has led to.
pub(super) fn result(world: &World) -> Result<Value, SimulateError> {
    let result = world.storage.read_blocking(|conn| {
        let mut orders = Vec::new();
        for id in &world.orders {
            orders.extend(order(world, conn, *id)?);
        }
        Ok::<_, StorageError>(json!({
            "orders": orders,
            "entries": other_entries(world, conn)?,
            "balances": balances(world, conn)?,
            "payouts": payouts(world),
            "postbacks": postbacks(world, conn)?,
        }))
    })?;
    Ok(result)
}

fn order(world: &World, conn: &mut DbConn, id: ShopifyId) -> Result<Option<Value>, StorageError> {
    let Some(order) = orders::order_by_shopify_id(conn, world.shop, id)? else { return Ok(None) };
    let decision = read_decision(&order)?.unwrap_or_default();
    let rows = conversions::conversions_of_orders(conn, world.shop, &[order.id])?;
    let ids: Vec<ConversionId> = rows.iter().map(|row| row.id).collect();
    let entries = ledger::entries_of_conversions(conn, world.shop, &ids)?;
    let shown = shown_rows(&decision, &rows);
    let mut lines: BTreeMap<usize, Value> = BTreeMap::new();
    for row in &shown {
        add_lines(&mut lines, &read_explanation(row)?);
    }
    Ok(Some(json!({
        "order_id": id.0,
        "order_name": order.name,
        "attribution": attribution(world, &order, &decision, &rows),
        "conversion": conversion(&shown),
        "lines": lines.into_values().collect::<Vec<_>>(),
        "entries": entries.iter().map(|entry| entry_json(world, entry)).collect::<Vec<_>>(),
    })))
}

/// The conversions of those who are credited now, or of the one who was refused; without what the
/// levels above them earn.
fn shown_rows<'a>(decision: &Decision, rows: &'a [ConversionRow]) -> Vec<&'a ConversionRow> {
    let credited = decision.credits.iter().map(|credit| credit.affiliate);
    let refused = decision.disqualified.iter().map(|one| one.affiliate);
    let named: Vec<_> = match decision.credits.is_empty() {
        false => credited.collect(),
        true => refused.collect(),
    };
    rows.iter().filter(|row| row.level == 0 && named.contains(&row.affiliate_id)).collect()
}

fn attribution(world: &World, order: &Order, decision: &Decision, rows: &[ConversionRow]) -> Value {
    let direct = decision.credits.first().filter(|_| order.reason.is_none());
    let method = decision
        .credits
        .first()
        .map(|credit| credit.method)
        .or(decision.disqualified.as_ref().map(|one| one.method));
    let candidates: Vec<Value> = decision
        .candidates
        .iter()
        .map(|candidate| {
            json!({
                "affiliate": world.affiliates.key(candidate.affiliate),
                "method": candidate.method.as_str(),
                "lost": candidate.lost,
            })
        })
        .collect();
    let mut value = json!({
        "affiliate": direct.map(|credit| world.affiliates.key(credit.affiliate)),
        "method": method.map(domain::attribution::Method::as_str),
        "reason": order.reason,
        "candidates": candidates,
    });
    let shares: Vec<Value> = shares(world, decision, rows);
    if shares.len() > 1
        && let Value::Object(fields) = &mut value
    {
        fields.insert("shares".to_owned(), Value::Array(shares));
    }
    value
}

/// Everybody who has a part in a split order: the equal parts of the linear model, and the levels
/// above each of them.
fn shares(world: &World, decision: &Decision, rows: &[ConversionRow]) -> Vec<Value> {
    let mut shares = Vec::new();
    for credit in &decision.credits {
        let of_credit = rows.iter().filter(|row| row.source_id == credit.affiliate);
        shares.extend(of_credit.map(|row| {
            json!({
                "affiliate": world.affiliates.key(row.affiliate_id),
                "level": row.level,
                "share": format!("{}/{}", credit.share.index + 1, credit.share.of),
                "commission": text(row.commission_minor, row.currency),
                "status": row.status,
            })
        }));
    }
    shares
}

/// One conversion, or the sum of the shares of a split order.
fn conversion(rows: &[&ConversionRow]) -> Value {
    let Some(first) = rows.first() else { return Value::Null };
    let sum = |part: fn(&ConversionRow) -> i64| rows.iter().map(|row| part(row)).sum::<i64>();
    json!({
        "status": first.status,
        "reason": first.reason,
        "currency": first.currency,
        "total_sales": text(sum(|row| row.sales_minor), first.currency),
        "total_commission": text(sum(|row| row.commission_minor), first.currency),
        "program_version": first.program_version,
    })
}

/// Lines by position; the shares of a split order add up.
fn add_lines(lines: &mut BTreeMap<usize, Value>, explanation: &Explanation) {
    for (index, line) in explanation.commission.lines.iter().enumerate() {
        let earlier = lines.get(&index).and_then(|line| line.get("commission")?.as_str());
        let earlier = earlier
            .and_then(|amount| Money::parse(amount, line.commission.currency).ok())
            .map_or(0, |money| money.minor);
        let commission = Money::new(line.commission.minor + earlier, line.commission.currency);
        lines.insert(
            index,
            json!({
                "line_item_id": line.line_item_id.map(|id| id.0),
                "base": line.base.decimal(),
                "rate": line.rate,
                "commission": commission.decimal(),
                "why": line.why,
            }),
        );
    }
}

fn entry_json(world: &World, entry: &Entry) -> Value {
    json!({
        "at": entry.at,
        "affiliate": world.affiliates.key(entry.affiliate_id),
        "kind": entry.kind,
        "amount": text(entry.amount_minor, entry.currency),
        "currency": entry.currency,
        "reason": entry.reason,
        "payout_amount": text(entry.payout_amount_minor, entry.payout_currency),
        "payout_currency": entry.payout_currency,
    })
}

/// Entries that belong to no order: payouts.
fn other_entries(world: &World, conn: &mut DbConn) -> Result<Vec<Value>, StorageError> {
    let mut entries = Vec::new();
    let mut after = EntryId(0);
    loop {
        let page = ledger::entries_after(conn, world.shop, after, PAGE)?;
        let Some(last) = page.last() else { return Ok(entries) };
        after = last.id;
        let others = page.iter().filter(|entry| entry.conversion_id.is_none());
        entries.extend(others.map(|entry| entry_json(world, entry)));
    }
}

fn payouts(world: &World) -> Vec<Value> {
    let shown = |(affiliate, paid): &(String, PaidOut)| {
        json!({
            "affiliate": affiliate,
            "amount": paid.amount.decimal(),
            "currency": paid.amount.currency,
            "carried": paid.carried.decimal(),
        })
    };
    world.payouts.iter().map(shown).collect()
}

fn balances(world: &World, conn: &mut DbConn) -> Result<Vec<Value>, StorageError> {
    let currency = world.books.of(conn, world.shop)?.currency();
    let mut balances = Vec::new();
    for (key, id) in &world.affiliates.0 {
        let known = ledger::balances_of(conn, world.shop, *id)?;
        if known.is_empty() {
            balances.push(balance(key, currency, [0; 3]));
        }
        for row in known {
            let sums = [row.pending_minor, row.payable_minor, row.paid_minor];
            balances.push(balance(key, row.currency, sums));
        }
    }
    Ok(balances)
}

fn balance(key: &str, currency: Currency, [pending, payable, paid]: [i64; 3]) -> Value {
    json!({
        "affiliate": key,
        "currency": currency,
        "pending": text(pending, currency),
        "payable": text(payable, currency),
        "paid": text(paid, currency),
    })
}

fn postbacks(world: &World, conn: &mut DbConn) -> Result<Vec<Value>, StorageError> {
    let mut firings: Vec<Firing> = Vec::new();
    let mut before = None;
    loop {
        let filter = FiringFilter::default();
        let page = firings::firing_page(conn, world.shop, &filter, before, PAGE)?;
        let Some(last) = page.last() else { break };
        before = Some((last.created_at, last.id));
        firings.extend(page);
    }
    firings.reverse();
    let mut shown: Vec<_> = firings
        .iter()
        .filter(|firing| matches!(firing.state, FiringState::Delivered | FiringState::NotSent))
        .map(|firing| {
            let at = world.sent.get(&firing.id).map_or(firing.created_at, |sent| sent.at);
            (at, firing_json(world, firing))
        })
        .collect();
    shown.sort_by_key(|(at, _)| *at);
    Ok(shown.into_iter().map(|(_, firing)| firing).collect())
}

fn firing_json(world: &World, firing: &Firing) -> Value {
    let sent = world.sent.get(&firing.id);
    json!({
        "at": sent.map_or(firing.finished_at.unwrap_or(firing.created_at), |sent| sent.at),
        "postback": world.postbacks.key(firing.postback_id),
        "event": firing.event,
        "status": sent.and_then(|sent| sent.status.clone()).or_else(|| firing.status.clone()),
        "method": sent.map(|sent| sent.rendered.method),
        "url": sent.map(|sent| sent.rendered.url.clone()),
        "headers": sent.map(|sent| sent.rendered.headers.clone()).unwrap_or_default(),
        "body": sent.and_then(|sent| sent.rendered.body.clone()),
        "not_sent": sent.is_none().then_some(firing.reason.as_deref()).flatten(),
    })
}

fn text(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).decimal()
}
