//! Billing (row 34): the plan follows what Shopify says, usage is charged once and up to the cap.

use domain::ids::AffiliateId;
use domain::money::Currency;
use domain::plan::{Feature, Plan};
use domain::time::UtcTime;
use serde_json::{Value, json};
use storage::plans::{ChargeState, ShopPlan, UsageCharge, shop_plan, usage_charges_of};
use storage::shops::Shop;
use storage::stats::{DailyStat, daily_stats_add};
use tests::both_databases;
use tests::db::TestDatabase;
use tests::seed::seed_into;
use tests::shopify::{FakeShopify, PARTNER_ORGANISATION, PARTNER_TOKEN};
use tributary::app::App;
use tributary::clock::Clock;
use tributary::flows::book_changes::day_number;
use tributary::flows::plans::{Entitlement, PlanTold, note, take_in};
use tributary::shopify_work::{charge_usage, offer_usage_plan, raise_cap, read_plan, read_shop};

use super::{SHOP, address, process_with, welcomed};

const LINE: &str = "gid://shopify/AppSubscriptionLineItem/1";

struct Billed {
    fake: FakeShopify,
    app: App,
    shop: Shop,
    clock: Clock,
}

impl Billed {
    /// A shop of an app that sells plans, and one that is paid by sales.
    async fn new(db: &TestDatabase) -> Self {
        let clock = Clock::manual(UtcTime::parse("2026-11-21T10:00:00Z").unwrap());
        let fake = FakeShopify::with_clock(clock.clone());
        fake.install(SHOP);
        let app = process_with(db, &fake, clock.clone(), |settings| {
            settings.shopify_app_handle = Some("tributary".to_owned());
            settings.shopify_partner_organisation = Some(PARTNER_ORGANISATION.to_owned());
            settings.shopify_partner_token = Some(PARTNER_TOKEN.to_owned());
            settings.shopify_app_id = Some("5".to_owned());
            settings.shopify_usage_percent = Some("1.5".to_owned());
            settings.shopify_usage_cap = Some("200".to_owned());
        });
        let shop = welcomed(&app).await;
        app.admin_api.connect(&address(&shop), &fake.session_token(SHOP)).await.unwrap();
        Self { fake, app, shop, clock }
    }

    fn subscribes(&self, name: &str, status: &str) {
        self.fake.shop(SHOP, |shop| {
            shop.subscriptions = vec![json!({"id": "gid://shopify/AppSubscription/1",
                "name": name, "status": status, "test": false, "currentPeriodEnd": null,
                "lineItems": []})];
        });
    }

    fn pays_by_sales(&self, used: &str, cap: &str) {
        let money = |amount: &str| json!({"amount": amount, "currencyCode": "USD"});
        self.fake.shop(SHOP, |shop| {
            shop.subscriptions = vec![json!({"id": "gid://shopify/AppSubscription/2",
                "name": "Professional, paid by sales", "status": "ACTIVE", "test": false,
                "currentPeriodEnd": "2026-12-20T00:00:00Z",
                "lineItems": [{"id": LINE, "plan": {"pricingDetails":
                    {"balanceUsed": money(used), "cappedAmount": money(cap)}}}]})];
        });
    }

    async fn plan(&self) -> ShopPlan {
        let id = self.shop.id;
        self.app.storage.read(move |conn| shop_plan(conn, id)).await.unwrap().unwrap()
    }

    async fn entitled(&self) -> Entitlement {
        read_plan(&self.app, &address(&self.shop)).await.unwrap();
        Entitlement::of(Some(self.plan().await), true)
    }

    async fn charges(&self) -> Vec<UsageCharge> {
        let id = self.shop.id;
        let read = self.app.storage.read(move |conn| usage_charges_of(conn, id, LINE, 100));
        read.await.unwrap()
    }

    /// Sales of today; negative for what was refunded.
    async fn sell(&self, affiliate: AffiliateId, sales_minor: i64) {
        let stat = DailyStat {
            shop_id: self.shop.id,
            affiliate_id: affiliate,
            day: day_number(self.clock.now()),
            currency: Currency::USD,
            clicks: 0,
            conversions: 1,
            sales_minor,
            commission_minor: 0,
        };
        let write =
            self.app.storage.write(move |tx| daily_stats_add(tx, std::slice::from_ref(&stat)));
        write.await.unwrap();
    }

    fn next_day(&self) {
        self.clock.set(self.clock.now().plus_days(1));
    }

    fn asked(&self, name: &str) -> usize {
        self.fake.with(|state| state.operations.iter().filter(|(known, _)| known == name).count())
    }
}

both_databases! {
    async fn s11_34_the_plan_is_what_shopify_says_of_it(db: TestDatabase) {
        let billed = Billed::new(&db).await;
        billed.fake.shop(SHOP, |shop| shop.is_paying = true);
        read_shop(&billed.app, &address(&billed.shop)).await.unwrap();
        assert_eq!(billed.entitled().await.plan, Plan::Free);
        billed.subscribes("Growth", "ACTIVE");
        let growth = billed.entitled().await;
        assert!(growth.brings(Feature::ShopCodes) && !growth.brings(Feature::StoreCredit));
        for status in ["FROZEN", "DECLINED", "EXPIRED", "CANCELLED", "PENDING", "A_NEW_WORD"] {
            billed.subscribes("Growth", status);
            assert_eq!(billed.entitled().await.plan, Plan::Free, "{status}");
        }
        // A plan of the listing is told by the Partner API alone.
        billed.fake.shop(SHOP, |shop| shop.paid_plan = Some("professional-yearly".to_owned()));
        assert_eq!(billed.entitled().await.plan, Plan::Professional);
        assert_eq!(billed.plan().await.period_ends_at, UtcTime::parse("2027-01-01T00:00:00Z").ok());
        billed.fake.shop(SHOP, |shop| shop.paid_plan = None);
        assert_eq!(billed.entitled().await.plan, Plan::Free);
        // Of a development store nothing is asked.
        billed.fake.shop(SHOP, |shop| shop.is_paying = false);
        read_shop(&billed.app, &address(&billed.shop)).await.unwrap();
        let entitled = billed.entitled().await;
        assert!(entitled.is_open && entitled.brings(Feature::StoreCredit));
    }

    async fn s11_34_of_two_answers_the_one_to_the_later_question_counts(db: TestDatabase) {
        let billed = Billed::new(&db).await;
        let (id, now) = (billed.shop.id, billed.clock.now());
        let told = |name: &str| PlanTold { name: Some(name.to_owned()), ..PlanTold::default() };
        for (name, asked_at) in [("Growth", now), ("Free", now.plus_seconds(-1))] {
            let told = told(name);
            billed.app.storage.write(move |tx| take_in(tx, id, &told, asked_at)).await.unwrap();
        }
        assert_eq!(billed.plan().await.name.as_deref(), Some("Growth"));
        // What the shop is, and what it pays, come by two tasks at the same time.
        let noted = billed.app.storage.write(move |tx| note(tx, id, |plan| {
            std::thread::sleep(std::time::Duration::from_millis(300));
            plan.is_development = true;
        }));
        let paid = async {
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            let told = told("Professional");
            billed.app.storage.write(move |tx| take_in(tx, id, &told, now)).await
        };
        let (noted, paid) = tokio::join!(noted, paid);
        noted.unwrap();
        paid.unwrap();
        let plan = billed.plan().await;
        assert_eq!((plan.name.as_deref(), plan.is_development), (Some("Professional"), true));
    }

    async fn s11_34_sales_are_charged_once_a_day_and_refunds_lower_the_next_charge(db: TestDatabase) {
        let billed = Billed::new(&db).await;
        let seller = seed_into(&billed.app.storage, billed.shop.id, 1).await.affiliates[0].id;
        let work = async || charge_usage(&billed.app, &address(&billed.shop)).await;
        billed.fake.shop(SHOP, |shop| shop.usage_cap_minor = 20_000);
        // What was sold before the plan was taken is not charged.
        billed.sell(seller, 500_000).await;
        billed.next_day();
        billed.pays_by_sales("0.00", "200.00");
        work().await.unwrap();
        assert!(billed.charges().await.is_empty());

        billed.sell(seller, 100_000).await;
        billed.next_day();
        // The answer is lost twice; the same charge is asked for under the same key.
        billed.fake.with(|state| state.lost.extend(vec!["ChargeUsage".to_owned(); 2]));
        work().await.unwrap();
        work().await.unwrap();
        let charges = billed.charges().await;
        assert_eq!(charges.iter().map(|one| one.amount_minor).collect::<Vec<_>>(), [1_500]);
        assert_eq!(charges[0].state, ChargeState::Charged);
        assert_eq!(billed.fake.shop(SHOP, |shop| shop.charges.len()), 1);
        assert_eq!(billed.asked("ChargeUsage"), 3);

        // A refund is worth more than the day's sales: nothing is due, then less.
        billed.sell(seller, -40_000).await;
        billed.next_day();
        work().await.unwrap();
        assert_eq!(billed.charges().await.len(), 1);
        billed.sell(seller, 60_000).await;
        billed.next_day();
        work().await.unwrap();
        let charged: i64 = billed.charges().await.iter().map(|one| one.amount_minor).sum();
        assert_eq!(charged, 1_500 + 300, "1.5 % of 1,200.00 in all");
    }

    async fn s11_34_a_reached_cap_is_said_and_what_is_due_is_asked_for_again(db: TestDatabase) {
        let billed = Billed::new(&db).await;
        let seller = seed_into(&billed.app.storage, billed.shop.id, 1).await.affiliates[0].id;
        let work = async || charge_usage(&billed.app, &address(&billed.shop)).await;
        billed.fake.shop(SHOP, |shop| shop.usage_cap_minor = 1_000);
        billed.pays_by_sales("9.50", "10.00");
        work().await.unwrap();
        assert_eq!(billed.plan().await.usage().unwrap().1.to_string(), "10.00 USD");
        billed.sell(seller, 100_000).await;
        billed.next_day();
        work().await.unwrap();
        let charges = billed.charges().await;
        assert_eq!(charges[0].state, ChargeState::Refused);
        assert!(billed.plan().await.usage_problem.unwrap().contains("balance remaining"));
        // The merchant raises it: the next charge holds what was refused.
        let page = raise_cap(&billed.app, &address(&billed.shop)).await.unwrap();
        assert!(page.contains("/charges/"), "{page}");
        billed.fake.shop(SHOP, |shop| shop.usage_cap_minor = 2_000);
        billed.pays_by_sales("9.50", "20.00");
        billed.next_day();
        work().await.unwrap();
        let charges = billed.charges().await;
        assert_eq!((charges.len(), charges[1].state), (2, ChargeState::Charged));
        assert_eq!(charges[1].amount_minor, 1_500);
        assert_eq!(billed.plan().await.usage_problem, None);
    }

    async fn s11_34_the_plan_by_sales_is_offered_with_its_cap(db: TestDatabase) {
        let billed = Billed::new(&db).await;
        read_shop(&billed.app, &address(&billed.shop)).await.unwrap();
        let back = "https://admin.shopify.com/store/tea/apps/key/admin/plan".to_owned();
        let page = offer_usage_plan(&billed.app, &address(&billed.shop), back).await.unwrap();
        assert!(page.contains("/confirm"), "{page}");
        let told: Value = billed.fake.with(|state| state.variables["OfferUsagePlan"].clone());
        assert_eq!(told["cap"], json!({"amount": "200.00", "currencyCode": "USD"}));
        assert!(told["terms"].as_str().unwrap().starts_with("1.5% of the sales"));
        assert_eq!(told["test"], true, "a development store is charged nothing");
    }
}
