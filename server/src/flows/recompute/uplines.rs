//! Who is above an affiliate when an order arrives: nearest first, as many as the program has levels.
//! Everybody keeps their own level: one who may not earn leaves it empty, nobody moves up.

use std::collections::HashMap;

use domain::{
    affiliate::AffiliateStatus, ids::AffiliateId, order::OrderSnapshot, program::ProgramRules,
    reason::Reason,
};
use storage::{
    DbConn, StorageError,
    affiliates::{self, Affiliate},
    orders::Order,
};

use super::history::NewPart;
use crate::flows::{explanation::Upline, shop_book::ShopBook};

/// Reads everybody above the affiliates of new parts, level by level, where a program pays levels.
pub(in crate::flows) fn read_chains(
    conn: &mut DbConn,
    book: &ShopBook,
    parts: &[NewPart<'_>],
    known: &mut HashMap<AffiliateId, Affiliate>,
) -> Result<(), StorageError> {
    let paying = parts.iter().filter(|part| !part.rules.levels.is_empty());
    let mut at: Vec<(Option<AffiliateId>, usize)> =
        paying.map(|part| (part.affiliate.upline_id, part.rules.levels.len())).collect();
    while at.iter().any(|(upline, levels)| upline.is_some() && *levels > 0) {
        let wanted = at.iter().filter(|(_, levels)| *levels > 0).filter_map(|(upline, _)| *upline);
        let missing: Vec<_> = wanted.filter(|id| !known.contains_key(id)).collect();
        if !missing.is_empty() {
            known.extend(affiliates::affiliates_by_ids(conn, book.shop, &missing)?);
        }
        for (upline, levels) in &mut at {
            *upline = upline.and_then(|id| known.get(&id)).and_then(|above| above.upline_id);
            *levels = levels.saturating_sub(1);
        }
    }
    Ok(())
}

/// Those above an affiliate. A loop, which cannot be saved, would end the chain.
pub(in crate::flows) fn chain(
    known: &HashMap<AffiliateId, Affiliate>,
    affiliate: &Affiliate,
    rules: &ProgramRules,
    order: &Order,
) -> Vec<Upline> {
    let mut chain: Vec<Upline> = Vec::new();
    let mut next = affiliate.upline_id;
    while let Some(above) = next.and_then(|id| known.get(&id)) {
        let is_loop = above.id == affiliate.id || chain.iter().any(|one| one.affiliate == above.id);
        if is_loop || chain.len() == rules.levels.len() {
            break;
        }
        let refused = refusal(above, order.state.0.snapshot.as_ref());
        chain.push(Upline { affiliate: above.id, refused });
        next = above.upline_id;
    }
    chain
}

/// Why somebody above may not earn: as for a credit of their own (G61, G62, G86).
fn refusal(above: &Affiliate, order: Option<&OrderSnapshot>) -> Option<Reason> {
    let may_earn = AffiliateStatus::parse(&above.status).is_some_and(AffiliateStatus::may_earn);
    if !may_earn {
        return Some(Reason::AffiliateInactive);
    }
    let order = order?;
    let is_mailbox = order.email_fingerprint.as_deref() == Some(above.email_fingerprint.as_str())
        && !above.email_fingerprint.is_empty();
    let is_account = order.customer_id.is_some() && order.customer_id == above.shopify_customer_id;
    (is_mailbox || is_account).then_some(Reason::SelfReferral)
}
