//! Discount codes of affiliates: from the merchant's wish to Shopify and back.

use domain::affiliate::AffiliateStatus;
use domain::ids::{AffiliateId, ProgramId};
use domain::money::Currency;
use storage::StorageError;
use storage::affiliates::{AffiliateFilter, affiliate_page};
use storage::coupons::coupons_of;
use storage::shop_codes::{CodeState, program_discount, shop_codes_of};
use storage::shops::Shop;
use tests::both_databases;
use tests::db::TestDatabase;
use tests::seed::seed_into;
use tests::shopify::FakeShopify;
use tributary::app::App;
use tributary::flows::codes::{
    CodeError, DiscountDraft, give_code, save_discount, stop_discount, take_code,
};
use tributary::flows::import_affiliates::{import_affiliates, read_table};
use tributary::flows::record_activity::{Act, Actor};
use tributary::flows::review_affiliate::review_affiliate;
use tributary::flows::welcome_shop::begin_work;
use tributary::shopify_work::run_due;

use super::{SHOP, address, connected};

struct Codes {
    fake: FakeShopify,
    app: App,
    shop: Shop,
    program: ProgramId,
    people: Vec<AffiliateId>,
}

impl Codes {
    async fn new(db: &TestDatabase) -> Self {
        let fake = FakeShopify::start();
        let (app, shop) = connected(db, &fake).await;
        let seeded = seed_into(&app.storage, shop.id, 3).await;
        let people: Vec<AffiliateId> = seeded.affiliates.iter().map(|one| one.id).collect();
        let (id, first) = (shop.id, people[0]);
        let known =
            app.storage.read(move |conn| storage::affiliates::affiliate_by_id(conn, id, first));
        let program = known.await.unwrap().unwrap().program_id;
        Self { fake, app, shop, program, people }
    }

    fn act(&self) -> Act {
        Act { shop: self.shop.id, actor: Actor::Merchant, now: self.app.clock.now() }
    }

    async fn set_up(&self, is_automatic: bool) {
        let (act, program) = (self.act(), self.program);
        let draft = DiscountDraft {
            kind: "percent".to_owned(),
            value: "10".to_owned(),
            once_per_customer: false,
            is_automatic,
        };
        let write = self
            .app
            .storage
            .write(move |tx| save_discount(tx, act, program, Currency::USD, &draft));
        write.await.unwrap();
    }

    async fn give(&self, affiliate: AffiliateId, code: &str) -> Result<(), CodeError> {
        let (act, code) = (self.act(), code.to_owned());
        self.app.storage.write(move |tx| give_code(tx, act, affiliate, &code)).await
    }

    async fn work(&self) {
        while run_due(&self.app).await.unwrap() > 0 {}
    }

    async fn states(&self, affiliate: AffiliateId) -> Vec<(String, CodeState, Option<String>)> {
        let id = self.shop.id;
        let read = self.app.storage.read(move |conn| shop_codes_of(conn, id, affiliate, 50));
        let found = read.await.unwrap().into_iter();
        found.map(|one| (one.code, one.state, one.error)).collect()
    }

    async fn coupons(&self, affiliate: AffiliateId) -> Vec<String> {
        let id = self.shop.id;
        let read = self.app.storage.read(move |conn| coupons_of(conn, id, affiliate, 50));
        read.await.unwrap().into_iter().map(|one| one.code).collect()
    }

    fn at_shopify(&self) -> Vec<String> {
        self.fake.shop(SHOP, |shop| shop.codes.keys().cloned().collect())
    }
}

both_databases! {
    async fn codes_are_on_one_discount_and_each_credits_its_affiliate(db: TestDatabase) {
        let codes = Codes::new(&db).await;
        let (anna, bob) = (codes.people[0], codes.people[1]);
        assert!(matches!(codes.give(anna, "ANNA10").await, Err(CodeError::NoDiscount)));
        codes.set_up(false).await;
        // The merchant has a code of that name already.
        codes.fake.shop(SHOP, |shop| shop.codes.insert("vip".to_owned(), "gid://other/1".to_owned()));
        codes.give(anna, "VIP").await.unwrap();
        codes.give(anna, "ANNA10").await.unwrap();
        codes.give(bob, "BOB10").await.unwrap();
        assert!(matches!(codes.give(bob, "anna10").await, Err(CodeError::Refused(_))));
        assert!(matches!(codes.give(bob, "two words").await, Err(CodeError::Refused(_))));
        // The answer to making the discount is lost; it is found by its name.
        codes.fake.with(|state| state.lost.push("CreateDiscount".to_owned()));
        codes.work().await;
        assert_eq!(codes.at_shopify(), ["anna10", "bob10", "vip"]);
        assert_eq!(codes.fake.shop(SHOP, |shop| shop.discounts.len()), 1, "one discount for all");
        let of_anna = codes.states(anna).await;
        assert_eq!((&of_anna[0].1, &of_anna[1].1), (&CodeState::Live, &CodeState::Refused));
        assert!(of_anna[1].2.as_ref().unwrap().contains("exists already"));
        assert!(codes.coupons(bob).await.contains(&"BOB10".to_owned()), "it credits");

        // One is taken away: only that one is gone.
        let act = codes.act();
        codes.app.storage.write(move |tx| take_code(tx, act, bob, "BOB10")).await.unwrap();
        codes.work().await;
        assert_eq!(codes.at_shopify(), ["anna10", "vip"]);
        assert!(codes.states(bob).await.is_empty());
        assert!(!codes.coupons(bob).await.contains(&"BOB10".to_owned()));

        // All are stopped; what was given goes on crediting.
        let (act, program) = (codes.act(), codes.program);
        codes.app.storage.write(move |tx| stop_discount(tx, act, program)).await.unwrap();
        codes.work().await;
        assert_eq!(codes.at_shopify(), ["vip"]);
        assert!(codes.fake.shop(SHOP, |shop| shop.discounts.is_empty()));
        assert!(codes.coupons(anna).await.contains(&"ANNA10".to_owned()));
    }

    async fn whoever_is_approved_gets_a_code_where_the_program_says_so(db: TestDatabase) {
        let codes = Codes::new(&db).await;
        let anna = codes.people[0];
        let approve = async || {
            let (act, app) = (codes.act(), codes.app.clone());
            codes.app.storage
                .write::<_, StorageError, _>(move |tx| {
                    review_affiliate(tx, app.mail_room(), act, anna, AffiliateStatus::Active)
                })
                .await
                .unwrap();
        };
        codes.set_up(false).await;
        approve().await;
        assert!(codes.states(anna).await.is_empty());
        codes.set_up(true).await;
        approve().await;
        approve().await;
        codes.work().await;
        let given = codes.states(anna).await;
        assert_eq!(given.len(), 1, "once: {given:?}");
        assert!(given[0].0.ends_with("10") && given[0].1 == CodeState::Live, "{given:?}");
    }

    async fn a_code_that_waited_for_the_connection_is_made_when_it_is_back(db: TestDatabase) {
        let codes = Codes::new(&db).await;
        codes.set_up(false).await;
        let (id, now) = (codes.shop.id, codes.app.clock.now());
        codes.app.storage
            .write(move |tx| storage::installations::installation_forget(tx, id, now))
            .await
            .unwrap();
        codes.give(codes.people[0], "ANNA10").await.unwrap();
        codes.work().await;
        assert_eq!(codes.states(codes.people[0]).await[0].1, CodeState::Wanted);
        // The merchant opens the app, and nothing waits any longer.
        let (shop, fake) = (address(&codes.shop), &codes.fake);
        codes.app.admin_api.connect(&shop, &fake.session_token(SHOP)).await.unwrap();
        codes.app.storage.write(move |tx| begin_work(tx, id, now)).await.unwrap();
        codes.work().await;
        assert_eq!(codes.states(codes.people[0]).await[0].1, CodeState::Live);
    }

    async fn imported_affiliates_get_a_code_when_they_are_active_and_bring_none(db: TestDatabase) {
        let codes = Codes::new(&db).await;
        codes.set_up(true).await;
        let table = "ID,First name,Last name,Email,Affiliate link,Coupon,Status\n\
            1,Dora,Lind,dora@example.net,https://s.example/?sca_ref=1.dora,,Active\n\
            2,Emil,Roth,emil@example.net,https://s.example/?sca_ref=2.emil,EMIL5,Active\n\
            3,Fee,Sand,fee@example.net,https://s.example/?sca_ref=3.fee,,Pending\n";
        let table = read_table(table).unwrap();
        let (act, program) = (codes.act(), codes.program);
        let prints = shopify::fingerprint::Fingerprinter::new(b"any key").unwrap();
        let done = codes.app.storage
            .write(move |tx| import_affiliates(tx, &prints, act, Some(program), &table))
            .await
            .unwrap();
        assert_eq!(done.counts(), (3, 0, 0), "{done:?}");
        codes.work().await;
        let of = async |email: &'static str| {
            let id = codes.shop.id;
            let filter = AffiliateFilter { search: Some(email.to_owned()), ..AffiliateFilter::default() };
            let read = codes.app.storage.read(move |conn| affiliate_page(conn, id, &filter, None, 1));
            let who = read.await.unwrap().remove(0).id;
            codes.states(who).await.into_iter().map(|(_, state, _)| state).collect::<Vec<_>>()
        };
        assert_eq!(of("dora").await, [CodeState::Live]);
        assert_eq!((of("emil").await, of("fee").await), (vec![], vec![]));
    }

    async fn what_shopify_says_against_the_discount_is_kept_for_the_merchant(db: TestDatabase) {
        let codes = Codes::new(&db).await;
        codes.set_up(false).await;
        codes.give(codes.people[0], "ANNA10").await.unwrap();
        codes.fake.with(|state| state.statuses.push_back(403));
        codes.work().await;
        let (id, program) = (codes.shop.id, codes.program);
        let read = codes.app.storage.read(move |conn| program_discount(conn, id, program));
        let problem = read.await.unwrap().unwrap().error.unwrap();
        assert!(problem.contains("permission"), "{problem}");
        assert!(codes.at_shopify().is_empty());
    }
}
