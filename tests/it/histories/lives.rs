//! Random lives of a shop through the whole product, on each database: several orders whose webhooks
//! arrive late, twice and mixed up, clicks, two programs' worth of rules with new versions, decisions of
//! the merchant, chargebacks, adjustments, and rounds of payouts by PayPal, Wise and a list. After every
//! step what was decided must be what an independent observer expects (`observer`); the books and the
//! files must add up all the time.

use domain::{
    conversion::ReviewAction,
    ids::ShopifyId,
    payout::{PayoutMethod, PayoutState},
    reason::Reason,
    time::UtcTime,
};
use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};
use storage::payouts::Payout;
use tests::{db::TestDatabase, random::Random};
use tributary::flows::pay_out::PayoutResult;

use super::{
    cases,
    history::{History, Placing},
    message::Message,
    observer::Observer,
    programs::whole,
    seed::{Seed, seeds},
};
use crate::{
    golden::builder::{Scenario, day, later},
    shop::Shop,
};

/// How many histories of the rules alone one life of a shop stands for: it takes that much longer.
const WEIGHT_ON_SQLITE: u32 = 500;
const WEIGHT_ON_POSTGRES: u32 = 2_500;
/// The books are read whole after this many steps, and at the end.
const STEPS_BETWEEN_CHECKS: usize = 40;
/// Seconds that may pass between two steps.
const PAUSE_MAX: u64 = 4 * 86_400;

#[test]
fn g39_n11_n14_random_lives_of_a_shop_add_up_on_sqlite() {
    run(WEIGHT_ON_SQLITE, || Some(TestDatabase::sqlite()));
}

#[test]
fn g39_n11_n14_random_lives_of_a_shop_add_up_on_postgres() {
    run(WEIGHT_ON_POSTGRES, TestDatabase::postgres);
}

fn run(weight: u32, fresh: impl Fn() -> Option<TestDatabase>) {
    if fresh().is_none() {
        return;
    }
    let mut runner = TestRunner::new(ProptestConfig {
        cases: (cases() / weight).max(1),
        source_file: Some(file!()),
        // A life is long: shrinking one takes as long as a hundred of them.
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    });
    let lives = lives();
    runner
        .run(&lives, |life| {
            Player::of(&life, fresh().expect("it was there before")).play();
            Ok(())
        })
        .unwrap();
}

/// What a life is made of.
#[derive(Debug, Clone)]
struct Life {
    click_model: &'static str,
    program: Value,
    next_program: Value,
    payout_rate: i64,
    holds_late_clicks: bool,
    orders: Vec<Seed>,
    /// What happens when.
    luck: u64,
}

fn lives() -> impl Strategy<Value = Life> {
    let models = prop_oneof![Just("last_click"), Just("first_click"), Just("linear")];
    let setting = (models, whole(), whole(), 1_i64..=300, any::<bool>());
    (setting, vec(seeds(), 2..=5), any::<u64>()).prop_map(|(setting, orders, luck)| {
        let (click_model, program, mut next_program, payout_rate, holds_late_clicks) = setting;
        // The observer knows one list of bonuses: a new version keeps it.
        next_program["bonuses"] = program["bonuses"].clone();
        Life { click_model, program, next_program, payout_rate, holds_late_clicks, orders, luck }
    })
}

impl Life {
    /// Anna below Bob below Cleo, each paid in another way and currency.
    fn setting(&self) -> Scenario {
        let rate = format!("{}.{:02}", self.payout_rate / 100, self.payout_rate % 100);
        let late_click = if self.holds_late_clicks { "hold" } else { "credit" };
        Scenario::golden()
            .shop(json!({
                "currency": self.currency(), "click_model": self.click_model,
                "fraud": {"late_click": late_click, "late_click_seconds": 86_400},
            }))
            .program(self.program.clone())
            .affiliate("cleo", json!({"payout_currency": "JPY", "payout_rate": "149.7"}))
            .affiliate("bob", json!({"upline": "cleo", "coupons": ["BOB10"]}))
            .affiliate(
                "anna",
                json!({"upline": "bob", "payout_currency": "EUR", "payout_rate": rate}),
            )
    }

    fn currency(&self) -> &'static str {
        self.orders[0].currency
    }

    /// The orders, on random days of four months, of few customers, by coupon or by link alone.
    fn histories(&self, random: &mut Random) -> Vec<Told> {
        let seeds = self.orders.iter().zip(1_u64..);
        seeds
            .map(|(seed, n)| {
                let days = i64::try_from(random.below(110)).expect("few days");
                let coupon = *random.of(&[Some("ANNA10"), Some("BOB10"), None, None]);
                let placing = Placing {
                    id: 1_000 + n,
                    at: later(&day(days), 3_600 * i64::try_from(n).expect("few")),
                    customer: 500 + random.below(2),
                    coupon,
                };
                let seed = Seed { currency: self.currency(), ..seed.clone() };
                let history = History::of(&seed, placing);
                let waiting = history.as_it_arrives().cloned().rev().collect();
                Told { visitor: format!("v{}", random.below(3)), history, waiting }
            })
            .collect()
    }
}

/// An order and what Shopify has still to tell of it.
struct Told {
    visitor: String,
    history: History,
    /// The next one last.
    waiting: Vec<Message>,
}

struct Player<'a> {
    life: &'a Life,
    shop: Shop,
    random: Random,
    orders: Vec<Told>,
    now: UtcTime,
    observer: Observer,
}

impl<'a> Player<'a> {
    fn of(life: &'a Life, db: TestDatabase) -> Self {
        let mut random = Random::new(life.luck);
        let shop = Shop::of(&life.setting(), db);
        let now = UtcTime::parse(&day(0)).expect("a time");
        shop.pays("anna", PayoutMethod::Paypal, "anna@example.com", now);
        shop.pays("bob", PayoutMethod::Wise, "12345", now);
        shop.pays("cleo", PayoutMethod::Other, "by hand", now);
        let orders = life.histories(&mut random);
        Self { life, shop, random, orders, now, observer: Observer::default() }
    }

    fn play(mut self) {
        let messages: usize = self.orders.iter().map(|order| order.waiting.len()).sum();
        for step in 0..messages * 2 {
            let pause = i64::try_from(self.random.below(PAUSE_MAX)).expect("few seconds");
            self.now = self.now.plus_seconds(pause / 8);
            self.step(step);
            self.observer.look(&self.shop);
            if step % STEPS_BETWEEN_CHECKS == 0 {
                self.shop.check(&format!("step {step}"));
            }
        }
        for order in 0..self.orders.len() {
            while self.tell(order) {
                self.observer.look(&self.shop);
            }
        }
        self.finish();
    }

    /// Holds end, everything that can be paid is paid, and all of it is looked at once more.
    fn finish(mut self) {
        self.now = self.now.plus_days(100);
        self.shop.approve_due(self.now);
        self.observer.look(&self.shop);
        for method in [PayoutMethod::Paypal, PayoutMethod::Wise, PayoutMethod::Other] {
            self.shop.round(method, self.now);
        }
        self.observer.look(&self.shop);
        self.shop.check("the end");
        self.shop.check_chain();
        self.shop.check_recomputing(self.now);
        for told in self.orders.iter().filter(|told| told.history.nothing_is_left()) {
            let id = ShopifyId(told.history.order.id);
            let order = self.shop.orders().into_iter().find(|one| one.shopify_order_id == id);
            let order = order.expect("it was told");
            for row in self.shop.conversions().iter().filter(|row| row.order_id == order.id) {
                let amounts = (row.commission_minor, row.payout_minor);
                assert_eq!(amounts, (0, 0), "everything was refunded: {row:#?}");
            }
        }
    }

    fn step(&mut self, step: usize) {
        let (shop, now) = (&self.shop, self.now);
        match self.random.below(24) {
            0..=9 => {
                let order = usize::try_from(self.random.below(5)).expect("small");
                self.tell(order % self.orders.len());
            }
            10..=12 => self.click(),
            13..=15 => self.review(),
            16 => {
                let order = ShopifyId(self.random.of(&self.orders).history.order.id);
                // Of an order that was told already: Shopify's disputes are younger than orders.
                if shop.orders().iter().any(|known| known.shopify_order_id == order)
                    && self.random.percent(30)
                {
                    shop.charge_back(order, now);
                }
            }
            17 => {
                let who = *self.random.of(&["anna", "bob", "cleo"]);
                let minor = i64::try_from(self.random.below(7_000)).expect("small") - 1_999;
                let minor = if minor == 0 { 1 } else { minor };
                shop.adjust(shop.person(who), minor, &format!("step {step}"), now);
            }
            18 => {
                let rules = Scenario::golden().rules_with(self.life.next_program.clone());
                shop.set_program(&rules, now);
            }
            19 => {
                let method = *self.random.of(&[
                    PayoutMethod::Paypal,
                    PayoutMethod::Wise,
                    PayoutMethod::Other,
                ]);
                shop.round(method, now);
            }
            20 => shop.send(now),
            21 | 22 => self.report(),
            _ => shop.approve_due(now),
        }
    }

    /// Shopify tells the next message of an order; false when there is none.
    fn tell(&mut self, order: usize) -> bool {
        let told = &mut self.orders[order];
        let Some(message) = told.waiting.pop() else { return false };
        let placed = UtcTime::parse(&told.history.order.created_at).expect("a time");
        self.now = self.now.max(placed.plus_seconds(60));
        let (topic, payload) = message.webhook(told.history.order.id);
        let visitor = topic.starts_with("orders/").then_some(told.visitor.as_str());
        self.shop.webhook(topic, payload, visitor, self.now);
        true
    }

    fn click(&mut self) {
        let visitor = format!("v{}", self.random.below(3));
        let code = *self.random.of(&["ANNA", "BOB", "CLEO"]);
        self.shop.click(&visitor, &format!("ref={code}"), self.now);
    }

    fn review(&mut self) {
        let actions = [
            ReviewAction::Approve,
            ReviewAction::Approve,
            ReviewAction::Reject(Reason::BreachOfTerms),
            ReviewAction::Hold(Reason::Fraud("velocity".to_owned())),
            ReviewAction::Release,
            ReviewAction::AcceptIncrease,
            ReviewAction::Reopen,
        ];
        let action = self.random.of(&actions).clone();
        let order = ShopifyId(self.random.of(&self.orders).history.order.id);
        self.shop.review(&[order], &action, self.now);
    }

    fn report(&mut self) {
        let mut rows: Vec<Payout> = self.shop.payments();
        rows.retain(|row| row.state != PayoutState::Draft);
        if rows.is_empty() {
            return;
        }
        let result = match self.random.below(3) {
            0 => PayoutResult::Failed { reason: "account closed".to_owned() },
            _ => PayoutResult::Confirmed { reference: Some("T-1".to_owned()) },
        };
        let row = self.random.of(&rows).clone();
        self.shop.report(&row, &result, self.now);
    }
}
