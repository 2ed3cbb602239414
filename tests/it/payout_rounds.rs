//! Rounds of payouts in random histories, on both databases: whatever is approved, taken back, given by
//! hand, paid and returned, and in whatever order, each payment is the sum of its entries, no entry is
//! in two, balances are the sums of the ledger, and files hold the ledger to the cent.

use std::collections::{BTreeMap, HashSet};

use domain::{
    conversion::ReviewAction,
    ids::{AffiliateId, EntryId, PayoutId, ShopId, ShopifyId},
    ledger::EntryKind,
    money::{Currency, Money},
    payout::{
        PayoutMethod, PayoutState,
        export::{ExportRow, files},
    },
    reason::Reason,
    time::UtcTime,
};
use serde_json::json;
use storage::{
    DbConn, Storage, StorageError, StorageOptions,
    ledger::{Entry, balances_of, entry_page},
    payouts::{Payout, PayoutBatch, entries_of_payout, payout_batch_page, payouts_of_batch},
    profiles::{Profile, profile_save},
};
use tests::{db::TestDatabase, random::Random, sql};
use tributary::flows::{
    adjust::{Adjustment, adjust},
    pay_out::{DraftError, PayoutResult, draft_payouts, lock_payouts, mark_sent, report_payout},
    record_activity::{Act, Actor},
    review_orders::review_orders,
    settle_orders::Settler,
    shop_book::ShopBooks,
};

use crate::golden::{
    builder::{Order, Scenario},
    harness::simulate,
};

#[test]
fn g39_exports_equal_the_ledger_to_the_cent_in_random_histories_on_sqlite() {
    play(TestDatabase::sqlite());
}

#[test]
fn g39_exports_equal_the_ledger_to_the_cent_in_random_histories_on_postgres() {
    if let Some(db) = TestDatabase::postgres() {
        play(db);
    }
}

/// Steps of the history; after each of them everything must add up.
const STEPS: u64 = 120;
/// Orders that are approved before it begins.
const ORDERS: u64 = 12;
const MANY: i64 = 10_000;

struct Shop {
    storage: Storage,
    books: std::sync::Arc<ShopBooks>,
    settler: Settler,
    id: ShopId,
    people: Vec<AffiliateId>,
    orders: Vec<ShopifyId>,
    _db: TestDatabase,
}

fn play(db: TestDatabase) {
    let shop = Shop::on(db);
    let mut random = Random::new(39);
    let mut paid = 0;
    for step in 0..STEPS {
        let act = shop.act(step);
        match random.below(7) {
            0 | 1 => shop.adjust(act, &mut random, step),
            2 => shop.round(act),
            3 => shop.send(act),
            4 | 5 => paid += shop.report(act, &mut random),
            _ => shop.review(act, &mut random),
        }
        shop.check(step);
    }
    assert!(paid > 5, "only {paid} payments ended: the history says nothing");
}

impl Shop {
    fn on(db: TestDatabase) -> Self {
        let orders: Vec<Order> = (1..=ORDERS).map(|n| Order::nth(n, "90.00")).collect();
        let setting = Scenario::golden()
            .program(json!({"minimum_payout": "10.00"}))
            .affiliate("bob", json!({"payout_currency": "EUR", "payout_rate": "0.9"}));
        simulate(&orders.iter().fold(setting, Scenario::approved).document(), &db);
        let options = StorageOptions { connections_max: 2, ..StorageOptions::default() };
        let storage = Storage::connect(&db.url, options).expect("the database opens");
        let id = ShopId(sql::integer(&db.url, "SELECT id AS value FROM shops"));
        let people: Vec<AffiliateId> = ["anna", "bob"]
            .map(|name| format!("SELECT id AS value FROM affiliates WHERE name = '{name}'"))
            .map(|text| AffiliateId(sql::integer(&db.url, &text)))
            .to_vec();
        let books = std::sync::Arc::new(ShopBooks::default());
        let key = tributary::secrets::MasterKey::generate().expect("randomness");
        let tokens = tributary::visit_token::VisitTokens::new(&key);
        let shop = Self {
            settler: Settler::new(std::sync::Arc::clone(&books), tokens),
            storage,
            books,
            id,
            people,
            orders: orders.iter().map(|order| ShopifyId(order.id)).collect(),
            _db: db,
        };
        shop.choose_paypal();
        shop
    }

    fn choose_paypal(&self) {
        let now = self.act(0).now;
        self.storage
            .write_blocking(|tx| {
                for (affiliate, n) in self.people.iter().zip(1..) {
                    let profile = Profile {
                        payout_method: Some(PayoutMethod::Paypal.as_str().to_owned()),
                        payout_address: format!("a{n}@example.com"),
                        ..Profile::blank(self.id, *affiliate, now)
                    };
                    profile_save(tx, &profile)?;
                }
                Ok::<_, StorageError>(())
            })
            .expect("profiles");
    }

    fn act(&self, step: u64) -> Act {
        let start = UtcTime::parse("2026-06-01T00:00:00Z").expect("a time");
        let hours = i64::try_from(step).expect("few steps");
        Act { shop: self.id, actor: Actor::Merchant, now: start.plus_seconds(hours * 3_600) }
    }

    fn adjust(&self, act: Act, random: &mut Random, step: u64) {
        let which = usize::try_from(random.below(2)).expect("small");
        let minor = i64::try_from(random.below(7_001)).expect("small") - 2_000;
        let adjustment = Adjustment {
            affiliate: self.people[which],
            amount_minor: if minor == 0 { 1 } else { minor },
            reason: "by hand".to_owned(),
            note: String::new(),
            order: None,
            author: "Merchant".to_owned(),
            request: format!("step-{step}"),
        };
        self.storage
            .write_blocking(|tx| adjust(tx, &self.books, self.id, &adjustment, act.now))
            .expect("an adjustment");
    }

    /// Draws a round up and locks it in steps of one, as far as anything is due.
    fn round(&self, act: Act) {
        let method = PayoutMethod::Paypal;
        let drafted = self
            .storage
            .write_blocking(|tx| draft_payouts(tx, &self.books, act, method, "Commission 2026-06"));
        let number = match drafted {
            Ok(batch) => batch.number,
            Err(DraftError::NothingDue) => return,
            Err(error) => panic!("{error}"),
        };
        loop {
            let step = self
                .storage
                .write_blocking(|tx| lock_payouts(tx, &self.books, act, number, 1))
                .expect("a locked payment");
            if step.left == 0 {
                break;
            }
        }
        let again = self.storage.write_blocking(|tx| lock_payouts(tx, &self.books, act, number, 9));
        assert_eq!(again.expect("a second lock").frozen, 0, "locking twice changes nothing");
    }

    fn send(&self, act: Act) {
        for batch in self.batches() {
            self.storage.write_blocking(|tx| mark_sent(tx, act, batch.number)).expect("sent");
        }
    }

    /// Reports on one payment, now and then twice; how many reports were news.
    fn report(&self, act: Act, random: &mut Random) -> usize {
        let rows = self.rows();
        if rows.is_empty() {
            return 0;
        }
        let count = u64::try_from(rows.len()).expect("few rows");
        let chosen = usize::try_from(random.below(count)).expect("small");
        let result = match random.below(3) {
            0 => PayoutResult::Failed { reason: "account closed".to_owned() },
            _ => PayoutResult::Confirmed { reference: Some("T-1".to_owned()) },
        };
        let tell = |id: PayoutId| {
            self.storage
                .write_blocking(|tx| report_payout(tx, &self.books, act, id, &result))
                .expect("a report")
                .is_news
        };
        let is_news = tell(rows[chosen].id);
        assert!(!tell(rows[chosen].id), "the same report again is no news");
        usize::from(is_news)
    }

    fn review(&self, act: Act, random: &mut Random) {
        let count = u64::try_from(self.orders.len()).expect("few orders");
        let order = self.orders[usize::try_from(random.below(count)).expect("small")];
        let action = match random.below(2) {
            0 => ReviewAction::Reject(Reason::BreachOfTerms),
            _ => ReviewAction::Reopen,
        };
        self.storage
            .write_blocking(|tx| {
                review_orders(tx, &self.books, &self.settler, self.id, &[order], &action, act.now)
            })
            .expect("a review");
    }

    fn read<T>(&self, work: impl FnOnce(&mut DbConn) -> Result<T, StorageError>) -> T {
        self.storage.read_blocking(work).expect("a read")
    }

    fn batches(&self) -> Vec<PayoutBatch> {
        self.read(|conn| payout_batch_page(conn, self.id, None, MANY))
    }

    fn rows(&self) -> Vec<Payout> {
        let batches = self.batches();
        let of =
            |batch: PayoutBatch| self.read(|conn| payouts_of_batch(conn, self.id, batch.id, MANY));
        batches.into_iter().flat_map(of).collect()
    }

    fn check(&self, step: u64) {
        let rows = self.rows();
        let mut taken: HashSet<EntryId> = HashSet::new();
        for row in &rows {
            let entries = self.read(|conn| entries_of_payout(conn, self.id, row.id, MANY));
            let sum = |of: fn(&Entry) -> i64| entries.iter().map(of).sum::<i64>();
            if row.state.is_booked() {
                let sums = (sum(|one| one.amount_minor), sum(|one| one.payout_amount_minor));
                assert_eq!(sums, (row.amount_minor, row.payout_amount_minor), "step {step}");
            } else {
                assert!(entries.is_empty(), "step {step}: {:?} keeps entries", row.state);
            }
            for entry in entries {
                assert!(taken.insert(entry.id), "step {step}: an entry is paid twice");
                assert_ne!(entry.kind, EntryKind::Payout.as_str());
            }
        }
        for affiliate in &self.people {
            self.check_balance(*affiliate, &rows, step);
        }
        self.check_files(&rows, step);
    }

    fn check_balance(&self, affiliate: AffiliateId, rows: &[Payout], step: u64) {
        let entries = self.read(|conn| entry_page(conn, self.id, affiliate, None, MANY));
        let all: i64 = entries.iter().map(|one| one.amount_minor).sum();
        let out: i64 = entries
            .iter()
            .filter(|one| one.kind == EntryKind::Payout.as_str())
            .map(|one| one.amount_minor)
            .sum();
        let booked: i64 = rows
            .iter()
            .filter(|row| row.affiliate_id == affiliate && row.state.is_booked())
            .map(|row| row.amount_minor)
            .sum();
        assert_eq!(-out, booked, "step {step}: payments are what the ledger says");
        let balances = self.read(|conn| balances_of(conn, self.id, affiliate));
        let (payable, paid) = balances.iter().fold((0, 0), |(payable, paid), one| {
            (payable + one.payable_minor + one.pending_minor, paid + one.paid_minor)
        });
        assert_eq!((payable, paid), (all, -out), "step {step}: balances are the ledger's sums");
    }

    fn check_files(&self, rows: &[Payout], step: u64) {
        let mut batches: BTreeMap<i64, Vec<&Payout>> = BTreeMap::new();
        for row in rows.iter().filter(|row| row.state != PayoutState::Draft) {
            batches.entry(row.batch_id.0).or_default().push(row);
        }
        for rows in batches.values() {
            let exported: Vec<ExportRow> = rows.iter().map(|row| export_row(row)).collect();
            let made = files(PayoutMethod::Paypal, &exported, Currency::USD, |_| None);
            let again = files(PayoutMethod::Paypal, &exported, Currency::USD, |_| None);
            assert_eq!(made, again, "step {step}: exporting twice gives the same bytes");
            for file in made {
                let own = rows.iter().filter(|row| row.payout_currency == file.currency);
                let of_rows: i64 = own.map(|row| row.payout_amount_minor).sum();
                let amounts = file.content.lines().map(|line| line.split(',').nth(1));
                let written: i64 = amounts
                    .map(|text| Money::parse(text.expect("an amount"), file.currency))
                    .map(|money| money.expect("an amount").minor)
                    .sum();
                assert_eq!((file.total_minor, written), (of_rows, of_rows), "step {step}");
            }
        }
    }
}

fn export_row(row: &Payout) -> ExportRow {
    ExportRow {
        name: row.recipient_name.clone(),
        address: row.recipient_address.clone(),
        amount: Money::new(row.payout_amount_minor, row.payout_currency),
        affiliate_number: 1_001,
        note: "Commission 2026-06".to_owned(),
        idempotency_key: row.idempotency_key.clone(),
    }
}
