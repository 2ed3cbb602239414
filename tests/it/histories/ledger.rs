//! The ledger of 10,000 random lives by the rules alone: orders that share affiliates, tiers that look
//! at what was approved, bonuses that come and go, decisions, adjustments, payments and their return.
//! Whatever happens: balances are the fold of the ledger, no cent is paid twice or lost, and every
//! payment file holds its entries to the cent. The same through the whole product is in `lives`.

use std::collections::BTreeMap;

use domain::{
    attribution::{Method, Share},
    commission::{
        CommissionContext, bonuses_reached, check_rules, commission_of, level_commission,
    },
    conversion::{
        Change, Conversion, Facts, PayoutRate, PayoutTerms, ReviewAction, approve, review, settle,
    },
    ids::EntryId,
    ledger::{Balance, EntryKind},
    money::{Currency, Money},
    order::OrderState,
    payout::{PayableEntry, PaymentDue},
    program::{CustomerKind, Period, ProgramRules},
    reason::Reason,
    time::UtcTime,
};
use proptest::{collection::vec, prelude::*};
use serde_json::Value;
use tests::random::Random;

use super::{
    cases,
    history::{History, Placing},
    message::Message,
    programs::whole,
    seed::{Seed, seeds},
};
use crate::golden::builder::day;

mod payments;

/// Levels above the direct affiliate that the random programs pay at most.
const LEVELS_MAX: usize = 2;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]

    #[test]
    fn n2_g39_balances_payments_and_files_are_the_sums_of_the_ledger(
        orders in vec(seeds(), 1..=3),
        program in whole(),
        payout_rate in 1_i64..=300,
        luck in any::<u64>(),
    ) {
        Life::of(&orders, program, payout_rate, luck).play();
    }
}

/// An entry of one affiliate, with the conversion that it belongs to and the payment that it is in.
struct Booked {
    account: usize,
    /// Which order; none for bonuses and adjustments.
    order: Option<usize>,
    entry: PayableEntry,
    payment: Option<usize>,
}

/// One order, and everybody's conversion of it: the direct affiliate's first, then those above.
struct Sold {
    history: History,
    waiting: Vec<Message>,
    state: OrderState,
    context: Option<CommissionContext>,
    conversions: Vec<Option<Conversion>>,
}

/// A payment that was made, and whether it came back.
struct Paid {
    account: usize,
    due: PaymentDue,
    has_come_back: bool,
}

struct Life {
    rules: ProgramRules,
    currency: Currency,
    terms: Vec<PayoutTerms>,
    orders: Vec<Sold>,
    entries: Vec<Booked>,
    payments: Vec<Paid>,
    balances: Vec<Balance>,
    /// The bonuses that stand, by period, its beginning and the place in the program's list.
    bonuses: BTreeMap<(Period, UtcTime, usize), i64>,
    random: Random,
    now: UtcTime,
}

impl Life {
    fn of(seeds: &[Seed], program: Value, payout_rate: i64, luck: u64) -> Self {
        let rules: ProgramRules = serde_json::from_value(program).expect("rules");
        let currency = Currency::parse(seeds[0].currency).expect("a currency");
        check_rules(&rules, currency).expect("rules that the editor takes");
        let rate = format!("{}.{:02}", payout_rate / 100, payout_rate % 100);
        let euro = (Currency::parse("EUR").ok(), PayoutRate::parse(&rate).ok());
        let yen = (Currency::parse("JPY").ok(), PayoutRate::parse("149.7").ok());
        let terms = [euro, (None, None), yen];
        let mut random = Random::new(luck);
        let orders = seeds.iter().zip(1_u64..).map(|(seed, n)| {
            let seed = Seed { currency: seeds[0].currency, ..seed.clone() };
            let days = i64::try_from(random.below(110)).expect("few days");
            let placing = Placing { id: n, at: day(days), customer: 500, coupon: None };
            let history = History::of(&seed, placing);
            Sold {
                waiting: history.as_it_arrives().cloned().rev().collect(),
                state: OrderState::default(),
                context: None,
                conversions: vec![None; 1 + rules.levels.len()],
                history,
            }
        });
        Self {
            orders: orders.collect(),
            terms: terms
                .into_iter()
                .map(|(paid_in, rate)| PayoutTerms::new(currency, paid_in, rate))
                .collect(),
            entries: Vec::new(),
            payments: Vec::new(),
            balances: vec![Balance::default(); 1 + LEVELS_MAX],
            bonuses: BTreeMap::new(),
            now: UtcTime::parse(&day(120)).expect("a time"),
            random,
            rules,
            currency,
        }
    }

    fn play(mut self) {
        let messages: usize = self.orders.iter().map(|order| order.waiting.len()).sum();
        for _ in 0..messages * 2 {
            self.now = self.now.plus_days(1);
            let order = self.position(self.orders.len());
            match self.random.below(10) {
                0..=4 => {
                    self.tell(order);
                }
                5 => self.approve_due(),
                6 => self.review(order),
                7 => self.adjust(),
                8 => self.pay_everybody(),
                _ => self.return_a_payment(),
            }
            self.judge_bonuses();
            self.check();
        }
        for order in 0..self.orders.len() {
            while self.tell(order) {}
        }
        self.judge_bonuses();
        // No life without payments: holds end, and whatever is due is paid and exported.
        self.now = self.now.plus_days(200);
        self.approve_due();
        self.judge_bonuses();
        self.pay_everybody();
        self.check();
        for sold in self.orders.iter().filter(|sold| sold.history.nothing_is_left()) {
            for known in sold.conversions.iter().flatten() {
                let amounts = (known.booked_minor(), known.booked_payout_minor());
                assert_eq!(amounts, (0, 0), "everything was refunded");
            }
        }
    }

    fn position(&mut self, of: usize) -> usize {
        let of = u64::try_from(of).expect("few");
        usize::try_from(self.random.below(of)).expect("small")
    }

    /// The next message of an order, and what follows for everybody.
    fn tell(&mut self, order: usize) -> bool {
        let Some(message) = self.orders[order].waiting.pop() else { return false };
        message.apply(&mut self.orders[order].state);
        let Some(snapshot) = &self.orders[order].state.snapshot else { return true };
        let placed = snapshot.ordered_at;
        if self.orders[order].context.is_none() {
            self.orders[order].context = Some(self.context(order, placed));
        }
        let sold = &self.orders[order];
        let context = sold.context.as_ref().expect("made before");
        let direct = commission_of(&sold.state, &self.rules, context).expect("a commission");
        let direct = direct.share(Share::WHOLE);
        let mut changes = Vec::new();
        for (account, known) in sold.conversions.iter().enumerate() {
            let own = match account.checked_sub(1) {
                None => direct.clone(),
                Some(level) => level_commission(&self.rules.levels, level, &direct)
                    .expect("a level")
                    .expect("of the program"),
            };
            let facts = Facts {
                order: &sold.state,
                commission: &own,
                rules: &self.rules,
                disqualified: None,
                hold: None,
                payout: &self.terms[account],
            };
            changes.extend(settle(known.as_ref(), &facts).map(|change| (account, change)));
        }
        for (account, change) in changes {
            self.book(order, account, change);
        }
        true
    }

    fn context(&self, order: usize, placed: UtcTime) -> CommissionContext {
        let known = self.orders.iter().filter(|sold| sold.context.is_some()).count();
        let tiers = self.rules.performance_tiers.as_ref();
        CommissionContext {
            method: Method::Coupon,
            coupon: Some("ANNA10".to_owned()),
            affiliate_names: vec!["anna".to_owned()],
            customer: if known == 0 { CustomerKind::New } else { CustomerKind::Returning },
            charge_number: Some(i64::try_from(order).expect("few") + 1),
            approved_sales_minor: tiers.map_or(0, |tiers| self.approved(tiers.scope, placed)),
        }
    }

    /// The direct affiliate's approved net sales of the period that holds a moment.
    fn approved(&self, scope: Period, at: UtcTime) -> i64 {
        let start = scope.start(at, "UTC");
        let direct = self.orders.iter().filter_map(|sold| {
            let placed = sold.state.snapshot.as_ref()?.ordered_at;
            sold.conversions[0].as_ref().filter(|_| scope.start(placed, "UTC") == start)
        });
        direct.filter(|one| one.status.is_approved()).map(|one| one.sales_minor).sum()
    }

    fn book(&mut self, order: usize, account: usize, change: Change) {
        let before = self.orders[order].conversions[account].take();
        let stood = before.as_ref().map_or_else(Balance::default, Balance::of_conversion);
        let moved = Balance::of_conversion(&change.conversion).minus(stood);
        self.balances[account] = self.balances[account].plus(moved);
        if let Some(entry) = &change.entry {
            let amounts = (entry.amount_minor, entry.payout_amount_minor);
            self.append(account, Some(order), amounts);
        }
        self.orders[order].conversions[account] = Some(change.conversion);
    }

    fn append(&mut self, account: usize, order: Option<usize>, amounts: (i64, i64)) {
        let id = EntryId(i64::try_from(self.entries.len()).expect("few"));
        let entry = PayableEntry {
            id,
            amount_minor: amounts.0,
            payout_currency: self.terms[account].currency(),
            payout_amount_minor: amounts.1,
        };
        self.entries.push(Booked { account, order, entry, payment: None });
    }

    fn approve_due(&mut self) {
        self.decide(None, |known, now| approve(known, now).ok());
    }

    fn review(&mut self, order: usize) {
        let actions = [
            ReviewAction::Approve,
            ReviewAction::Reject(Reason::BreachOfTerms),
            ReviewAction::Hold(Reason::Fraud("velocity".to_owned())),
            ReviewAction::Release,
            ReviewAction::AcceptIncrease,
        ];
        let action = self.random.of(&actions).clone();
        self.decide(Some(order), |known, _| review(known, &action).ok());
    }

    /// Moves the conversions of one order, or of all, where that is possible.
    fn decide(
        &mut self,
        only: Option<usize>,
        how: impl Fn(&Conversion, UtcTime) -> Option<Change>,
    ) {
        for order in (0..self.orders.len()).filter(|order| only.is_none_or(|one| one == *order)) {
            for account in 0..self.orders[order].conversions.len() {
                let known = self.orders[order].conversions[account].as_ref();
                if let Some(change) = known.and_then(|known| how(known, self.now)) {
                    self.book(order, account, change);
                }
            }
        }
    }

    fn adjust(&mut self) {
        let account = self.position(1 + LEVELS_MAX);
        let minor = i64::try_from(self.random.below(9_000)).expect("small") - 3_000;
        self.give(account, EntryKind::Manual, minor);
    }

    /// An entry without a conversion.
    fn give(&mut self, account: usize, kind: EntryKind, minor: i64) {
        let paid = self.terms[account].convert(minor, self.currency);
        self.append(account, None, (minor, paid));
        self.balances[account] = self.balances[account].plus(Balance::of_entry(kind, minor));
    }

    fn judge_bonuses(&mut self) {
        let placed: Vec<UtcTime> = self
            .orders
            .iter()
            .filter_map(|sold| sold.state.snapshot.as_ref())
            .map(|snapshot| snapshot.ordered_at)
            .collect();
        for scope in Period::ALL {
            for at in &placed {
                let net = Money::new(self.approved(scope, *at), self.currency);
                let reached = bonuses_reached(&self.rules.bonuses, scope, net).expect("bonuses");
                for place in 0..self.rules.bonuses.len() {
                    let bonus = &self.rules.bonuses[place];
                    let found = reached.iter().find(|one| one.index == place);
                    let key = (scope, scope.start(*at, "UTC"), place);
                    let stands = self.bonuses.get(&key).copied().unwrap_or(0);
                    let target = match found {
                        Some(found) => found.amount.minor,
                        None if bonus.take_back && bonus.scope == scope => 0,
                        None => stands,
                    };
                    if target != stands {
                        self.give(0, EntryKind::Bonus, target - stands);
                        self.bonuses.insert(key, target);
                    }
                }
            }
        }
    }

    /// Balances are the ledger's sums, and what is booked as paid is what payments hold.
    fn check(&self) {
        for (account, balance) in self.balances.iter().enumerate() {
            let own = || self.entries.iter().filter(|one| one.account == account);
            let earned: i64 = own().map(|one| one.entry.amount_minor).sum();
            let in_payments: i64 =
                own().filter(|one| one.payment.is_some()).map(|one| one.entry.amount_minor).sum();
            let held = balance.pending_minor + balance.payable_minor + balance.paid_minor;
            assert_eq!(held, earned, "the balance of {account}");
            assert_eq!(balance.paid_minor, in_payments, "what was paid to {account}");
        }
        for (order, sold) in self.orders.iter().enumerate() {
            for (account, known) in sold.conversions.iter().enumerate() {
                let own = self
                    .entries
                    .iter()
                    .filter(|one| (one.account, one.order) == (account, Some(order)));
                let sums = own.fold((0, 0), |sums, one| {
                    (sums.0 + one.entry.amount_minor, sums.1 + one.entry.payout_amount_minor)
                });
                let booked = known
                    .as_ref()
                    .map_or((0, 0), |known| (known.booked_minor(), known.booked_payout_minor()));
                assert_eq!(sums, booked, "entries of order {order}, account {account}");
            }
        }
    }
}
