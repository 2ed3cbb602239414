//! Chains of events against filters, scopes and the reversal rule.

use super::*;
use crate::postback::{Filter, Scope, Selection};

type Settings = PostbackSettings<&'static str, &'static str>;

fn only(words: &[&str]) -> Filter {
    Filter::Only(words.iter().map(|word| (*word).to_owned()).collect())
}

fn settings() -> Settings {
    Settings { url: "https://t.example.com/?c={click_id}&s={status}".into(), ..Default::default() }
}

fn plain() -> Settings {
    Settings { url: "https://t.example.com/?c={click_id}".into(), ..Default::default() }
}

const fn facts<'a>(kinds: &'a [EventKind], status: &'a str) -> Facts<'a> {
    Facts {
        kinds,
        status: Some(status),
        reason: None,
        goal: Some("purchase"),
        method: Some("link"),
        needs_reversal_support: false,
    }
}

fn created(status: &str) -> Facts<'_> {
    facts(&[EventKind::Conversion], status)
}

fn changed(status: &str) -> Facts<'_> {
    let needs_reversal_support = matches!(status, "rejected" | "reversed" | "adjusted");
    Facts { needs_reversal_support, ..facts(&[EventKind::StatusChange], status) }
}

fn verdict(settings: &Settings, facts: &Facts<'_>) -> Verdict {
    matches(settings, facts, Some(&"main"), Some(&"anna"))
}

/// How many requests a chain of events makes.
fn fired(settings: &Settings, chain: &[Facts<'_>]) -> usize {
    chain.iter().filter(|facts| matches!(verdict(settings, facts), Verdict::Fire(_))).count()
}

#[test]
fn a06_the_status_filter_counts_as_the_reference_says() {
    let chain = [created("pending"), changed("approved"), changed("rejected")];
    let by_creating = Settings { on: vec![EventKind::Conversion], ..settings() };
    assert_eq!(fired(&settings(), &chain), 3, "any");
    assert_eq!(fired(&by_creating, &chain), 1, "by creating");
    for (status, expected) in [("approved", 1), ("pending", 1), ("declined", 1), ("hold", 0)] {
        let filtered = Settings { statuses: only(&[status]), ..settings() };
        assert_eq!(fired(&filtered, &chain), expected, "{status}");
    }
}

#[test]
fn p12_each_update_is_checked_again_and_p13_every_match_fires() {
    let chain = [created("pending"), changed("approved"), changed("rejected")];
    let of = |status| Settings { statuses: only(&[status]), ..settings() };
    assert_eq!(fired(&of("Done"), &chain), 1);
    let three: usize = ["pending", "done", "rejected"].map(|s| fired(&of(s), &chain)).iter().sum();
    assert_eq!(three, 3);
}

#[test]
fn p11_a_new_conversion_fires_once_when_all_conditions_hold() {
    let strict = Settings {
        statuses: only(&["pending"]),
        goals: only(&["purchase"]),
        scope: Scope {
            programs: Selection::Only(vec!["main"]),
            affiliates: Selection::Only(vec!["anna"]),
        },
        ..settings()
    };
    assert_eq!(verdict(&strict, &created("pending")), Verdict::Fire(EventKind::Conversion));
    assert_eq!(verdict(&strict, &created("approved")), Verdict::No);
    let other_goal = Facts { goal: Some("deposit"), ..created("pending") };
    assert_eq!(verdict(&strict, &other_goal), Verdict::No);
    assert_eq!(matches(&strict, &created("pending"), Some(&"main"), Some(&"bob")), Verdict::No);
}

#[test]
fn a07_a_goal_filter_blocks_other_goals_and_ignores_case() {
    let filtered = Settings { goals: only(&["Deposit"]), ..settings() };
    assert_eq!(verdict(&filtered, &created("pending")), Verdict::No);
    let deposit = Facts { goal: Some("deposit "), ..created("pending") };
    assert_eq!(verdict(&filtered, &deposit), Verdict::Fire(EventKind::Conversion));
}

#[test]
fn p14_p15_goals_off_ignores_the_filter_and_on_again_restores_it() {
    let mut filtered = Settings { goals: only(&["deposit"]), goals_enabled: false, ..settings() };
    assert_eq!(verdict(&filtered, &created("pending")), Verdict::Fire(EventKind::Conversion));
    filtered.goals_enabled = true;
    assert_eq!(filtered.goals, only(&["deposit"]));
    assert_eq!(verdict(&filtered, &created("pending")), Verdict::No);
}

#[test]
fn a08_a_method_filter_takes_its_methods_only() {
    let filtered = Settings { methods: only(&["coupon", "manual"]), ..settings() };
    assert_eq!(verdict(&filtered, &created("pending")), Verdict::No);
    let coupon = Facts { method: Some("coupon"), ..created("pending") };
    assert_eq!(verdict(&filtered, &coupon), Verdict::Fire(EventKind::Conversion));
}

#[test]
fn i04_scope_is_programs_times_affiliates() {
    let both = [Selection::All, Selection::Only(vec!["main"])];
    for programs in &both {
        for affiliates in [Selection::All, Selection::Only(vec!["anna"])] {
            let scoped = Settings {
                scope: Scope { programs: programs.clone(), affiliates: affiliates.clone() },
                ..settings()
            };
            for (program, affiliate) in
                [("main", "anna"), ("main", "bob"), ("vip", "anna"), ("vip", "bob")]
            {
                let expected =
                    programs.contains(Some(&program)) && affiliates.contains(Some(&affiliate));
                let verdict =
                    matches(&scoped, &created("pending"), Some(&program), Some(&affiliate));
                assert_eq!(verdict != Verdict::No, expected, "{scoped:?} {program} {affiliate}");
            }
        }
    }
}

#[test]
fn i06_approved_only_rejected_only_or_all() {
    let of = |statuses| Settings { statuses, ..settings() };
    let events = [changed("approved"), changed("rejected"), changed("reversed")];
    assert_eq!(fired(&of(Filter::Any), &events), 3);
    assert_eq!(fired(&of(only(&["approved"])), &events), 1);
    assert_eq!(fired(&of(only(&["rejected"])), &events), 2, "a reversal is a rejection too");
}

#[test]
fn i07_a_reason_filter_asks_declined_conversions_only() {
    let filtered = Settings { reasons: only(&["VPN Proxy", "fraud"]), ..settings() };
    let rejected = |reason| Facts { reason, ..changed("rejected") };
    assert_eq!(verdict(&filtered, &changed("approved")), Verdict::Fire(EventKind::StatusChange));
    let fires = Verdict::Fire(EventKind::StatusChange);
    assert_eq!(verdict(&filtered, &rejected(Some("vpn proxy"))), fires);
    assert_eq!(verdict(&filtered, &rejected(Some("fraud:velocity"))), fires);
    assert_eq!(verdict(&filtered, &rejected(Some("fraudulent"))), Verdict::No);
    assert_eq!(verdict(&filtered, &rejected(None)), Verdict::No);
    let adjusted = Facts { reason: Some("refunded"), ..changed("adjusted") };
    assert_eq!(verdict(&filtered, &adjusted), fires, "an adjustment is not declined");
}

#[test]
fn e12_a_reversal_goes_only_to_a_template_that_can_express_it() {
    let refused = Verdict::NotSent(EventKind::StatusChange, "template cannot express a reversal");
    for status in ["rejected", "reversed", "adjusted"] {
        assert_eq!(verdict(&plain(), &changed(status)), refused, "{status}");
    }
    assert_eq!(verdict(&plain(), &changed("approved")), Verdict::Fire(EventKind::StatusChange));
    for capable in [
        Settings { reversals: true, ..plain() },
        Settings { url: "https://t.example.com/?d={DELTA_commission}".into(), ..plain() },
        Settings {
            url: "https://t.example.com/?s={status:approved=1 rejected=3}".into(),
            ..plain()
        },
        Settings { url: "https://t.example.com/{conversion_status}".into(), ..plain() },
        Settings {
            params: vec![crate::postback::Param {
                name: "s".into(),
                value: "{status}".into(),
                raw: false,
            }],
            ..plain()
        },
        Settings {
            headers: vec![crate::postback::Header { name: "X-S".into(), value: "{status}".into() }],
            ..plain()
        },
    ] {
        let verdict = verdict(&capable, &changed("reversed"));
        assert_eq!(verdict, Verdict::Fire(EventKind::StatusChange), "{capable:?}");
    }
}

#[test]
fn e12_what_would_not_match_is_not_logged_as_unsent() {
    let filtered = Settings { statuses: only(&["approved"]), ..plain() };
    assert_eq!(verdict(&filtered, &changed("reversed")), Verdict::No);
}

#[test]
fn n04_a_full_refund_is_labelled_by_what_the_postback_listens_to() {
    let kinds = [EventKind::Refund, EventKind::StatusChange];
    let refund = Facts { needs_reversal_support: true, ..facts(&kinds, "reversed") };
    let of = |on: &[EventKind]| verdict(&Settings { on: on.to_vec(), ..settings() }, &refund);
    assert_eq!(
        of(&[EventKind::Conversion, EventKind::StatusChange]),
        Verdict::Fire(EventKind::StatusChange)
    );
    assert_eq!(of(&[EventKind::StatusChange, EventKind::Refund]), Verdict::Fire(EventKind::Refund));
    assert_eq!(of(&[EventKind::Conversion, EventKind::Click]), Verdict::No);
}

#[test]
fn i01_a_click_has_no_status_and_fires_whatever_statuses_are_chosen() {
    let on_click = Settings {
        on: vec![EventKind::Click, EventKind::Conversion],
        statuses: only(&["approved"]),
        goals: only(&["deposit"]),
        reasons: only(&["refunded"]),
        ..settings()
    };
    let click = Facts {
        kinds: &[EventKind::Click],
        status: None,
        reason: None,
        goal: None,
        method: Some("link"),
        needs_reversal_support: false,
    };
    assert_eq!(verdict(&on_click, &click), Verdict::Fire(EventKind::Click));
    assert_eq!(verdict(&settings(), &click), Verdict::No);
}
