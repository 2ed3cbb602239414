//! Golden cases of who is credited, and what follows from the same rules.

use super::*;

const ANNA: AffiliateId = AffiliateId(1);
const BOB: AffiliateId = AffiliateId(2);
const CARA: AffiliateId = AffiliateId(3);

fn day(number: i64) -> UtcTime {
    UtcTime::parse("2026-03-01T12:00:00Z").unwrap().plus_days(number)
}

/// A shop with Anna, Bob and Cara, and one order to decide about.
struct Scene {
    settings: AttributionSettings,
    affiliates: HashMap<AffiliateId, AffiliateFacts>,
    evidence: Evidence<'static>,
}

fn scene(ordered_at: UtcTime) -> Scene {
    let facts = |id| AffiliateFacts {
        id,
        status: AffiliateStatus::Active,
        email_fingerprint: Some(format!("hash of {id}")),
        shopify_customer_id: Some(ShopifyId(id.0.unsigned_abs())),
        window_days: None,
    };
    static NOBODY: std::sync::LazyLock<HashMap<AffiliateId, AffiliateFacts>> =
        std::sync::LazyLock::new(HashMap::new);
    Scene {
        settings: AttributionSettings::default(),
        affiliates: [ANNA, BOB, CARA].map(|id| (id, facts(id))).into(),
        evidence: Evidence {
            ordered_at,
            customer_id: None,
            email_fingerprint: Some("hash of the buyer".to_owned()),
            coupons: Vec::new(),
            touches: Vec::new(),
            customer_binding: None,
            product_bindings: Vec::new(),
            manual: None,
            affiliates: &NOBODY,
        },
    }
}

impl Scene {
    fn click(mut self, affiliate: AffiliateId, at: UtcTime) -> Self {
        let click = ClickId(i64::try_from(self.evidence.touches.len()).unwrap() + 1);
        self.evidence.touches.push(Touch { click, affiliate, at });
        self
    }

    fn coupon(mut self, code: &str, affiliate: AffiliateId) -> Self {
        self.evidence.coupons.push((code.to_owned(), affiliate));
        self
    }

    fn status(mut self, affiliate: AffiliateId, status: AffiliateStatus) -> Self {
        self.affiliates.get_mut(&affiliate).unwrap().status = status;
        self
    }

    fn model(mut self, model: ClickModel) -> Self {
        self.settings.click_model = model;
        self
    }

    fn with(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }

    fn decide(&self) -> Decision {
        let evidence = Evidence { affiliates: &self.affiliates, ..self.evidence.clone() };
        decide(&self.settings, &evidence)
    }
}

/// The one who is credited, and how.
fn winner(decision: &Decision) -> Option<(AffiliateId, Method)> {
    match decision.credits.as_slice() {
        [credit] => Some((credit.affiliate, credit.method)),
        _ => None,
    }
}

fn lost(decision: &Decision) -> Vec<(AffiliateId, Method, &str)> {
    decision
        .candidates
        .iter()
        .map(|candidate| (candidate.affiliate, candidate.method, candidate.lost.as_str()))
        .collect()
}

/// What keeps the order from everybody, and who would have had it.
fn refused(decision: &Decision) -> (Option<Reason>, Option<AffiliateId>) {
    assert!(decision.credits.is_empty());
    (decision.reason.clone(), decision.disqualified.as_ref().map(|out| out.affiliate))
}

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
fn g53_a_coupon_beats_a_click() {
    let decision = scene(day(6)).coupon("ANNA10", ANNA).click(BOB, day(5)).decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Coupon)));
    assert_eq!(decision.credits[0].coupon.as_deref(), Some("ANNA10"));
    assert_eq!(lost(&decision), [(BOB, Method::Link, "superseded by coupon")]);
}

#[test]
fn g54_without_an_affiliates_code_the_link_wins() {
    // A code that belongs to nobody is no evidence at all.
    let decision = scene(day(6)).click(BOB, day(5)).decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
}

#[test]
fn g55_a_coupon_needs_no_click() {
    let decision = scene(day(6)).coupon("ANNA10", ANNA).decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Coupon)));
    assert_eq!(decision.credits[0].click, None);
}

#[test]
fn g56_of_two_codes_the_first_counts() {
    let decision = scene(day(6)).coupon("ANNA10", ANNA).coupon("CARA5", CARA).decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Coupon)));
    assert_eq!(lost(&decision), [(CARA, Method::Coupon, "another code came first")]);
    assert_eq!(decision.candidates[0].coupon.as_deref(), Some("CARA5"));
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

fn buyer_is(scene: Scene, affiliate: AffiliateId) -> Scene {
    scene.with(|scene| {
        scene.evidence.email_fingerprint = Some(format!("hash of {affiliate}"));
    })
}

#[test]
fn g61_an_affiliate_who_buys_by_own_coupon_earns_nothing() {
    let decision = buyer_is(scene(day(6)).coupon("ANNA10", ANNA), ANNA).decide();
    assert_eq!(refused(&decision), (Some(Reason::SelfReferral), Some(ANNA)));
    let out = decision.disqualified.unwrap();
    assert_eq!((out.method, out.coupon.as_deref()), (Method::Coupon, Some("ANNA10")));
}

#[test]
fn g61_the_addresses_of_the_golden_case_are_one_mailbox() {
    let normal = crate::affiliate::normalise_email;
    assert_eq!(normal("J.Doe+x@gmail.com"), normal("jdoe@gmail.com"));
}

#[test]
fn g62_the_same_customer_account_is_a_self_referral() {
    let decision = scene(day(6)).click(ANNA, day(5)).with(|scene| {
        scene.evidence.customer_id = Some(ShopifyId(1));
    });
    let decision = decision.decide();
    assert_eq!(refused(&decision), (Some(Reason::SelfReferral), Some(ANNA)));
    assert_eq!(decision.disqualified.unwrap().click, Some(ClickId(1)));
}

#[test]
fn a_self_referral_does_not_fall_through_to_somebody_else() {
    let decision = buyer_is(scene(day(6)).click(BOB, day(1)).click(ANNA, day(5)), ANNA).decide();
    assert_eq!(refused(&decision), (Some(Reason::SelfReferral), Some(ANNA)));
    assert_eq!(lost(&decision), [(BOB, Method::Link, "a later click won")]);
}

#[test]
fn two_unknown_buyers_are_not_the_same_person() {
    let unknown = scene(day(6)).click(ANNA, day(5)).with(|scene| {
        scene.evidence.email_fingerprint = None;
        let anna = scene.affiliates.get_mut(&ANNA).unwrap();
        (anna.email_fingerprint, anna.shopify_customer_id) = (None, None);
    });
    assert_eq!(winner(&unknown.decide()), Some((ANNA, Method::Link)));
}

#[test]
fn g79_a_bound_customer_is_credited_without_link_and_coupon() {
    let decision = scene(day(6)).with(|scene| scene.evidence.customer_binding = Some(ANNA));
    assert_eq!(winner(&decision.decide()), Some((ANNA, Method::Customer)));
}

#[test]
fn g85_the_source_of_the_order_is_no_matter() {
    // A draft order has no visitor: only the coupon speaks.
    let decision = scene(day(6)).coupon("ANNA10", ANNA).decide();
    assert_eq!(winner(&decision), Some((ANNA, Method::Coupon)));
}

#[test]
fn g86_an_inactive_affiliate_is_not_credited() {
    for status in [AffiliateStatus::Blocked, AffiliateStatus::Denied, AffiliateStatus::Pending] {
        let decision = scene(day(6)).click(ANNA, day(5)).status(ANNA, status).decide();
        assert_eq!(refused(&decision), (Some(Reason::AffiliateInactive), Some(ANNA)));
        assert_eq!(decision.disqualified.as_ref().unwrap().click, Some(ClickId(1)));
        assert_eq!(lost(&decision), [(ANNA, Method::Link, "affiliate_inactive")]);
    }
}

#[test]
fn an_inactive_affiliate_makes_room_for_the_next() {
    let scene = scene(day(6)).coupon("CARA5", CARA).click(BOB, day(1)).click(ANNA, day(5));
    let scene = scene.status(CARA, AffiliateStatus::Blocked).status(ANNA, AffiliateStatus::Denied);
    let decision = scene.decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
    assert_eq!(decision.disqualified, None);
    assert_eq!(
        lost(&decision),
        [(CARA, Method::Coupon, "affiliate_inactive"), (ANNA, Method::Link, "affiliate_inactive"),]
    );
}

#[test]
fn an_unknown_affiliate_counts_as_inactive() {
    let stranger = AffiliateId(99);
    let decision = scene(day(6)).coupon("GONE", stranger).decide();
    assert_eq!(refused(&decision), (Some(Reason::AffiliateInactive), Some(stranger)));
}

#[test]
fn an_order_that_nobody_has_a_claim_to_has_no_affiliate() {
    assert_eq!(refused(&scene(day(6)).decide()), (Some(Reason::NoAffiliate), None));
}

/// Everybody has a claim: manual Cara, coupon and product Anna, customer and link Bob.
fn everything() -> Scene {
    scene(day(6)).coupon("ANNA10", ANNA).click(BOB, day(5)).with(|scene| {
        scene.evidence.customer_binding = Some(CARA);
        scene.evidence.product_bindings = vec![BOB, ANNA];
    })
}

#[test]
fn methods_are_asked_in_the_default_order() {
    let mut scene = everything();
    assert_eq!(winner(&scene.decide()), Some((ANNA, Method::Coupon)));
    scene.evidence.coupons.clear();
    assert_eq!(winner(&scene.decide()), Some((CARA, Method::Customer)));
    scene.evidence.customer_binding = None;
    assert_eq!(winner(&scene.decide()), Some((BOB, Method::Link)));
    scene.evidence.touches.clear();
    assert_eq!(winner(&scene.decide()), Some((BOB, Method::Product)));
    assert_eq!(lost(&scene.decide()), [(ANNA, Method::Product, "another product came first")]);
}

#[test]
fn the_merchant_can_reorder_the_middle_four() {
    let scene = everything().with(|scene| {
        scene.settings.precedence = vec![Method::Product, Method::Link];
    });
    let decision = scene.decide();
    assert_eq!(winner(&decision), Some((BOB, Method::Product)));
    assert!(lost(&decision).contains(&(ANNA, Method::Coupon, "superseded by product")));
    let methods: Vec<_> = scene.settings.methods();
    let expected =
        [Method::Manual, Method::Product, Method::Link, Method::Coupon, Method::Customer];
    assert_eq!(methods, expected);
}

#[test]
fn manual_assignment_comes_first_whatever_the_precedence_says() {
    let scene = everything().with(|scene| {
        scene.evidence.manual = Some(CARA);
        scene.settings.precedence = vec![Method::Coupon, Method::Manual];
    });
    let decision = scene.decide();
    assert_eq!(winner(&decision), Some((CARA, Method::Manual)));
    assert_eq!(lost(&decision)[0], (ANNA, Method::Coupon, "superseded by manual"));
}

#[test]
fn a_coupons_credit_carries_the_affiliates_own_latest_click() {
    let scene = scene(day(6)).click(ANNA, day(2)).click(ANNA, day(3)).click(BOB, day(5));
    let decision = scene.coupon("ANNA10", ANNA).decide();
    assert_eq!(decision.credits[0].click, Some(ClickId(2)));
    assert_eq!(lost(&decision), [(BOB, Method::Link, "superseded by coupon")]);
}

#[test]
fn a_click_outside_the_window_is_not_carried() {
    let decision = scene(day(60)).click(ANNA, day(2)).coupon("ANNA10", ANNA).decide();
    assert_eq!(decision.credits[0].click, None);
}

fn linear(ordered_at: UtcTime) -> Scene {
    scene(ordered_at).model(ClickModel::Linear)
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
fn a_rule_of_the_program_can_refuse_the_credit_later() {
    let mut decision = scene(day(6)).click(ANNA, day(5)).decide();
    decision.refuse(BOB, &Reason::MinimumOrder);
    assert_eq!(winner(&decision), Some((ANNA, Method::Link)));
    decision.refuse(ANNA, &Reason::MinimumOrder);
    assert_eq!(refused(&decision), (Some(Reason::MinimumOrder), Some(ANNA)));
    assert_eq!(decision.disqualified.unwrap().click, Some(ClickId(1)));
}

#[test]
fn refusing_one_of_several_leaves_the_others() {
    let mut decision = linear(day(6)).click(ANNA, day(1)).click(BOB, day(2)).decide();
    decision.refuse(ANNA, &Reason::NotNewCustomer);
    assert_eq!(winner(&decision), Some((BOB, Method::Link)));
    assert_eq!(decision.reason, None);
    assert_eq!(decision.credits[0].share, Share { index: 1, of: 2 });
}

#[test]
fn a_decision_reads_back_from_its_stored_form() {
    let scene = buyer_is(everything(), ANNA);
    let decision = scene.decide();
    let json = serde_json::to_string(&decision).unwrap();
    assert_eq!(serde_json::from_str::<Decision>(&json).unwrap(), decision);
}

#[test]
fn settings_may_leave_everything_out() {
    let settings: AttributionSettings = serde_json::from_str("{}").unwrap();
    assert_eq!(settings, AttributionSettings::default());
    assert!(serde_json::from_str::<AttributionSettings>(r#"{"window": 3}"#).is_err());
}

#[test]
fn methods_read_back_from_their_names() {
    for method in Method::ALL {
        assert_eq!(Method::parse(method.as_str()), Some(method));
    }
    assert_eq!(Method::parse("view"), None);
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
