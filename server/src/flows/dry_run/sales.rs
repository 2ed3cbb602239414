//! An affiliate's approved sales as they stood when each past order came: what performance tiers of a
//! draft look at.

use std::collections::BTreeMap;

use domain::{ids::AffiliateId, program::PerformanceTiers, time::UtcTime};
use storage::{
    DbConn, StorageError,
    milestones::{approved_sales_since, period_peaks_before},
    orders::Order,
};

use super::Draft;
use crate::flows::shop_book::ShopBook;

/// A sum from one approval on, and the highest until then.
#[derive(Debug, Clone, Copy)]
struct Stand {
    since: UtcTime,
    sum_minor: i64,
    peak_minor: i64,
}

/// Sums by affiliate and period, each with its growth in time.
#[derive(Debug, Default)]
pub(super) struct PastSales {
    tiers: Option<PerformanceTiers>,
    stands: BTreeMap<(AffiliateId, UtcTime), Vec<Stand>>,
    /// The best of the periods before those above.
    peaks: BTreeMap<AffiliateId, i64>,
}

impl PastSales {
    /// Reads what a draft's performance tiers ask for: nothing where it has none.
    pub(super) fn read(
        conn: &mut DbConn,
        book: &ShopBook,
        draft: &Draft<'_>,
    ) -> Result<Self, StorageError> {
        let Some(tiers) = &draft.rules.performance_tiers else { return Ok(Self::default()) };
        let first = tiers.scope.start(draft.from, &book.timezone);
        let known = approved_sales_since(conn, book.shop, draft.program, (first, draft.from))?;
        let mut sales = Self { tiers: Some(tiers.clone()), ..Self::default() };
        for (affiliate, sum) in known.before {
            sales.add((affiliate, first), draft.from, sum);
        }
        for sale in known.since {
            let starts_at = tiers.scope.start(sale.ordered_at, &book.timezone);
            sales.add((sale.affiliate, starts_at), sale.approved_at, sale.sales_minor);
        }
        if !tiers.demote {
            let before = (tiers.scope, first);
            let peaks = period_peaks_before(conn, book.shop, draft.program, before)?;
            sales.peaks = peaks.into_iter().collect();
        }
        Ok(sales)
    }

    /// Approvals come in the order of their times.
    fn add(&mut self, key: (AffiliateId, UtcTime), since: UtcTime, sales_minor: i64) {
        let stands = self.stands.entry(key).or_default();
        let (sum, peak) = stands.last().map_or((0, 0), |last| (last.sum_minor, last.peak_minor));
        let sum_minor = sum.saturating_add(sales_minor);
        stands.push(Stand { since, sum_minor, peak_minor: peak.max(sum_minor) });
    }

    /// What the tiers saw when an order came.
    pub(super) fn before(&self, book: &ShopBook, affiliate: AffiliateId, order: &Order) -> i64 {
        let Some(tiers) = &self.tiers else { return 0 };
        let starts_at = tiers.scope.start(order.ordered_at, &book.timezone);
        let at = |stands: &[Stand]| {
            let known = stands.partition_point(|stand| stand.since < order.created_at);
            known.checked_sub(1).and_then(|last| stands.get(last)).copied()
        };
        if tiers.demote {
            let stands = self.stands.get(&(affiliate, starts_at));
            return stands.and_then(|stands| at(stands)).map_or(0, |stand| stand.sum_minor);
        }
        let first = (affiliate, UtcTime::from_micros(i64::MIN));
        let periods = self.stands.range(first..=(affiliate, starts_at));
        let peaks = periods.filter_map(|(_, stands)| at(stands)).map(|stand| stand.peak_minor);
        let before = self.peaks.get(&affiliate).copied();
        peaks.chain(before).max().unwrap_or(0)
    }
}
