//! Somebody who watches a shop from outside and expects by the rules' own words what the program must
//! decide by what happened before: approved net sales of each period, and the highest that they were;
//! which tier sum and which kind of customer a new conversion is judged by; which bonuses stand.
//! It knows nothing of how the program keeps these sums.

use std::collections::{BTreeMap, BTreeSet};

use domain::{
    conversion::ConversionStatus,
    ids::{AffiliateId, ConversionId, OrderId},
    ledger::EntryKind,
    money::Money,
    program::{CustomerKind, CustomerRule, Period, ProgramRules},
    time::UtcTime,
};
use storage::{conversions::ConversionRow, orders::Order};
use tributary::flows::explanation::read_explanation;

use crate::shop::Shop;

/// Whose sales, in which kind of period, which began when.
type Account = (AffiliateId, Period, UtcTime);

/// What was seen until now.
#[derive(Default)]
pub(super) struct Observer {
    /// As they were the last time.
    rows: Vec<ConversionRow>,
    known: BTreeSet<ConversionId>,
    sales: BTreeMap<Account, i64>,
    peaks: BTreeMap<Account, i64>,
    /// Bonuses that stand, by account and place in the program's list.
    bonuses: BTreeMap<(Account, usize), i64>,
}

impl Observer {
    /// Looks at the shop after one step.
    pub(super) fn look(&mut self, shop: &Shop) {
        let rows = shop.conversions();
        if rows == self.rows {
            return;
        }
        let is_new = |row: &&ConversionRow| row.level == 0 && !self.known.contains(&row.id);
        let new: Vec<&ConversionRow> = rows.iter().filter(is_new).collect();
        let orders = if new.is_empty() { Vec::new() } else { shop.orders() };
        for row in new {
            self.check_new(shop, &orders, row);
        }
        self.known.extend(rows.iter().map(|row| row.id));
        let before = std::mem::replace(&mut self.sales, approved_sales(&rows));
        for (account, sum) in &self.sales {
            let peak = self.peaks.entry(*account).or_default();
            *peak = (*peak).max(*sum);
        }
        let accounts: BTreeSet<Account> = before.keys().chain(self.sales.keys()).copied().collect();
        for account in accounts {
            if before.get(&account) != self.sales.get(&account) {
                self.judge_bonuses(shop, account);
            }
        }
        self.check_bonuses(shop);
        self.rows = rows;
    }

    /// What a new conversion was judged by: as things stood before the step that made it.
    fn check_new(&self, shop: &Shop, orders: &[Order], row: &ConversionRow) {
        let context = read_explanation(row).expect("an explanation").context;
        let book = shop.book();
        let version = book.version(row.program_id, row.program_version).expect("a version");
        let rules = version.rules.as_ref();
        if let Some(tiers) = &rules.performance_tiers {
            let starts_at = tiers.scope.start(row.ordered_at, "UTC");
            let own = |account: &Account| (account.0, account.1) == (row.affiliate_id, tiers.scope);
            let wanted = if tiers.demote {
                let account = (row.affiliate_id, tiers.scope, starts_at);
                self.sales.get(&account).copied().unwrap_or(0)
            } else {
                let until = self.peaks.iter().filter(|(one, _)| own(one) && one.2 <= starts_at);
                until.map(|(_, peak)| *peak).max().unwrap_or(0)
            };
            assert_eq!(context.approved_sales_minor, wanted, "{tiers:?}: {row:#?}");
        }
        if looks_back(rules) {
            let order = orders.iter().find(|one| one.id == row.order_id).expect("its order");
            let earlier = earlier_orders(orders, order);
            let is_new = context.customer == CustomerKind::New;
            assert_eq!(is_new, earlier.is_empty(), "{row:#?}");
            if rules.recurring.is_some() && order.is_charge {
                let charges = earlier.iter().filter(|one| one.is_charge).count();
                let wanted = i64::try_from(charges).expect("few") + 1;
                assert_eq!(context.charge_number, Some(wanted), "{row:#?}");
            }
        }
    }

    /// A bonus is granted when its sum is reached and stays, unless it goes back with the sales.
    fn judge_bonuses(&mut self, shop: &Shop, account: Account) {
        let book = shop.book();
        let program = shop.read(|conn| storage::programs::program_list(conn, shop.id, 1))[0].id;
        let rules = book.version(program, 1).expect("the first version").rules.clone();
        let sum = self.sales.get(&account).copied().unwrap_or(0);
        let minor =
            |text: &str| Money::parse(text, book.currency()).expect("an amount of a rule").minor;
        for (place, bonus) in rules.bonuses.iter().enumerate() {
            if bonus.scope != account.1 {
                continue;
            }
            let stands = self.bonuses.entry((account, place)).or_default();
            if sum >= minor(&bonus.from) {
                *stands = minor(&bonus.amount);
            } else if bonus.take_back {
                *stands = 0;
            }
        }
    }

    fn check_bonuses(&self, shop: &Shop) {
        for affiliate in shop.people.values() {
            let entries = shop.entries(*affiliate);
            let bonuses = entries.iter().filter(|one| one.kind == EntryKind::Bonus.as_str());
            let booked: i64 = bonuses.map(|one| one.amount_minor).sum();
            let own = self.bonuses.iter().filter(|((account, _), _)| account.0 == *affiliate);
            assert_eq!(booked, own.map(|(_, minor)| minor).sum::<i64>(), "{:?}", self.sales);
        }
    }
}

/// Net sales of everything that is approved or further, in every kind of period.
fn approved_sales(rows: &[ConversionRow]) -> BTreeMap<Account, i64> {
    let mut sums = BTreeMap::new();
    for row in rows.iter().filter(|row| row.level == 0) {
        let status = ConversionStatus::parse(&row.status).expect("a status");
        let counts = match status {
            ConversionStatus::Approved | ConversionStatus::Payable | ConversionStatus::Paid => true,
            ConversionStatus::Recorded
            | ConversionStatus::Pending
            | ConversionStatus::Rejected
            | ConversionStatus::OnHold
            | ConversionStatus::Reversed => false,
        };
        for scope in Period::ALL {
            let account = (row.affiliate_id, scope, scope.start(row.ordered_at, "UTC"));
            *sums.entry(account).or_default() += if counts { row.sales_minor } else { 0 };
        }
    }
    sums
}

fn looks_back(rules: &ProgramRules) -> bool {
    rules.customers == CustomerRule::NewOnly
        || rules.recurring.is_some()
        || rules.rates.iter().any(|rate| rate.applies_to.customer.is_some())
}

fn earlier_orders<'a>(orders: &'a [Order], order: &Order) -> Vec<&'a Order> {
    let place = |one: &Order| -> (UtcTime, OrderId) { (one.ordered_at, one.id) };
    let same = orders.iter().filter(|one| {
        one.customer_id.is_some() && one.customer_id == order.customer_id && one.id != order.id
    });
    same.filter(|one| place(one) < place(order)).collect()
}
