//! The coupon meter (N18): of 200 codes with the noise of real shops, five leaked. The whole way once,
//! from clicks and orders to the counted days; then the ranking with many more draws of the same kind.

use std::{collections::HashSet, sync::Arc};

use domain::{
    fraud::{CodeStanding, CodeUses, judge_codes},
    ids::{AffiliateId, ClickId, DeliveryId, ShopifyId},
    time::UtcTime,
};
use storage::{
    Json, Storage, StorageError, StorageOptions,
    clicks::{Click, click_insert_batch},
    code_days::{CodeDay, CodeSum, code_days_add, code_sums_of_shop},
};
use tests::{db::TestDatabase, random::Random, seed::Seeded};
use tributary::{
    flows::{
        book_changes::day_number,
        order_news::{News, OrderNews},
        settle_orders::{Batch, Settler},
        shop_book::ShopBooks,
    },
    secrets::MasterKey,
    visit_token::VisitTokens,
};

use crate::golden::builder::{Order, later};

tests::cases_on_both_databases![
    n18_five_leaked_codes_of_200_are_among_the_first_seven,
    n18_other_draws_of_the_same_kind_are_ranked_as_well,
    n18_an_order_is_counted_once_and_in_its_own_shop,
];

const CODES: usize = 200;
const LEAKED: usize = 5;
/// Every 33rd code is read out: its buyers hardly ever click.
const SPOKEN_EVERY: usize = 33;
const FIRST_DAY: &str = "2026-03-01T00:00:00Z";
const DAYS: u64 = 60;

/// How buyers come to a code, in percent of its orders, or of those without a click.
struct Habits {
    orders: u64,
    clicks: u64,
    coupon_sites: u64,
    last_moment: u64,
}

/// What one buyer did.
struct Purchase {
    clicked: bool,
    from_coupon_site: bool,
    last_moment: bool,
}

impl Habits {
    /// Those of a code. `few` keeps the orders of the whole way few.
    fn draw(random: &mut Random, index: usize, is_leaked: bool, few: bool) -> Self {
        let orders = match (few, random.below(10)) {
            _ if is_leaked => 25 + random.below(if few { 15 } else { 100 }),
            (_, 0..=5) => 1 + random.below(5),
            (true, _) => 5 + random.below(12),
            (false, 6..=8) => 10 + random.below(50),
            (false, _) => 60 + random.below(200),
        };
        let clicks = match is_leaked {
            true => random.below(15),
            false if index.is_multiple_of(SPOKEN_EVERY) => 5 + random.below(15),
            false => 35 + random.below(50),
        };
        let coupon_sites = if is_leaked { 35 + random.below(30) } else { random.below(4) };
        let last_moment = if is_leaked { 3 + random.below(12) } else { random.below(2) };
        Self { orders, clicks, coupon_sites, last_moment }
    }

    fn purchases(&self, random: &mut Random) -> Vec<Purchase> {
        let mut purchase = || {
            let clicked = random.percent(self.clicks);
            Purchase {
                clicked,
                from_coupon_site: !clicked && random.percent(self.coupon_sites),
                last_moment: !clicked && random.percent(self.last_moment),
            }
        };
        (0..self.orders).map(|_| purchase()).collect()
    }
}

fn leaked(random: &mut Random) -> HashSet<usize> {
    let mut found = HashSet::new();
    while found.len() < LEAKED {
        found.insert(usize::try_from(random.below(200)).expect("a place"));
    }
    found
}

struct World {
    storage: Storage,
    seeded: Seeded,
    settler: Settler,
    tokens: VisitTokens,
    _db: TestDatabase,
}

impl World {
    fn new(db: TestDatabase, affiliates: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let seeded = runtime.block_on(tests::seed::seed(&db.url, affiliates, &[]));
        let storage = Storage::connect(&db.url, StorageOptions::default()).unwrap();
        let tokens = VisitTokens::new(&MasterKey::generate().unwrap());
        let settler = Settler::new(Arc::new(ShopBooks::default()), tokens.clone());
        Self { storage, seeded, settler, tokens, _db: db }
    }

    fn sums(&self, days: (i64, i64)) -> Vec<CodeSum> {
        let shop = self.seeded.shop;
        self.storage.read_blocking(|conn| code_sums_of_shop(conn, shop, days, 10_000)).unwrap()
    }

    /// An order with a code, and the visit that led to it.
    fn order(
        &self,
        id: u64,
        code: usize,
        purchase: &Purchase,
        at: &str,
    ) -> (OrderNews, Option<Click>) {
        let typed = format!("Friend{code}");
        let order = Order::nth(1, "90.00").id(id).codes([typed.as_str()]).placed_at(at);
        let mut snapshot = order.snapshot();
        snapshot.customer_id = None;
        snapshot.referring_host = Some(match purchase.from_coupon_site {
            true => "www.retailmenot.com".to_owned(),
            false => "search.example".to_owned(),
        });
        let whose = match purchase {
            Purchase { clicked: true, .. } => Some((code, 3 * 86_400)),
            Purchase { last_moment: true, .. } => Some((code + 1, 90)),
            _ => None,
        };
        let click = whose.map(|(whose, seconds)| {
            let visitor = format!("visitor-{id}");
            let clicked_at = snapshot.ordered_at.plus_seconds(-seconds);
            snapshot.attribution_tokens =
                vec![self.tokens.sign(self.seeded.shop, &visitor, clicked_at)];
            self.click(id, self.seeded.affiliates[whose % CODES].id, visitor, clicked_at)
        });
        let shopify_id = snapshot.shopify_order_id;
        (OrderNews { order: shopify_id, what: News::Snapshot(Box::new(snapshot)) }, click)
    }

    fn click(&self, id: u64, affiliate_id: AffiliateId, visitor: String, at: UtcTime) -> Click {
        Click {
            id: ClickId(i64::try_from(id).expect("small")),
            shop_id: self.seeded.shop,
            affiliate_id,
            visitor,
            clicked_at: at,
            entry_url: "https://reference.example/?ref=X".to_owned(),
            link_params: Json(std::collections::BTreeMap::new()),
            is_params_cut: false,
            referrer: None,
            ip_truncated: None,
            report_id: None,
            consent: None,
            user_agent: None,
        }
    }

    fn settle(&self, orders: &[(OrderNews, Option<Click>)]) {
        let clicks: Vec<Click> = orders.iter().filter_map(|(_, click)| click.clone()).collect();
        let arrived: Vec<_> =
            orders.iter().map(|(news, _)| (DeliveryId(0), Some(news.clone()))).collect();
        let batch = Batch { arrived };
        self.storage
            .write_blocking::<_, StorageError>(|tx| {
                click_insert_batch(tx, &clicks)?;
                self.settler.settle(tx, self.seeded.shop, &batch, time(FIRST_DAY), None)?;
                Ok(())
            })
            .unwrap();
    }
}

fn time(text: &str) -> UtcTime {
    UtcTime::parse(text).expect("a time")
}

/// The codes, the most suspicious first, as the page ranks them.
fn ranked(sums: Vec<CodeSum>) -> Vec<(CodeSum, CodeStanding)> {
    let uses: Vec<CodeUses> = sums.iter().map(|sum| sum.uses).collect();
    let (_, verdicts) = judge_codes(&uses);
    let mut judged: Vec<_> = sums.into_iter().zip(verdicts).collect();
    judged.sort_by_key(|(_, verdict)| std::cmp::Reverse(verdict.suspicion_bps));
    judged.into_iter().map(|(sum, verdict)| (sum, verdict.standing)).collect()
}

#[track_caller]
fn assert_found(sums: Vec<CodeSum>, leaked: &HashSet<usize>, seed: u64) {
    let ranking = ranked(sums);
    let first: HashSet<&str> =
        ranking.iter().take(7).map(|(sum, _)| sum.code_folded.as_str()).collect();
    for code in leaked {
        let code = format!("friend{code}");
        let place = ranking.iter().position(|(sum, _)| sum.code_folded == code);
        assert!(
            first.contains(code.as_str()),
            "seed {seed}: {code} is number {place:?}\n{:#?}",
            ranking.iter().take(12).collect::<Vec<_>>()
        );
    }
}

fn n18_five_leaked_codes_of_200_are_among_the_first_seven(db: TestDatabase) {
    let world = World::new(db, CODES);
    let mut random = Random::new(18);
    let leaked = leaked(&mut random);
    let mut orders = Vec::new();
    for code in 0..CODES {
        let habits = Habits::draw(&mut random, code, leaked.contains(&code), true);
        for purchase in habits.purchases(&mut random) {
            let id = 5_000_000_000_000 + u64::try_from(orders.len()).expect("few");
            let seconds = i64::try_from(random.below(DAYS * 86_400)).expect("small");
            orders.push(world.order(id, code, &purchase, &later(FIRST_DAY, seconds)));
        }
    }
    for batch in orders.chunks(250) {
        world.settle(batch);
    }
    let first = day_number(time(FIRST_DAY));
    let sums = world.sums((first, first + 60));
    let counted: i64 = sums.iter().map(|sum| sum.uses.orders).sum();
    assert_eq!(usize::try_from(counted).unwrap(), orders.len());
    assert_found(sums, &leaked, 18);
}

fn n18_other_draws_of_the_same_kind_are_ranked_as_well(db: TestDatabase) {
    let world = World::new(db, CODES);
    for seed in 0..12_i64 {
        let mut random = Random::new(u64::try_from(seed).unwrap());
        let leaked = leaked(&mut random);
        // Each draw has a year of its own.
        let first = seed * 365;
        let mut days = Vec::new();
        for (code, who) in world.seeded.affiliates.iter().enumerate() {
            let habits = Habits::draw(&mut random, code, leaked.contains(&code), false);
            for purchase in habits.purchases(&mut random) {
                days.push(CodeDay {
                    shop_id: world.seeded.shop,
                    day: first + i64::try_from(random.below(DAYS)).unwrap(),
                    code_folded: who.coupon.to_lowercase(),
                    affiliate_id: who.id,
                    orders: 1,
                    without_click: i64::from(!purchase.clicked),
                    from_coupon_sites: i64::from(purchase.from_coupon_site),
                    last_moment: i64::from(purchase.last_moment),
                });
            }
        }
        world.storage.write_blocking(|tx| code_days_add(tx, &days)).unwrap();
        let sums = world.sums((first, first + 364));
        let counted: i64 = sums.iter().map(|sum| sum.uses.orders).sum();
        assert_eq!(usize::try_from(counted).unwrap(), days.len(), "seed {seed}");
        assert_found(sums, &leaked, u64::try_from(seed).unwrap());
    }
}

fn n18_an_order_is_counted_once_and_in_its_own_shop(db: TestDatabase) {
    let world = World::new(db, 2);
    let purchase =
        |clicked, from_coupon_site| Purchase { clicked, from_coupon_site, last_moment: false };
    let of_anna = |id, purchase| world.order(id, 0, &purchase, "2026-03-01T23:59:59Z");
    let orders = [of_anna(1, purchase(true, false)), of_anna(2, purchase(false, true))];
    world.settle(&orders);
    // The same news again, and later news of the same orders.
    world.settle(&[(orders[0].0.clone(), None), (orders[1].0.clone(), None)]);
    // What no code decided, and what was only a test, is not counted.
    let mut foreign = world.order(3, 0, &purchase(false, false), "2026-03-01T12:00:00Z");
    let mut test = world.order(4, 0, &purchase(false, false), "2026-03-01T12:00:00Z");
    let News::Snapshot(snapshot) = &mut foreign.0.what else { panic!("a snapshot") };
    snapshot.discount_codes = vec!["SUMMER".to_owned()];
    let News::Snapshot(snapshot) = &mut test.0.what else { panic!("a snapshot") };
    snapshot.test = true;
    world.settle(&[foreign, test]);

    let day = day_number(time(FIRST_DAY));
    let sums = world.sums((day, day));
    let expected = CodeUses { orders: 2, without_click: 1, from_coupon_sites: 1, last_moment: 0 };
    assert_eq!(sums.len(), 1, "{sums:?}");
    assert_eq!((sums[0].code_folded.as_str(), sums[0].uses), ("friend0", expected));
    assert_eq!(sums[0].affiliate_id, world.seeded.affiliates[0].id);
    assert_eq!(world.sums((day + 1, day + 1)), []);
    let elsewhere = domain::ids::ShopId(world.seeded.shop.0 + 1);
    let other =
        world.storage.read_blocking(|conn| code_sums_of_shop(conn, elsewhere, (day, day), 10));
    assert_eq!(other.unwrap(), []);
    assert!(
        world
            .storage
            .read_blocking(|conn| storage::orders::order_by_shopify_id(
                conn,
                world.seeded.shop,
                ShopifyId(1)
            ))
            .unwrap()
            .is_some()
    );
}
