//! Click models and windows.

use super::*;

#[test]
fn g51_the_last_click_wins() {
    let decision = scene(day(6)).click(ANNA, day(0)).click(BOB, day(5)).decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
    assert_eq!(decision.credits[0].click, Some(ClickId(2)));
    assert_eq!(lost(&decision), [(ANNA, Method::Link, "a later click won")]);
}

#[test]
fn g52_the_first_click_wins_where_the_shop_wants_it() {
    let scene = scene(day(6)).click(ANNA, day(0)).click(BOB, day(5));
    let decision = scene.model(ClickModel::FirstClick).decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Link)));
    assert_eq!(lost(&decision), [(BOB, Method::Link, "an earlier click won")]);
}

#[test]
fn the_first_click_is_the_first_within_its_window() {
    let scene = scene(day(40)).click(ANNA, day(0)).click(BOB, day(20)).click(CARA, day(30));
    let decision = scene.model(ClickModel::FirstClick).decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
    assert!(lost(&decision).contains(&(ANNA, Method::Link, "outside_window")));
}

#[test]
fn g57_the_window_ends_before_its_last_second() {
    let end = day(30);
    let at = |ordered_at| scene(ordered_at).click(ANNA, day(0)).decide();
    assert_eq!(winner(&at(end.plus_seconds(-1))), Some((ANNA, Method::Link)));
    let one_microsecond_before = UtcTime::from_micros(end.micros() - 1);
    assert_eq!(winner(&at(one_microsecond_before)), Some((ANNA, Method::Link)));
    assert_eq!(refused(&at(end)), (Some(Reason::OutsideWindow), None));
    assert_eq!(lost(&at(end)), [(ANNA, Method::Link, "outside_window")]);
}

#[test]
fn g58_each_click_starts_the_window_again() {
    let decision = scene(day(45)).click(ANNA, day(0)).click(ANNA, day(20)).decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Link)));
    assert_eq!(decision.credits[0].click, Some(ClickId(2)));
    assert!(decision.candidates.is_empty());
}

#[test]
fn g59_a_window_of_zero_days_switches_links_off() {
    let off = |scene: Scene| scene.with(|scene| scene.settings.window_days = 0).decide();
    let link = off(scene(day(0)).click(ANNA, day(0)));
    assert_eq!(refused(&link), (Some(Reason::OutsideWindow), None));
    let coupon = off(scene(day(0)).click(ANNA, day(0)).coupon("ANNA10", ANNA));
    assert_eq!(winner(&coupon), Some((ANNA, Method::Coupon)));
}

#[test]
fn g60_the_longest_window_is_ten_years() {
    let long = |scene: Scene| scene.with(|scene| scene.settings.window_days = 3_652).decide();
    let last = long(scene(day(3_652).plus_seconds(-1)).click(ANNA, day(0)));
    assert_eq!(winner(&last), Some((ANNA, Method::Link)));
    assert!(long(scene(day(3_652)).click(ANNA, day(0))).credits.is_empty());
}

#[test]
fn a_programs_window_replaces_the_shops() {
    let own = scene(day(6)).click(ANNA, day(0)).click(BOB, day(1)).with(|scene| {
        scene.affiliates.get_mut(&BOB).unwrap().window_days = Some(5);
    });
    assert_eq!(winner(&own.decide()), Some((ANNA, Method::Link)));
}

#[test]
fn clicks_after_the_order_never_count() {
    let decision = scene(day(0)).click(ANNA, day(0).plus_millis(1)).decide();
    assert_eq!(refused(&decision), (Some(Reason::NoAffiliate), None));
    assert!(decision.candidates.is_empty());
    assert_eq!(winner(&scene(day(0)).click(ANNA, day(0)).decide()), Some((ANNA, Method::Link)));
}

#[test]
fn the_order_of_arrival_of_clicks_does_not_matter() {
    let one = scene(day(6)).click(ANNA, day(0)).click(BOB, day(5));
    let mut other = scene(day(6)).click(ANNA, day(0)).click(BOB, day(5));
    other.evidence.touches.reverse();
    assert_eq!(one.decide(), other.decide());
}

#[test]
fn clicks_in_the_same_instant_are_decided_by_their_id() {
    let decision = scene(day(6)).click(ANNA, day(1)).click(BOB, day(1)).decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
}

#[test]
fn linear_credits_everybody_within_the_window_once() {
    let scene = linear(day(6)).click(BOB, day(1)).click(ANNA, day(2)).click(BOB, day(3));
    let decision = scene.click(CARA, day(-40)).decide();
    let credits: Vec<_> = decision
        .credits
        .iter()
        .map(|credit| (credit.affiliate, credit.share, credit.click))
        .collect();
    let share = |index| Share { index, of: 2 };
    assert_eq!(credits, [(BOB, share(0), Some(ClickId(3))), (ANNA, share(1), Some(ClickId(2)))]);
    assert_eq!(lost(&decision), [(CARA, Method::Link, "outside_window")]);
    assert_eq!(decision.reason, None);
}

#[test]
fn linear_pays_nobody_the_buyers_own_share() {
    let scene = linear(day(6)).click(ANNA, day(1)).click(BOB, day(2)).click(CARA, day(3));
    let decision = buyer_is(scene, BOB).decide();
    let credits: Vec<_> =
        decision.credits.iter().map(|credit| (credit.affiliate, credit.share)).collect();
    let share = |index| Share { index, of: 3 };
    assert_eq!(credits, [(ANNA, share(0)), (CARA, share(2))]);
    assert_eq!(decision.disqualified.unwrap().affiliate, BOB);
    assert_eq!(decision.reason, None);
}

#[test]
fn linear_skips_inactive_affiliates() {
    let scene = linear(day(6)).click(ANNA, day(1)).click(BOB, day(2));
    let decision = scene.status(ANNA, AffiliateStatus::Blocked).decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
    assert_eq!(decision.credits[0].share, Share::WHOLE);
}

#[test]
fn linear_gives_way_to_a_coupon() {
    let scene = linear(day(6)).click(ANNA, day(1)).click(BOB, day(2));
    let decision = scene.coupon("CARA5", CARA).decide();
    assert_eq!(winner(&decision), Some((CARA, Method::Coupon)));
    assert_eq!(lost(&decision).len(), 2);
}

#[test]
fn an_affiliates_click_within_the_window_speaks_before_an_older_one() {
    for model in [ClickModel::FirstClick, ClickModel::Linear] {
        let decision =
            scene(day(6)).click(ANNA, day(-40)).click(ANNA, day(5)).model(model).decide();
        assert_eq!(winner(&decision), Some((ANNA, Method::Link)));
        assert_eq!(decision.credits[0].click, Some(ClickId(2)));
    }
}

#[test]
fn clicks_in_the_same_instant_are_decided_alike_in_any_order_of_arrival() {
    let mut reversed = scene(day(6)).click(ANNA, day(1)).click(BOB, day(1));
    reversed.evidence.touches.reverse();
    assert_eq!(winner(&reversed.decide()), Some((BOB, Method::Link)));
}

#[test]
fn linear_shares_are_for_clicks_alone() {
    let decision = linear(day(6)).click(ANNA, day(1)).with(|scene| {
        scene.evidence.product_bindings = vec![BOB];
    });
    let decision = decision.decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Link)));
    assert_eq!(lost(&decision), [(BOB, Method::Product, "superseded by link")]);
}
