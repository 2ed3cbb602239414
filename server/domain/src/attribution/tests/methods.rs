//! Precedence of the methods, and who may not be credited.

use super::*;

/// Everybody has a claim: manual Cara, coupon and product Anna, customer and link Bob.
fn everything() -> Scene {
    scene(day(6)).coupon("ANNA10", ANNA).click(BOB, day(5)).with(|scene| {
        scene.evidence.customer_binding = Some(CARA);
        scene.evidence.product_bindings = vec![BOB, ANNA];
    })
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
