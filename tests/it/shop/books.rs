//! What must hold of a shop's books at any moment: entries sum to what they stand for, balances to
//! their entries, payments to theirs, and the chain is whole.

use std::collections::{BTreeMap, HashSet};

use domain::{
    conversion::Conversion,
    ids::{AffiliateId, EntryId, ShopifyId},
    ledger::{Balance, EntryKind},
    time::UtcTime,
};
use storage::{
    ledger::{Entry, balances_of, entry_page},
    payouts::{
        Payout, PayoutBatch, entries_of_payout, entries_unpaid, payout_batch_page, payouts_of_batch,
    },
};
use tests::sql;
use tributary::flows::{
    book_changes::read_conversion,
    explanation::read_explanation,
    verify_ledger::{Step, Walk},
};

use super::{MANY, Shop};

impl Shop {
    pub(crate) fn batches(&self) -> Vec<PayoutBatch> {
        self.read(|conn| payout_batch_page(conn, self.id, None, MANY))
    }

    /// The payments of all rounds.
    pub(crate) fn payments(&self) -> Vec<Payout> {
        let of =
            |batch: PayoutBatch| self.read(|conn| payouts_of_batch(conn, self.id, batch.id, MANY));
        self.batches().into_iter().flat_map(of).collect()
    }

    /// An affiliate's entries, newest first.
    pub(crate) fn entries(&self, affiliate: AffiliateId) -> Vec<Entry> {
        self.read(|conn| entry_page(conn, self.id, affiliate, None, MANY))
    }

    /// Everything on this page, and the files.
    pub(crate) fn check(&self, moment: &str) {
        self.check_conversions(moment);
        let payments = self.payments();
        self.check_payments(&payments, moment);
        for affiliate in self.people.values() {
            self.check_balance(*affiliate, &payments, moment);
            self.check_every_entry_has_its_place(*affiliate, moment);
        }
        self.check_files(&payments, moment);
    }

    /// A conversion's entries sum to what is booked for it, and its lines to its commission.
    fn check_conversions(&self, moment: &str) {
        let mut booked: BTreeMap<i64, (i64, i64)> = BTreeMap::new();
        for entry in self.people.values().flat_map(|who| self.entries(*who)) {
            if let Some(conversion) = entry.conversion_id {
                let sums = booked.entry(conversion.0).or_default();
                sums.0 += entry.amount_minor;
                sums.1 += entry.payout_amount_minor;
            }
        }
        for row in self.conversions() {
            let known = read_conversion(&row).expect("a conversion");
            let wanted = (known.booked_minor(), known.booked_payout_minor());
            let sums = booked.remove(&row.id.0).unwrap_or_default();
            assert_eq!(sums, wanted, "{moment}: entries of {row:#?}");
            if known.commission_minor == 0 {
                assert_eq!(wanted, (0, 0), "{moment}: nothing is nothing in both currencies");
            }
            let steps = read_explanation(&row).expect("an explanation").commission;
            let lines: i64 = steps.lines.iter().map(|line| line.commission.minor).sum();
            assert_eq!(lines, steps.total.minor, "{moment}: lines of {row:#?}");
        }
        assert!(booked.is_empty(), "{moment}: entries of nothing: {booked:?}");
    }

    /// A booked payment is the sum of its entries, and no entry is in two.
    fn check_payments(&self, payments: &[Payout], moment: &str) {
        let mut taken: HashSet<EntryId> = HashSet::new();
        for row in payments {
            let entries = self.read(|conn| entries_of_payout(conn, self.id, row.id, MANY));
            let sum = |of: fn(&Entry) -> i64| entries.iter().map(of).sum::<i64>();
            if row.state.is_booked() {
                let sums = (sum(|one| one.amount_minor), sum(|one| one.payout_amount_minor));
                assert_eq!(sums, (row.amount_minor, row.payout_amount_minor), "{moment}");
                assert!(row.payout_amount_minor > 0, "{moment}: a payment of nothing");
            } else {
                assert!(entries.is_empty(), "{moment}: {:?} keeps entries", row.state);
            }
            for entry in entries {
                assert!(taken.insert(entry.id), "{moment}: an entry is paid twice");
                assert_ne!(entry.kind, EntryKind::Payout.as_str());
            }
        }
    }

    /// A balance is the fold of conversions and of entries without one, each in its place.
    fn check_balance(&self, affiliate: AffiliateId, payments: &[Payout], moment: &str) {
        let own = self.conversions().into_iter().filter(|row| row.affiliate_id == affiliate);
        let of_conversions = own
            .map(|row| read_conversion(&row).expect("a conversion"))
            .map(|known: Conversion| Balance::of_conversion(&known))
            .fold(Balance::default(), Balance::plus);
        let entries = self.entries(affiliate);
        let wanted = entries
            .iter()
            .filter(|entry| entry.conversion_id.is_none())
            .map(|entry| Balance::of_entry(kind(entry), entry.amount_minor))
            .fold(of_conversions, Balance::plus);
        let found = self.read(|conn| balances_of(conn, self.id, affiliate));
        let found = found.iter().fold(Balance::default(), |sum, one| {
            sum.plus(Balance {
                pending_minor: one.pending_minor,
                payable_minor: one.payable_minor,
                paid_minor: one.paid_minor,
            })
        });
        assert_eq!(found, wanted, "{moment}: the balance of {affiliate}");
        let booked: i64 = payments
            .iter()
            .filter(|row| row.affiliate_id == affiliate && row.state.is_booked())
            .map(|row| row.amount_minor)
            .sum();
        assert_eq!(found.paid_minor, booked, "{moment}: payments are what the ledger says");
    }

    /// Every cent that was earned is in exactly one place: in a payment, payable, or waiting with its
    /// conversion.
    fn check_every_entry_has_its_place(&self, affiliate: AffiliateId, moment: &str) {
        let own = self.payments().into_iter().filter(|row| row.affiliate_id == affiliate);
        let paid: HashSet<EntryId> = own
            .flat_map(|row| self.read(|conn| entries_of_payout(conn, self.id, row.id, MANY)))
            .map(|entry| entry.id)
            .collect();
        let unpaid = self.read(|conn| entries_unpaid(conn, self.id, affiliate, MANY));
        let payable: HashSet<EntryId> = unpaid.iter().map(|entry| entry.id).collect();
        let waiting: HashSet<i64> = self
            .conversions()
            .iter()
            .filter(|row| ["recorded", "pending", "on_hold"].contains(&row.status.as_str()))
            .map(|row| row.id.0)
            .collect();
        for entry in self.entries(affiliate).iter().filter(|one| kind(one) != EntryKind::Payout) {
            let waits = entry.conversion_id.is_some_and(|id| waiting.contains(&id.0));
            let places = [paid.contains(&entry.id), payable.contains(&entry.id)];
            match places {
                [true, false] => {}
                [false, true] => assert!(!waits, "{moment}: {entry:?} is payable before its time"),
                [false, false] => assert!(waits, "{moment}: nobody will ever pay {entry:?}"),
                [true, true] => panic!("{moment}: {entry:?} could be paid twice"),
            }
        }
    }

    /// The chain is whole from its first entry to its head.
    pub(crate) fn check_chain(&self) {
        let mut walk = self.read(|conn| Walk::begin(conn, self.id));
        loop {
            match self.read(|conn| walk.step(conn)) {
                Step::More { .. } => {}
                Step::Whole { .. } => return,
                Step::Broken(fault) => panic!("{fault}"),
            }
        }
    }

    /// Computing every order again changes nothing (N14).
    pub(crate) fn check_recomputing(&self, now: UtcTime) {
        let count = || sql::integer(&self.db.url, "SELECT COUNT(*) AS value FROM ledger_entries");
        let before = (count(), self.conversions());
        let orders: Vec<ShopifyId> =
            self.orders().iter().map(|order| order.shopify_order_id).collect();
        for order in orders {
            self.storage
                .write_blocking(|tx| self.settler.resettle(tx, self.id, order, now))
                .expect("settled again");
        }
        assert_eq!((count(), self.conversions()), before, "computing again changes something");
    }
}

fn kind(entry: &Entry) -> EntryKind {
    EntryKind::parse(&entry.kind).expect("a kind")
}
