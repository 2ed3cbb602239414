//! Facts that webhooks lack: orders wait for them, for a moment, and are settled right at once. And
//! payouts by store credit, which are given once.

use domain::ids::{AffiliateId, ShopifyId};
use domain::money::Money;
use domain::payout::{PayoutMethod, PayoutState};
use domain::program::ProgramRules;
use serde_json::json;
use storage::StorageError;
use storage::affiliates::{affiliate_by_id, affiliate_update};
use storage::bindings::{ProductBinding, product_binding_insert};
use storage::conversions::{ConversionFilter, conversion_page};
use storage::firings::Firing;
use storage::jobs::job_by_id;
use storage::payouts::{Payout, payout_batch_by_number, payouts_of_batch};
use storage::profiles::{Profile, profile_save};
use storage::programs::program_version_insert;
use storage::shops::Shop;
use tests::both_databases;
use tests::db::TestDatabase;
use tests::orders::{CURRENCY, Order};
use tests::seed::{Seeded, seed_into};
use tests::shopify::FakeShopify;
use tributary::app::App;
use tributary::delivery::job_runner::work_off;
use tributary::flows::adjust::{Adjustment, adjust};
use tributary::flows::dry_run::Report;
use tributary::flows::order_news::{News, OrderNews, read};
use tributary::flows::pay_out::{draft_payouts, lock_payouts, mark_sent};
use tributary::flows::record_activity::{Act, Actor};
use tributary::flows::run_job::{DryRunTask, Task, ask};
use tributary::flows::save_goal::{GoalDraft, add_goal};
use tributary::shopify_work::run_due;

use super::{SHOP, connected};

/// By whom a goal was reached.
#[derive(Debug, diesel::QueryableByName)]
struct Subject {
    #[diesel(sql_type = diesel::sql_types::Text)]
    subject: String,
}

struct Known {
    fake: FakeShopify,
    app: App,
    shop: Shop,
    seeded: Seeded,
}

impl Known {
    async fn new(db: &TestDatabase) -> Self {
        let fake = FakeShopify::start();
        let (app, shop) = connected(db, &fake).await;
        let seeded = seed_into(&app.storage, shop.id, 2).await;
        Self { fake, app, shop, seeded }
    }

    /// From now on the program has these rules.
    async fn rules(&self, rules: serde_json::Value) {
        let rules: ProgramRules = serde_json::from_value(rules).unwrap();
        let (shop, program) = (self.shop.id, self.seeded.program);
        let since = self.app.clock.now().plus_days(-1);
        self.app
            .storage
            .write(move |tx| program_version_insert(tx, shop, program, since, rules.clone()))
            .await
            .unwrap();
    }

    async fn arrives(&self, order: &Order) -> Vec<Firing> {
        let now = self.app.clock.now();
        let body = order.payload().to_string();
        let topic = shopify::webhook::Topic::OrdersCreate;
        let news = read(&topic, body.as_bytes(), now, CURRENCY, &self.app.fingerprints);
        let news: OrderNews = news.unwrap().unwrap();
        assert!(matches!(news.what, News::Snapshot(_)));
        let (settler, id) = (self.app.settler.clone(), self.shop.id);
        let write =
            self.app.storage.write(move |tx| settler.settle_fetched(tx, id, news.clone(), now));
        write.await.unwrap()
    }

    async fn work(&self) {
        while run_due(&self.app).await.unwrap() > 0 {}
    }

    /// What a draft would make of the orders of the last days.
    async fn dry_run(&self, rules: serde_json::Value) -> Report {
        let now = self.app.clock.now();
        let task = Task::DryRun(Box::new(DryRunTask {
            program: self.seeded.program,
            number: 1,
            rules: serde_json::from_value(rules).unwrap(),
            from: now.plus_days(-30),
            until: now.plus_seconds(1),
            fields: vec![],
        }));
        let act = Act { shop: self.shop.id, actor: Actor::Merchant, now };
        let job = self.app.storage.write(move |tx| ask(tx, act, &task)).await.unwrap();
        work_off(&self.app).await.unwrap();
        let (shop, id) = (self.shop.id, job.id);
        let done = self.app.storage.read(move |conn| job_by_id(conn, shop, id)).await.unwrap();
        serde_json::from_str(&done.unwrap().result.unwrap()).unwrap()
    }

    async fn commissions(&self) -> Vec<i64> {
        let id = self.shop.id;
        let read = self
            .app
            .storage
            .read(move |conn| conversion_page(conn, id, &ConversionFilter::default(), None, 100));
        read.await.unwrap().iter().map(|row| row.commission_minor).collect()
    }

    fn asked(&self, name: &str) -> usize {
        self.fake.with(|state| state.operations.iter().filter(|(known, _)| known == name).count())
    }

    fn order(&self, number: u64) -> Order {
        let coupon = &self.seeded.affiliates[0].coupon;
        Order::reference(number, coupon, self.app.clock.now().plus_seconds(-60))
    }
}

both_databases! {
    async fn g12_a_bound_product_of_an_excluded_collection_speaks_for_nobody(db: TestDatabase) {
        let known = Known::new(&db).await;
        known.rules(json!({"key": "p", "commission": {"type": "percent", "value": "10"},
            "exclude": {"collection_ids": [8]}})).await;
        let (shop, affiliate) = (known.shop.id, known.seeded.affiliates[0].id);
        // Nobody has this code: only the product can speak for somebody.
        let order = |number| Order::reference(number, "NOCODE", known.app.clock.now().plus_seconds(-60));
        let product = order(1).payload()["line_items"][0]["product_id"].as_u64().unwrap();
        let bound = ProductBinding { shop_id: shop, product_id: ShopifyId(product), affiliate_id: affiliate };
        known.app.storage.write(move |tx| product_binding_insert(tx, &bound)).await.unwrap();
        known.arrives(&order(1)).await;
        known.work().await;
        assert_eq!(known.commissions().await.len(), 1, "the product is in no collection");
        known.fake.shop(SHOP, |shop| shop.collections.insert(product, vec![8]));
        tests::sql::execute(&db.url, "DELETE FROM product_collections");
        known.arrives(&order(2)).await;
        known.work().await;
        assert_eq!(known.commissions().await.len(), 1, "what is excluded brings nobody a credit");
    }

    async fn a_rate_of_a_collection_counts_from_the_first_moment(db: TestDatabase) {
        let known = Known::new(&db).await;
        let order = known.order(1);
        let lines = order.payload()["line_items"].as_array().unwrap().clone();
        let product = lines[0]["product_id"].as_u64().unwrap();
        known.fake.shop(SHOP, |shop| shop.collections.insert(product, vec![8]));
        known.rules(json!({"key": "p", "commission": {"type": "percent", "value": "10"},
            "rates": [{"match": {"collection_id": 8},
                "commission": {"type": "percent", "value": "20"}}]})).await;
        known.arrives(&order).await;
        assert!(known.commissions().await.is_empty(), "it waits: nobody is told a wrong amount");
        known.work().await;
        let with = known.commissions().await;
        assert_eq!(with.len(), 1);
        assert!(with[0] > 900, "10 % would be 9.00: {with:?}");
        // The product leaves the collection; the order keeps what counted when it was placed.
        known.fake.shop(SHOP, |shop| shop.collections.insert(product, vec![]));
        known.arrives(&order).await;
        known.work().await;
        assert_eq!(known.commissions().await, with);
        assert_eq!(known.asked("ReadCollections"), 1);
    }

    async fn a_customer_from_before_the_app_is_no_new_one(db: TestDatabase) {
        let known = Known::new(&db).await;
        known.rules(json!({"key": "p", "customers": "new_only",
            "commission": {"type": "percent", "value": "10"}})).await;
        let (old, new) = (known.order(1), known.order(2));
        let customer = |order: &Order| order.payload()["customer"]["id"].as_u64().unwrap();
        assert_ne!(customer(&old), customer(&new));
        known.fake.shop(SHOP, |shop| {
            shop.order_counts.insert(customer(&old), 4);
            shop.order_counts.insert(customer(&new), 1);
        });
        known.arrives(&old).await;
        known.arrives(&new).await;
        known.work().await;
        let earned = known.commissions().await;
        assert_eq!(earned.iter().sum::<i64>(), 900, "{earned:?}");
    }

    async fn n10_a_dry_run_knows_collections_and_earlier_orders_as_publishing_will(db: TestDatabase) {
        let known = Known::new(&db).await;
        let ten = json!({"key": "p", "commission": {"type": "percent", "value": "10"}});
        known.rules(ten.clone()).await;
        known.arrives(&known.order(1)).await;
        assert_eq!(known.commissions().await, [900]);
        // The product is on the third page of its collection.
        let payload = known.order(1).payload();
        let product = payload["line_items"][0]["product_id"].as_u64().unwrap();
        known.fake.shop(SHOP, |shop| {
            shop.collections.extend((1..=5).map(|other| (other, vec![8])));
            shop.collections.insert(product, vec![7, 8]);
        });
        let by_collection = json!({"key": "p", "commission": {"type": "percent", "value": "10"},
            "rates": [{"match": {"collection_id": 8},
                "commission": {"type": "percent", "value": "20"}}]});
        let tried = known.dry_run(by_collection.clone()).await;
        assert_eq!((tried.old_minor, tried.problem.as_deref()), (900, None));
        assert_eq!(tests::sql::integer(&db.url, "SELECT COUNT(*) AS value FROM product_collections"), 0);

        // A customer who had ordered before the app was there.
        let customer = payload["customer"]["id"].as_u64().unwrap();
        let new_only = json!({"key": "p", "customers": "new_only",
            "commission": {"type": "percent", "value": "10"}});
        known.fake.shop(SHOP, |shop| shop.order_counts.insert(customer, 1));
        assert_eq!(known.dry_run(new_only.clone()).await.new_minor, 900);
        known.fake.shop(SHOP, |shop| shop.order_counts.insert(customer, 4));
        assert_eq!(known.dry_run(new_only).await.new_minor, 0);

        // Who cannot be asked is named, and the rest is tried.
        known.fake.with(|state| state.statuses.push_back(403));
        let refused = known.dry_run(by_collection.clone()).await;
        assert_eq!(refused.new_minor, 900);
        assert!(refused.problem.unwrap().contains("collections"));

        known.rules(by_collection).await;
        known.arrives(&known.order(2)).await;
        known.work().await;
        let published = known.commissions().await.into_iter().find(|minor| *minor != 900).unwrap();
        assert!(published > 900 && published == tried.new_minor, "{published} {tried:?}");
    }

    async fn the_first_order_of_a_goal_is_the_customers_first_at_shopify(db: TestDatabase) {
        let known = Known::new(&db).await;
        known.rules(json!({"key": "p", "commission": {"type": "percent", "value": "10"}})).await;
        let (books, shop, now) = (known.app.books.clone(), known.shop.id, known.app.clock.now());
        let goal = GoalDraft {
            slug: "first".to_owned(), name: "First order".to_owned(),
            kind: "first_order".to_owned(), product: String::new(), commission: String::new(),
        };
        let add = move |tx: &mut storage::WriteTx<'_>| {
            let book = books.of(tx, shop)?;
            add_goal(tx, &book, &goal, now)
        };
        known.app.storage.write(add).await.unwrap();
        let (old, new) = (known.order(1), known.order(2));
        let customer = |order: &Order| order.payload()["customer"]["id"].as_u64().unwrap();
        known.fake.shop(SHOP, |shop| {
            shop.order_counts.insert(customer(&old), 4);
            shop.order_counts.insert(customer(&new), 1);
        });
        known.arrives(&old).await;
        known.arrives(&new).await;
        known.work().await;
        assert_eq!(known.commissions().await, [900, 900]);
        let reached: Vec<Subject> =
            tests::sql::rows(&db.url, "SELECT subject FROM goal_conversions");
        assert_eq!(reached.len(), 1, "{reached:?}");
        assert_eq!(reached[0].subject, format!("customer:{}", customer(&new)));
    }

    async fn an_order_does_not_wait_for_ever(db: TestDatabase) {
        let known = Known::new(&db).await;
        known.rules(json!({"key": "p", "commission": {"type": "percent", "value": "10"},
            "exclude": {"collection_ids": [8]}})).await;
        // Shopify refuses for good: settled by what we know.
        known.fake.with(|state| state.statuses.push_back(403));
        known.arrives(&known.order(1)).await;
        known.work().await;
        assert_eq!(known.commissions().await, [900]);
        // A shop that is not connected waits for nothing.
        let (id, now) = (known.shop.id, known.app.clock.now());
        known.app.storage
            .write(move |tx| storage::installations::installation_forget(tx, id, now).map(drop))
            .await
            .unwrap();
        known.arrives(&known.order(2)).await;
        assert_eq!(known.commissions().await, [900, 900]);
    }

    async fn s11_35_a_round_by_store_credit_is_given_once_and_told_once(db: TestDatabase) {
        let known = Known::new(&db).await;
        let (anna, bob) = (known.seeded.affiliates[0].id, known.seeded.affiliates[1].id);
        let act = Act { shop: known.shop.id, actor: Actor::Merchant, now: known.app.clock.now() };
        let books = known.app.books.clone();
        let number = known.app.storage.write(move |tx| {
            let give = |tx: &mut storage::WriteTx<'_>, who: AffiliateId, amount_minor: i64| {
                let adjustment = Adjustment {
                    affiliate: who, amount_minor, reason: "thanks".to_owned(), note: String::new(),
                    order: None, author: "Merchant".to_owned(), request: who.to_string(),
                };
                adjust(tx, &books, act.shop, &adjustment, act.now).unwrap();
                let profile = Profile {
                    payout_method: Some(PayoutMethod::StoreCredit.as_str().to_owned()),
                    ..Profile::blank(act.shop, who, act.now)
                };
                profile_save(tx, &profile).unwrap();
            };
            give(tx, anna, 1_250);
            give(tx, bob, 700);
            let row = affiliate_by_id(tx, act.shop, anna)?.unwrap();
            let with_account = storage::affiliates::Affiliate {
                shopify_customer_id: Some(ShopifyId(42)), ..row
            };
            affiliate_update(tx, &with_account)?;
            let batch = draft_payouts(tx, &books, act, PayoutMethod::StoreCredit, "").unwrap();
            lock_payouts(tx, &books, act, batch.number, 100)?;
            mark_sent(tx, act, batch.number)?;
            Ok::<_, StorageError>(batch.number)
        }).await.unwrap();
        // The first answer is lost, and so is the look-up: what happened is found later.
        known.fake.with(|state| {
            state.lost.push("GiveCredit".to_owned());
            state.lost.extend(vec!["ReadCredits".to_owned(); 4]);
        });
        known.work().await;
        let id = known.shop.id;
        tests::sql::execute(&db.url, &format!(
            "UPDATE shopify_tasks SET run_at = 0 WHERE kind = 'pay_store_credit' AND shop_id = {}", id.0));
        known.work().await;
        let credits = known.fake.shop(SHOP, |shop| shop.credits.clone());
        assert_eq!(credits.len(), 1, "exactly one credit: {credits:?}");
        assert_eq!((credits[0].0, &credits[0].1["amount"]), (42, &json!("12.50")));
        let rows: Vec<Payout> = known.app.storage.read(move |conn| {
            let batch = payout_batch_by_number(conn, id, number)?.unwrap();
            payouts_of_batch(conn, id, batch.id, 10)
        }).await.unwrap();
        let of = |who: AffiliateId| rows.iter().find(|row| row.affiliate_id == who).unwrap();
        assert_eq!(of(anna).state, PayoutState::Confirmed);
        assert_eq!(of(anna).reference.as_deref(), Some(credits[0].2.as_str()));
        assert_eq!(of(bob).state, PayoutState::Failed);
        assert!(of(bob).reason.as_ref().unwrap().contains("no customer account"));
        let balance = known.app.storage
            .read(move |conn| storage::ledger::balances_of(conn, id, bob)).await.unwrap();
        assert_eq!(Money::new(balance[0].payable_minor, CURRENCY).to_string(), "7.00 USD");
    }
}
