//! From a row of the outbox to the exact request: the same for the worker, for `simulate` and for
//! whoever wants to see it before it goes.

use domain::postback::{
    Record, Rendered,
    matching::{Facts, Verdict, matches},
};
use domain::time::UtcTime;
use storage::{
    DbConn, StorageError,
    conversions::{self, ConversionRow},
    firings::Firing,
    orders, outbox,
};

use super::{
    book_changes::{amount, read_conversion},
    save_postback::stored_credentials,
    shop_book::{BookPostback, ShopBook},
    sign_request::render_signed,
};
use crate::secrets::{MasterKey, Purpose, mac};

/// The header that marks a call that is sent again on request, or after a pause (N7).
pub const REPLAY_HEADER: (&str, &str) = ("Tributary-Replay", "1");

/// What is to be done with a firing.
#[derive(Debug, Clone)]
pub enum Prepared {
    /// Send this.
    Send(Box<Request>),
    /// Never send it, for this reason.
    NotSent(String),
    /// An earlier call about the same conversion comes first; look again then.
    Wait(UtcTime),
}

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its bytes.
    pub rendered: Rendered,
    /// The status it tells.
    pub status: Option<String>,
}

/// Builds the request of a firing. A delayed one reports what has become of its conversion
/// meanwhile (I8).
///
/// # Errors
/// [`StorageError`] when the conversion cannot be read.
pub fn prepare_firing(
    conn: &mut DbConn,
    book: &ShopBook,
    master_key: &MasterKey,
    firing: &Firing,
    now: UtcTime,
) -> Result<Prepared, StorageError> {
    if !book.settings.postbacks_enabled {
        return Ok(Prepared::NotSent(super::enqueue_firings::SWITCHED_OFF.to_owned()));
    }
    let Some(postback) = book.postback(firing.postback_id) else {
        return Ok(Prepared::NotSent("the postback was deleted".to_owned()));
    };
    if let Some(until) = blocked_until(conn, firing, now)? {
        return Ok(Prepared::Wait(until));
    }
    let mut record: Record = serde_json::from_str(&firing.record)
        .map_err(|error| StorageError::Corrupt(format!("record of {}: {error}", firing.id)))?;
    record.set("attempt", (firing.attempts + 1).to_string());
    let is_delayed = postback.settings.delay_seconds > 0 && firing.attempts == 0;
    if is_delayed
        && let Some(refused) = bring_up_to_date(conn, book, postback, firing, &mut record)?
    {
        return Ok(Prepared::NotSent(refused));
    }
    if book.settings.postbacks.customer_hash_allowed && postback.settings.uses("customer_hash") {
        set_customer_hash(conn, book, master_key, firing, &mut record)?;
    }
    let credentials = match stored_credentials(master_key, &postback.row) {
        Ok(credentials) => credentials,
        Err(error) => return Ok(Prepared::NotSent(error.to_string())),
    };
    let keys = match book.signing_keys(master_key, postback.row.affiliate_id) {
        Ok(keys) => keys,
        Err(error) => return Ok(Prepared::NotSent(error.to_string())),
    };
    let status = record.value("status").map(ToOwned::to_owned);
    match render_signed(&postback.settings, credentials.as_ref(), &record, &keys, now) {
        Ok(mut rendered) => {
            if firing.is_replay {
                let (name, value) = REPLAY_HEADER;
                rendered.headers.push((name.to_owned(), value.to_owned()));
            }
            Ok(Prepared::Send(Box::new(Request { rendered, status })))
        }
        Err(error) => Ok(Prepared::NotSent(error.to_string())),
    }
}

/// Only what follows the first event of a conversion can have something before it. While that is being
/// sent we look again soon; the longer it takes, the less often.
fn blocked_until(
    conn: &mut DbConn,
    firing: &Firing,
    now: UtcTime,
) -> Result<Option<UtcTime>, StorageError> {
    if firing.conversion_id.is_none() || firing.event_key.ends_with(":1") {
        return Ok(None);
    }
    let Some(earlier) = outbox::firing_blocked_until(conn, firing)? else { return Ok(None) };
    let patience_s = (now.seconds_since(firing.created_at) / 4).max(1);
    Ok(Some(earlier.max(now.plus_millis(250)).min(now.plus_seconds(patience_s))))
}

/// A pseudonym of the buyer that is stable for one owner of postbacks and says nothing to another.
fn set_customer_hash(
    conn: &mut DbConn,
    book: &ShopBook,
    master_key: &MasterKey,
    firing: &Firing,
    record: &mut Record,
) -> Result<(), StorageError> {
    let Some(conversion) = firing.conversion_id else { return Ok(()) };
    let Some(row) = conversions::conversion_by_id(conn, book.shop, conversion)? else {
        return Ok(());
    };
    let order = orders::order_by_id(conn, book.shop, row.order_id)?;
    let Some(customer) = order.and_then(|order| order.customer_id) else { return Ok(()) };
    let owner = firing.affiliate_id.map_or(0, |affiliate| affiliate.0);
    let key = master_key.derive(Purpose::CustomerHash);
    let named = format!("{}/{owner}/{customer}", book.shop);
    let hash = hex::encode(mac(&key, &[named.as_bytes()]));
    record.set("customer_hash", hash.get(..32).unwrap_or_default());
    Ok(())
}

/// Puts the conversion's present status and amounts into the record of a delayed firing. Gives the
/// reason when the postback would not fire for them any more.
fn bring_up_to_date(
    conn: &mut DbConn,
    book: &ShopBook,
    postback: &BookPostback,
    firing: &Firing,
    record: &mut Record,
) -> Result<Option<String>, StorageError> {
    let Some(id) = firing.conversion_id else { return Ok(None) };
    let Some(row) = conversions::conversion_by_id(conn, book.shop, id)? else { return Ok(None) };
    let conversion = read_conversion(&row)?;
    let status = conversion.status.as_str();
    let was = record.value("status").unwrap_or_default().to_owned();
    let is_declined = matches!(status, "rejected" | "reversed");
    if let Some(refused) = refusal(postback, firing, &row, status, is_declined && was != status) {
        return Ok(Some(refused));
    }
    record.set("status", status);
    record.set("workflow_status", status);
    record.set("total_commission", amount(conversion.commission_minor, &conversion));
    record.set("total_sales", amount(conversion.sales_minor, &conversion));
    if let Some(reason) = &conversion.reason {
        record.set("reason", reason.to_string());
    }
    Ok(None)
}

fn refusal(
    postback: &BookPostback,
    firing: &Firing,
    row: &ConversionRow,
    status: &str,
    needs_reversal_support: bool,
) -> Option<String> {
    let kind = domain::event::EventKind::parse(&firing.event)?;
    let facts = Facts {
        kinds: &[kind],
        status: Some(status),
        reason: row.reason.as_deref(),
        goal: None,
        method: Some(&row.method),
        needs_reversal_support,
    };
    let verdict =
        matches(&postback.settings, &facts, Some(&row.program_id), Some(&row.affiliate_id));
    match verdict {
        Verdict::Fire(_) => None,
        Verdict::NotSent(_, why) => Some(why.to_owned()),
        Verdict::No => Some(format!("after the delay the conversion is {status}")),
    }
}
