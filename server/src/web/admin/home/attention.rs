//! What needs the merchant now, with how many of it.

use domain::ids::ShopId;
use shopify::scopes::Scopes;
use storage::{
    DbConn, StorageError,
    affiliates::{AffiliateFilter, affiliate_page},
    conversions::{ConversionFilter, conversion_page},
    installations::Installation,
    postbacks::postbacks_of_shop,
    privacy::data_requests_of,
};

use crate::web::view::admin::home::Attention;

/// Days in which a customer's question about their data has to be answered.
pub(in crate::web::admin) const ANSWER_DAYS: i64 = 30;
/// What needs attention is counted up to this.
const COUNTED_MAX: i64 = 100;
/// Postbacks that are looked at for failures.
const POSTBACKS_MAX: i64 = 2_000;

/// Decisions that wait, and postbacks that fail.
pub(super) fn waiting(conn: &mut DbConn, shop: ShopId) -> Result<Vec<Attention>, StorageError> {
    let pending =
        AffiliateFilter { status: Some("pending".to_owned()), ..AffiliateFilter::default() };
    let pending = affiliate_page(conn, shop, &pending, None, COUNTED_MAX)?.len();
    let held =
        ConversionFilter { status: Some("on_hold".to_owned()), ..ConversionFilter::default() };
    let held = conversion_page(conn, shop, &held, None, COUNTED_MAX)?.len();
    let failing = postbacks_of_shop(conn, shop, None, POSTBACKS_MAX)?
        .iter()
        .filter(|postback| postback.failures_in_row > 0)
        .count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let all = [
        (pending, Attention::PendingAffiliates(count(pending))),
        (held, Attention::OrdersOnHold(count(held))),
        (failing, Attention::FailingPostbacks(count(failing))),
    ];
    Ok(all.into_iter().filter(|(number, _)| *number > 0).map(|(_, one)| one).collect())
}

/// Customers who asked what is known of them, and of whom nobody took the answer yet.
pub(super) fn asking(conn: &mut DbConn, shop: ShopId) -> Result<usize, StorageError> {
    let requests = data_requests_of(conn, shop, COUNTED_MAX)?;
    Ok(requests.iter().filter(|request| request.downloaded_at.is_none()).count())
}

/// What is wrong between Shopify and us.
pub(super) fn connection(installation: &Installation) -> Vec<Attention> {
    if !installation.is_connected || installation.token.is_none() {
        return vec![Attention::NotConnected];
    }
    let missing = Scopes::parse(&installation.scopes).missing();
    if missing.is_empty() {
        return Vec::new();
    }
    vec![Attention::MissingPermissions(missing.join(", "))]
}
