//! Approved sales and the bonuses that they reach (domain rules 3.8). Sums are kept for every program,
//! since a program may begin to look at them later; they change only with approvals and with refunds
//! of what was approved. Repeat-safe: the grant says what stands in the ledger, and the sum's row is
//! locked until the transaction ends.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    commission::bonuses_reached,
    conversion::{Conversion, PayoutTerms},
    ids::EntryId,
    ledger::{self as ledger_rules, EntryKind},
    money::Money,
    program::{Period, ProgramRules},
    reason::Reason,
    time::UtcTime,
};
use storage::{
    StorageError, WriteTx,
    affiliates::Affiliate,
    ledger::{Balance, Entry},
    milestones::{
        BonusGrant, PeriodKey, PeriodSales, bonus_grants_of, bonus_grants_save, period_sales_add,
        period_sales_of,
    },
    stats::DailyStat,
};

use super::{
    book_changes::{Booking, day_number},
    recompute::payout_rate,
    shop_book::ShopBook,
};

/// What bonuses add to a booking.
#[derive(Debug, Default)]
pub(super) struct Milestones {
    pub(super) entries: Vec<Entry>,
    pub(super) balances: Vec<Balance>,
    pub(super) days: Vec<DailyStat>,
}

/// A period whose sum has changed, and whose program pays bonuses for it.
struct Candidate<'a> {
    affiliate: &'a Affiliate,
    rules: &'a ProgramRules,
}

/// Adds the changes of approved sales to their periods and grants what they reach.
pub(super) fn reach_milestones(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    bookings: &[Booking<'_>],
    now: UtcTime,
) -> Result<Milestones, StorageError> {
    let mut deltas = Vec::new();
    let mut candidates: BTreeMap<PeriodKey, Candidate<'_>> = BTreeMap::new();
    for booking in bookings.iter().filter(|booking| booking.row.level == 0) {
        let delta = approved_sales(&booking.change.conversion)
            - booking.before.as_ref().map_or(0, approved_sales);
        if delta == 0 {
            continue;
        }
        let version = book.version(booking.row.program_id, booking.row.program_version);
        for scope in Period::ALL {
            let sum = period_delta(book, booking, scope, delta);
            let pays = |rules: &ProgramRules| rules.bonuses.iter().any(|one| one.scope == scope);
            if let Some(version) = version.filter(|version| pays(&version.rules)) {
                let rules = version.rules.as_ref();
                candidates.insert(sum.key(), Candidate { affiliate: booking.affiliate, rules });
            }
            deltas.push(sum);
        }
    }
    if deltas.is_empty() {
        return Ok(Milestones::default());
    }
    period_sales_add(tx, &deltas)?;
    if candidates.is_empty() {
        return Ok(Milestones::default());
    }
    grant(tx, book, &candidates, now)
}

/// Net sales of a conversion that is approved, or further.
const fn approved_sales(conversion: &Conversion) -> i64 {
    if conversion.status.is_approved() { conversion.sales_minor } else { 0 }
}

fn period_delta(book: &ShopBook, booking: &Booking<'_>, scope: Period, delta: i64) -> PeriodSales {
    PeriodSales {
        affiliate_id: booking.row.affiliate_id,
        program_id: booking.row.program_id,
        scope,
        starts_at: scope.start(booking.row.ordered_at, &book.timezone),
        shop_id: book.shop,
        sales_minor: delta,
        peak_minor: 0,
    }
}

fn grant(
    tx: &mut WriteTx<'_>,
    book: &ShopBook,
    candidates: &BTreeMap<PeriodKey, Candidate<'_>>,
    now: UtcTime,
) -> Result<Milestones, StorageError> {
    let keys: BTreeSet<PeriodKey> = candidates.keys().copied().collect();
    let sums: BTreeMap<PeriodKey, i64> = period_sales_of(tx, book.shop, &keys)?
        .iter()
        .map(|sum| (sum.key(), sum.sales_minor))
        .collect();
    let granted = bonus_grants_of(tx, book.shop, &keys)?;
    let mut grants = Vec::new();
    let mut found = Milestones::default();
    for (key, candidate) in candidates {
        let net = Money::new(sums.get(key).copied().unwrap_or(0), book.currency());
        let reached = match bonuses_reached(&candidate.rules.bonuses, key.scope, net) {
            Ok(reached) => reached,
            Err(error) => {
                tracing::error!(program = key.program.0, %error, "bonuses cannot be computed");
                continue;
            }
        };
        for (index, bonus) in candidate.rules.bonuses.iter().enumerate() {
            if bonus.scope != key.scope {
                continue;
            }
            let position = i64::try_from(index).unwrap_or(i64::MAX);
            let known = granted.iter().find(|grant| is_of(grant, key, position));
            let stands = known.map_or(0, |grant| grant.amount_minor);
            let earned = reached.iter().find(|one| one.index == index);
            let target = match earned {
                // What was granted is not granted anew when the merchant changes the amount.
                Some(_) if stands != 0 => stands,
                Some(reached) => reached.amount.minor,
                None if bonus.take_back => 0,
                None => stands,
            };
            if target == stands {
                continue;
            }
            let grant = match known.filter(|_| target == 0) {
                Some(known) => BonusGrant { amount_minor: 0, payout_minor: 0, ..known.clone() },
                None => new_grant(book, candidate.affiliate, key, position, target)?,
            };
            let stood_payout = known.map_or(0, |known| known.payout_minor);
            found.add(tx, book, [stands, stood_payout], &grant, now);
            grants.push(grant);
        }
    }
    bonus_grants_save(tx, &grants)?;
    Ok(found)
}

fn is_of(grant: &BonusGrant, key: &PeriodKey, position: i64) -> bool {
    let of = PeriodKey {
        affiliate: grant.affiliate_id,
        program: grant.program_id,
        scope: grant.scope,
        starts_at: grant.starts_at,
    };
    of == *key && grant.position == position
}

fn new_grant(
    book: &ShopBook,
    affiliate: &Affiliate,
    key: &PeriodKey,
    position: i64,
    amount_minor: i64,
) -> Result<BonusGrant, StorageError> {
    let terms =
        PayoutTerms::new(book.currency(), affiliate.payout_currency, payout_rate(affiliate)?);
    Ok(BonusGrant {
        affiliate_id: key.affiliate,
        program_id: key.program,
        scope: key.scope,
        starts_at: key.starts_at,
        position,
        shop_id: book.shop,
        amount_minor,
        payout_currency: terms.currency(),
        payout_minor: terms.convert(amount_minor, book.currency()),
    })
}

impl Milestones {
    /// The entry from what stood in the ledger, in both currencies, to what now stands.
    fn add(
        &mut self,
        tx: &WriteTx<'_>,
        book: &ShopBook,
        [stood, stood_payout]: [i64; 2],
        grant: &BonusGrant,
        now: UtcTime,
    ) {
        let currency = book.currency();
        let amount_minor = grant.amount_minor - stood;
        self.entries.push(Entry {
            id: EntryId(tx.next_id(now)),
            shop_id: book.shop,
            affiliate_id: grant.affiliate_id,
            conversion_id: None,
            at: now,
            kind: EntryKind::Bonus.as_str().to_owned(),
            reason: (amount_minor < 0).then(|| Reason::Refunded.to_string()),
            currency,
            amount_minor,
            payout_currency: grant.payout_currency,
            payout_amount_minor: grant.payout_minor - stood_payout,
            conversion_version: None,
        });
        let moved = ledger_rules::Balance::of_entry(EntryKind::Bonus, amount_minor);
        self.balances.push(Balance {
            shop_id: book.shop,
            affiliate_id: grant.affiliate_id,
            currency,
            pending_minor: moved.pending_minor,
            payable_minor: moved.payable_minor,
            paid_minor: moved.paid_minor,
        });
        self.days.push(DailyStat {
            shop_id: book.shop,
            affiliate_id: grant.affiliate_id,
            day: day_number(now),
            currency,
            clicks: 0,
            conversions: 0,
            sales_minor: 0,
            commission_minor: amount_minor,
        });
    }
}
