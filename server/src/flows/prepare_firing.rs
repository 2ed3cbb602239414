//! From a row of the outbox to the exact request: the same for the worker, for `simulate` and for
//! whoever wants to see it before it goes.

use domain::{
    ids::PostbackId,
    postback::{
        Credentials, Record, Rendered,
        matching::{Facts, Verdict, matches},
        render,
    },
};
use storage::{
    DbConn, StorageError,
    conversions::{self, ConversionRow},
    firings::Firing,
};

use super::{
    book_changes::{amount, read_conversion},
    shop_book::{BookPostback, ShopBook},
};
use crate::secrets::MasterKey;

/// A request, or why there is none.
pub type Prepared = Result<Request, String>;

/// A request, ready to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its bytes.
    pub rendered: Rendered,
    /// The status it tells.
    pub status: Option<String>,
}

/// The place that encrypted credentials of a postback are bound to.
#[must_use]
pub fn credentials_place(postback: PostbackId) -> String {
    format!("postbacks.credentials:{postback}")
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
) -> Result<Prepared, StorageError> {
    if !book.settings.postbacks_enabled {
        return Ok(Err(super::enqueue_firings::SWITCHED_OFF.to_owned()));
    }
    let Some(postback) = book.postback(firing.postback_id) else {
        return Ok(Err("the postback was deleted".to_owned()));
    };
    let mut record: Record = serde_json::from_str(&firing.record)
        .map_err(|error| StorageError::Corrupt(format!("record of {}: {error}", firing.id)))?;
    record.set("attempt", (firing.attempts + 1).to_string());
    if postback.settings.delay_seconds > 0 && firing.attempts == 0 {
        if let Some(refused) = bring_up_to_date(conn, book, postback, firing, &mut record)? {
            return Ok(Err(refused));
        }
    }
    let credentials = match open_credentials(master_key, postback) {
        Ok(credentials) => credentials,
        Err(refused) => return Ok(Err(refused)),
    };
    let status = record.value("status").map(ToOwned::to_owned);
    Ok(render(&postback.settings, credentials.as_ref(), &record)
        .map(|rendered| Request { rendered, status })
        .map_err(|error| error.to_string()))
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

/// The credentials of a postback, decrypted.
///
/// # Errors
/// A sentence for the log when the stored secret cannot be opened.
pub fn open_credentials(
    master_key: &MasterKey,
    postback: &BookPostback,
) -> Result<Option<Credentials>, String> {
    let Some(sealed) = &postback.row.credentials else { return Ok(None) };
    let plain = master_key
        .decrypt(&credentials_place(postback.row.id), sealed)
        .map_err(|error| error.to_string())?;
    serde_json::from_slice(&plain)
        .map(Some)
        .map_err(|_unreadable| "the stored credentials cannot be read; enter them again".to_owned())
}
