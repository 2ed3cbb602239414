//! A browser tells that an order was placed: which pixels may hear of it from there, and, for the
//! server's events, what the visitor allowed. The browser is believed about consent and about itself,
//! never about who is credited.

use domain::{
    ids::{ShopId, ShopifyId},
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    browser_signals::{BrowserSignal, browser_signals_save},
    pixel_events::pixel_events_wake,
};

use super::enqueue_pixel_events::{order_subject, visitor_subject};

/// What a browser said at the checkout. Texts are checked already.
#[derive(Debug, Clone)]
pub struct PurchaseReport {
    /// The shop.
    pub shop: ShopId,
    /// The order, where the browser knows it.
    pub order: Option<ShopifyId>,
    /// The visitor whom its token names, if we signed one.
    pub visitor: Option<String>,
    /// What the visitor allowed, in two bits.
    pub consent: i64,
    /// The browser's name for itself.
    pub user_agent: Option<String>,
    /// The network's browser cookie.
    pub fbp: Option<String>,
    /// The network's click cookie.
    pub fbc: Option<String>,
}

/// Keeps what was said and wakes the events that waited for it.
///
/// # Errors
/// [`StorageError`].
pub fn report_purchase(
    tx: &mut WriteTx<'_>,
    report: &PurchaseReport,
    now: UtcTime,
) -> Result<(), StorageError> {
    let order = report.order.map(order_subject);
    let visitor = report.visitor.as_deref().map(visitor_subject);
    let signals: Vec<BrowserSignal> = [&order, &visitor]
        .into_iter()
        .flatten()
        .map(|subject| BrowserSignal {
            shop_id: report.shop,
            subject: subject.clone(),
            consent: report.consent,
            user_agent: report.user_agent.clone(),
            fbp: report.fbp.clone(),
            fbc: report.fbc.clone(),
            at: now,
        })
        .collect();
    browser_signals_save(tx, &signals)?;
    pixel_events_wake(tx, report.shop, order.as_deref(), visitor.as_deref(), now)?;
    Ok(())
}
