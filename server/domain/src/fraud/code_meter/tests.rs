use proptest::prelude::*;

use super::*;
use crate::{
    attribution::{Credit, Share},
    ids::ClickId,
};

fn uses(orders: i64, without_click: i64, from_coupon_sites: i64, last_moment: i64) -> CodeUses {
    CodeUses { orders, without_click, from_coupon_sites, last_moment }
}

fn noon() -> UtcTime {
    UtcTime::parse("2026-03-01T12:00:00Z").unwrap()
}

fn decided(method: Method) -> Decision {
    let credit = Credit {
        affiliate: AffiliateId(1),
        method,
        click: Some(ClickId(7)),
        coupon: Some("Anna10".to_owned()),
        share: Share::WHOLE,
    };
    Decision { credits: vec![credit], ..Decision::default() }
}

#[test]
fn n18_a_share_of_few_orders_is_taken_at_its_lower_end() {
    // By hand: (9 + 2 - 2 √(9/10 + 1)) / 14 = 0.5888.
    assert_eq!(lower_bound_bps(9, 10), 5_888);
    assert_eq!(lower_bound_bps(1, 1), 2_000);
    assert_eq!(lower_bound_bps(0, 1), 0);
    assert_eq!(lower_bound_bps(0, 0), 0);
    assert_eq!(lower_bound_bps(900, 1_000), 8_794);
    assert_eq!(lower_bound_bps(i64::MAX, i64::MAX), 9_999);
}

#[test]
fn n18_only_a_code_that_decided_counts() {
    let settings = FraudSettings::default();
    let used = |decision: &Decision| code_use(&settings, decision, noon(), &[], None);
    for method in [Method::Manual, Method::Customer, Method::Link, Method::Product] {
        assert_eq!(used(&decided(method)), None, "{method:?}");
    }
    assert_eq!(used(&Decision::default()), None);
    let found = used(&decided(Method::Coupon)).unwrap();
    assert_eq!((found.code.as_str(), found.affiliate), ("Anna10", AffiliateId(1)));
    assert_eq!(found.uses, uses(1, 1, 0, 0));
}

#[test]
fn n18_the_last_moment_is_measured_from_the_latest_click_of_somebody_else() {
    let settings = FraudSettings { late_code_seconds: 300, ..FraudSettings::default() };
    let decision = decided(Method::Coupon);
    let bob = |seconds: i64| (AffiliateId(2), noon().plus_seconds(-seconds));
    let used = |clicks: &[(AffiliateId, UtcTime)]| {
        code_use(&settings, &decision, noon(), clicks, None).unwrap().uses
    };
    assert_eq!(used(&[bob(299)]), uses(1, 1, 0, 1));
    assert_eq!(used(&[bob(300)]), uses(1, 1, 0, 0));
    assert_eq!(used(&[bob(9_000), bob(10)]), uses(1, 1, 0, 1));
    assert_eq!(used(&[bob(10), (AffiliateId(1), noon())]), uses(1, 0, 0, 0));
}

#[test]
fn n18_coupon_sites_are_the_merchants_list_with_what_is_below() {
    let settings =
        FraudSettings { coupon_sites: vec!["Deals.Example".into()], ..FraudSettings::default() };
    let decision = decided(Method::Coupon);
    let counted = |host: &str| {
        let used = code_use(&settings, &decision, noon(), &[], Some(host)).unwrap();
        used.uses.from_coupon_sites
    };
    assert_eq!(counted("deals.example"), 1);
    assert_eq!(counted("www.deals.example"), 1);
    assert_eq!(counted("mydeals.example"), 0);
    assert_eq!(counted("honey.com"), 0);
}

#[test]
fn n18_a_code_is_measured_against_the_shops_other_codes() {
    // A shop of podcasts: nobody clicks, and that is ordinary.
    let spoken = [uses(50, 46, 0, 0); 20];
    let (norm, verdicts) = judge_codes(&spoken);
    assert_eq!(norm.without_click_bps, 9_200);
    assert!(verdicts.iter().all(|verdict| verdict.standing == CodeStanding::Ordinary));
    // The same numbers where people click.
    let mut mixed = vec![uses(50, 10, 0, 0); 20];
    mixed.push(uses(50, 46, 0, 0));
    let (_, verdicts) = judge_codes(&mixed);
    assert_eq!(verdicts.last().unwrap().standing, CodeStanding::Unusual);
}

#[test]
fn n18_a_leaked_bestseller_does_not_become_the_norm() {
    let mut codes = vec![uses(30, 6, 0, 0); 9];
    codes.push(uses(9_000, 8_600, 4_000, 0));
    let (norm, verdicts) = judge_codes(&codes);
    assert!(norm.without_click_bps < 3_000, "{norm:?}");
    assert_eq!(verdicts.last().unwrap().standing, CodeStanding::Suspicious);
}

#[test]
fn n18_though_every_code_leaked_each_is_suspicious() {
    let (_, verdicts) = judge_codes(&[uses(40, 36, 20, 0); 3]);
    assert!(verdicts.iter().all(|verdict| verdict.standing == CodeStanding::Suspicious));
}

#[test]
fn n18_no_codes_and_no_orders_are_no_trouble() {
    assert_eq!(judge_codes(&[]), (Norm::default(), vec![]));
    let (norm, verdicts) = judge_codes(&[CodeUses::default()]);
    assert_eq!(norm, Norm::default());
    assert_eq!(verdicts[0].standing, CodeStanding::TooFew);
}

proptest! {
    #[test]
    fn n18_a_bound_is_below_its_share_and_grows_with_the_orders(of in 1..10_000_i64, part in 0..=10_000_i64) {
        let count = of * part / 10_000;
        let bound = lower_bound_bps(count, of);
        prop_assert!((0..=share_bps(count, of)).contains(&bound));
        // The root is rounded.
        prop_assert!(lower_bound_bps(count * 10, of * 10) + 1 >= bound);
    }

    #[test]
    fn n18_any_numbers_are_judged(numbers in proptest::collection::vec((0..i64::MAX, 0..i64::MAX), 0..20)) {
        let codes: Vec<CodeUses> =
            numbers.iter().map(|(orders, part)| uses(*orders, *part, *part, *part)).collect();
        prop_assert_eq!(judge_codes(&codes).1.len(), codes.len());
    }
}
