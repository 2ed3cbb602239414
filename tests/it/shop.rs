//! A shop on a database of its own, and what Shopify, shoppers and the merchant do to it, through the
//! same flows as the program's. What must hold of its books is in `books`, what its payment files must
//! say in `files`.

mod books;
mod files;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{
    conversion::ReviewAction,
    ids::{AffiliateId, DeliveryId, ShopId, ShopifyId},
    payout::PayoutMethod,
    program::ProgramRules,
    time::UtcTime,
};
use serde_json::{Value, json};
use shopify::{fingerprint::Fingerprinter, webhook::Topic};
use storage::{
    DbConn, Storage, StorageError, StorageOptions,
    conversions::{ConversionFilter, ConversionRow},
    orders::Order,
    payouts::Payout,
    profiles::Profile,
};
use tests::{db::TestDatabase, sql};
use tributary::{
    flows::{
        adjust::{Adjustment, adjust},
        approve_due::approve_due,
        order_news::{self, CART_ATTRIBUTE, News, OrderNews},
        pay_out::{
            DraftError, PayoutResult, draft_payouts, lock_payouts, mark_sent, report_payout,
        },
        record_activity::{Act, Actor},
        record_click::{Visit, record_click},
        review_orders::review_orders,
        settle_orders::{Batch, Settler},
        shop_book::{ShopBook, ShopBooks},
    },
    visit_token::VisitTokens,
};

use crate::golden::{builder::Scenario, harness::simulate};

/// Enough for everything that a test puts into a shop.
pub(crate) const MANY: i64 = 10_000;

/// One shop.
pub(crate) struct Shop {
    pub(crate) storage: Storage,
    pub(crate) books: Arc<ShopBooks>,
    pub(crate) settler: Settler,
    pub(crate) id: ShopId,
    /// Affiliates by name.
    pub(crate) people: BTreeMap<String, AffiliateId>,
    tokens: VisitTokens,
    fingerprints: Fingerprinter,
    db: TestDatabase,
}

impl Shop {
    /// The shop of a scenario, after its events.
    pub(crate) fn of(scenario: &Scenario, db: TestDatabase) -> Self {
        simulate(&scenario.document(), &db);
        let options = StorageOptions { connections_max: 2, ..StorageOptions::default() };
        let books = Arc::new(ShopBooks::default());
        let key = tributary::secrets::MasterKey::generate().expect("randomness");
        let tokens = VisitTokens::new(&key);
        let names = scenario.affiliate_keys();
        let id = |name: &str| {
            let text = format!("SELECT id AS value FROM affiliates WHERE name = '{name}'");
            AffiliateId(sql::integer(&db.url, &text))
        };
        Self {
            people: names.into_iter().map(|name| (name.clone(), id(&name))).collect(),
            storage: Storage::connect(&db.url, options).expect("the database opens"),
            settler: Settler::new(Arc::clone(&books), tokens.clone()),
            books,
            id: ShopId(sql::integer(&db.url, "SELECT id AS value FROM shops")),
            fingerprints: Fingerprinter::new(b"any key").expect("a key"),
            tokens,
            db,
        }
    }

    /// What `DATABASE_URL` would say.
    pub(crate) fn url(&self) -> &str {
        &self.db.url
    }

    pub(crate) fn person(&self, name: &str) -> AffiliateId {
        self.people[name]
    }

    pub(crate) fn read<T>(&self, work: impl FnOnce(&mut DbConn) -> Result<T, StorageError>) -> T {
        self.storage.read_blocking(work).expect("a read")
    }

    pub(crate) fn write(
        &self,
        work: impl FnMut(&mut storage::WriteTx<'_>) -> Result<(), StorageError>,
    ) {
        self.storage.write_blocking(work).expect("a write");
    }

    pub(crate) fn book(&self) -> Arc<ShopBook> {
        self.read(|conn| self.books.of(conn, self.id))
    }

    pub(crate) const fn act(&self, now: UtcTime) -> Act {
        Act { shop: self.id, actor: Actor::Merchant, now }
    }

    /// All orders, oldest first.
    pub(crate) fn orders(&self) -> Vec<Order> {
        let always = (UtcTime::from_micros(i64::MIN), UtcTime::from_micros(i64::MAX));
        self.read(|conn| storage::orders::orders_between(conn, self.id, always, None, MANY))
    }

    /// All conversions.
    pub(crate) fn conversions(&self) -> Vec<ConversionRow> {
        let all = ConversionFilter::default();
        self.read(|conn| storage::conversions::conversion_page(conn, self.id, &all, None, MANY))
    }

    /// How this affiliate is paid.
    pub(crate) fn pays(&self, name: &str, method: PayoutMethod, address: &str, now: UtcTime) {
        let affiliate = self.person(name);
        self.storage
            .write_blocking(|tx| {
                let profile = Profile {
                    payout_method: Some(method.as_str().to_owned()),
                    payout_address: address.to_owned(),
                    ..Profile::blank(self.id, affiliate, now)
                };
                storage::profiles::profile_save(tx, &profile)
            })
            .expect("a profile");
    }

    /// A visitor follows a link with this query.
    pub(crate) fn click(&self, visitor: &str, query: &str, now: UtcTime) {
        let visit = Visit {
            entry_url: format!("https://demo.example/products/a?{query}"),
            visitor: visitor.to_owned(),
            ..Visit::default()
        };
        self.storage
            .write_blocking(|tx| {
                let book = self.books.of(tx, self.id)?;
                record_click(tx, &book, &visit, now)
            })
            .expect("a click");
    }

    /// Shopify delivers a webhook; an order's cart belonged to the visitor, if one is given.
    pub(crate) fn webhook(
        &self,
        topic: &str,
        mut payload: Value,
        visitor: Option<&str>,
        now: UtcTime,
    ) {
        if let Some(visitor) = visitor {
            let token = self.tokens.sign(self.id, visitor, now);
            payload["note_attributes"] = json!([{"name": CART_ATTRIBUTE, "value": token}]);
        }
        let body = payload.to_string();
        let currency = self.book().currency();
        let topic = Topic::parse(topic);
        let news = order_news::read(&topic, body.as_bytes(), now, currency, &self.fingerprints);
        self.settle(news.expect("a payload").expect("news of an order"), now);
    }

    /// A chargeback was lost.
    pub(crate) fn charge_back(&self, order: ShopifyId, now: UtcTime) {
        self.settle(OrderNews { order, what: News::ChargedBack }, now);
    }

    fn settle(&self, news: OrderNews, now: UtcTime) {
        // No delivery has this id: none is marked done.
        let batch = Batch { arrived: vec![(DeliveryId(0), Some(news))] };
        self.storage
            .write_blocking(|tx| self.settler.settle(tx, self.id, &batch, now, None))
            .expect("settled");
    }

    /// The program that everybody is in gets a new version.
    pub(crate) fn set_program(&self, rules: &ProgramRules, now: UtcTime) {
        self.storage
            .write_blocking(|tx| {
                let program = storage::programs::program_list(tx, self.id, 1)?[0].id;
                storage::programs::program_version_insert(tx, self.id, program, now, rules.clone())
            })
            .expect("a version");
    }

    /// Approves whatever is due.
    pub(crate) fn approve_due(&self, now: UtcTime) {
        let due = || {
            let done = self.storage.write_blocking(|tx| approve_due(tx, &self.books, now, None));
            done.expect("approvals").0
        };
        while due() > 0 {}
    }

    /// The merchant decides about orders; how many decisions were possible.
    pub(crate) fn review(
        &self,
        orders: &[ShopifyId],
        action: &ReviewAction,
        now: UtcTime,
    ) -> usize {
        let reviewed = self.storage.write_blocking(|tx| {
            review_orders(tx, &self.books, &self.settler, self.id, orders, action, now)
        });
        reviewed.expect("a review").done.len()
    }

    /// The merchant gives or takes an amount; repeats of a request are one.
    pub(crate) fn adjust(&self, who: AffiliateId, minor: i64, request: &str, now: UtcTime) {
        let adjustment = Adjustment {
            affiliate: who,
            amount_minor: minor,
            reason: "by hand".to_owned(),
            note: String::new(),
            order: None,
            author: "Merchant".to_owned(),
            request: request.to_owned(),
        };
        self.storage
            .write_blocking(|tx| adjust(tx, &self.books, self.id, &adjustment, now))
            .expect("an adjustment");
    }

    /// Draws a round up and locks it in steps of one payment, as far as anything is due.
    pub(crate) fn round(&self, method: PayoutMethod, now: UtcTime) {
        let act = self.act(now);
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

    /// Every locked round is handed to its payment service.
    pub(crate) fn send(&self, now: UtcTime) {
        for batch in self.batches() {
            self.storage
                .write_blocking(|tx| mark_sent(tx, self.act(now), batch.number))
                .expect("sent");
        }
    }

    /// Reports twice on a payment; whether it was news.
    pub(crate) fn report(&self, row: &Payout, result: &PayoutResult, now: UtcTime) -> bool {
        let tell = || {
            self.storage
                .write_blocking(|tx| report_payout(tx, &self.books, self.act(now), row.id, result))
                .expect("a report")
                .is_news
        };
        let is_news = tell();
        assert!(!tell(), "the same report again is no news");
        is_news
    }
}
