//! Judging answers, the schedule, and the pause.

use super::*;

const HOUR: i64 = 3_600;

fn answered(status: u16, body: &str) -> AttemptOutcome {
    AttemptOutcome::Answered { status, body: body.into(), retry_after: None }
}

fn failed(failure: TransportFailure) -> AttemptOutcome {
    AttemptOutcome::Failed { failure }
}

fn asking(status: u16, retry_after: &str) -> AttemptOutcome {
    AttemptOutcome::Answered { status, body: String::new(), retry_after: Some(retry_after.into()) }
}

fn now() -> UtcTime {
    UtcTime::parse("2026-03-01T12:00:00Z").unwrap()
}

fn wait_s(attempts: u32, outcome: &AttemptOutcome) -> Option<i64> {
    next_try(&SCHEDULE_S, attempts, outcome, 42, now()).map(|at| at.seconds_since(now()))
}

#[test]
fn any_2xx_is_success_without_patterns() {
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(judge(&AnswerRules::default(), &answered(status, "")), Judgement::Accepted);
    }
    for status in [300, 302, 400, 404, 500] {
        assert!(matches!(
            judge(&AnswerRules::default(), &answered(status, "")),
            Judgement::Retry(_)
        ));
    }
}

#[test]
fn a_failure_pattern_beats_a_success_pattern_and_neither_beats_the_code() {
    let rules = AnswerRules::new(Some("/^ok/i"), Some("error")).unwrap();
    assert_eq!(judge(&rules, &answered(200, "OK then")), Judgement::Accepted);
    assert!(matches!(judge(&rules, &answered(200, "ok, error 7")), Judgement::Retry(_)));
    assert!(matches!(judge(&rules, &answered(200, "hello")), Judgement::Retry(_)));
    assert!(matches!(judge(&rules, &answered(500, "ok")), Judgement::Retry(_)));
}

#[test]
fn patterns_look_at_the_first_4_kib_only() {
    let rules = AnswerRules::new(None, Some("needle")).unwrap();
    let late = format!("{}needle", "é".repeat(ANSWER_BYTES_MAX / 2));
    assert_eq!(judge(&rules, &answered(200, &late)), Judgement::Accepted);
    let early = format!("needle{late}");
    assert!(matches!(judge(&rules, &answered(200, &early)), Judgement::Retry(_)));
}

#[test]
fn a_hostile_regex_is_refused_on_saving() {
    assert!(matches!(Pattern::parse("/(a{1000}){1000}/"), Err(PatternError::Regex(_))));
    assert!(matches!(Pattern::parse("/(/"), Err(PatternError::Regex(_))));
    assert!(matches!(Pattern::parse(""), Err(PatternError::Empty)));
    assert!(matches!(Pattern::parse("//"), Err(PatternError::Empty)));
    assert!(matches!(Pattern::parse(&"x".repeat(501)), Err(PatternError::TooLong)));
    assert!(matches!(Pattern::parse("/path"), Ok(Pattern::Text(_))));
}

#[test]
fn presets_know_the_answers_of_their_receivers() {
    let accepts = |host: &str, body: &str| {
        let preset = Preset::for_host(host).unwrap();
        let rules = AnswerRules::new(preset.success_pattern, preset.failure_pattern).unwrap();
        judge(&rules, &answered(200, body)) == Judgement::Accepted
    };
    assert!(accepts("demo.go2cloud.org", "success=true;"));
    assert!(!accepts("demo.go2cloud.org", "success=false; err_msg=Duplicate conversion"));
    assert!(!accepts("xml.auxml.com", "Required url parameters are not present"));
    assert!(!accepts("evadav.com", r#"{"status": "error","message":"x"}"#));
    assert!(accepts("EVADAV.com", r#"{"status":"ok"}"#));
    assert_eq!(Preset::for_host("notevadav.com"), None);
    for preset in PRESETS {
        assert!(AnswerRules::new(preset.success_pattern, preset.failure_pattern).is_ok());
    }
}

#[test]
fn the_schedule_is_12_s_to_24_h_with_ten_percent_of_jitter() {
    let expected = [12, 150, 30 * 60, 6 * HOUR, 24 * HOUR, 24 * HOUR, 24 * HOUR];
    for (attempts, expected) in (1..).zip(expected) {
        let waits: Vec<i64> = (0..500)
            .map(|seed| {
                let at = next_try(
                    &SCHEDULE_S,
                    attempts,
                    &failed(TransportFailure::Timeout),
                    seed,
                    now(),
                )
                .unwrap();
                at.micros() - now().micros()
            })
            .collect();
        let (least, most) = (waits.iter().min().unwrap(), waits.iter().max().unwrap());
        assert!(*least >= expected * 900_000 && *most <= expected * 1_100_000, "{attempts}");
        assert!(most - least > expected * 150_000, "spread of attempt {attempts}");
    }
    assert_eq!(wait_s(8, &failed(TransportFailure::Timeout)), None);
    assert_eq!(wait_s(0, &failed(TransportFailure::Timeout)), None);
    assert_eq!(wait_s(u32::MAX, &failed(TransportFailure::Timeout)), None);
}

#[test]
fn the_same_seed_gives_the_same_time() {
    let outcome = failed(TransportFailure::Dns);
    assert_eq!(
        next_try(&SCHEDULE_S, 3, &outcome, 7, now()),
        next_try(&SCHEDULE_S, 3, &outcome, 7, now())
    );
    assert_ne!(
        next_try(&SCHEDULE_S, 3, &outcome, 7, now()),
        next_try(&SCHEDULE_S, 3, &outcome, 8, now())
    );
}

#[test]
fn errors_of_the_moment_use_the_whole_schedule() {
    for status in [408, 425, 429, 500, 502, 503, 504, 599] {
        assert!(wait_s(7, &answered(status, "")).is_some(), "{status}");
        assert_eq!(wait_s(8, &answered(status, "")), None, "{status}");
    }
    for failure in [
        TransportFailure::Timeout,
        TransportFailure::Dns,
        TransportFailure::Tls,
        TransportFailure::Connection,
    ] {
        assert!(wait_s(7, &failed(failure)).is_some(), "{failure}");
    }
}

#[test]
fn a_refusal_stops_after_the_third_try() {
    for outcome in [
        answered(400, ""),
        answered(404, ""),
        answered(301, ""),
        answered(200, "success=false"),
        failed(TransportFailure::Redirects),
    ] {
        assert!(wait_s(2, &outcome).is_some(), "{outcome:?}");
        assert_eq!(wait_s(3, &outcome), None, "{outcome:?}");
    }
}

#[test]
fn gone_pauses_at_once_and_a_refused_address_is_never_tried_again() {
    assert_eq!(judge(&AnswerRules::default(), &answered(410, "")), Judgement::PauseEndpoint);
    assert_eq!(wait_s(1, &answered(410, "")), None);
    let refused = failed(TransportFailure::RefusedAddress);
    assert!(matches!(judge(&AnswerRules::default(), &refused), Judgement::GiveUp(_)));
    assert_eq!(wait_s(1, &refused), None);
}

#[test]
fn retry_after_is_honoured_up_to_a_day() {
    assert_eq!(wait_s(1, &asking(429, "120")), Some(120));
    assert_eq!(wait_s(1, &asking(503, "120")), Some(120));
    assert_eq!(wait_s(1, &asking(429, "Sun, 01 Mar 2026 12:05:00 GMT")), Some(300));
    assert_eq!(wait_s(1, &asking(429, "999999999999999999999")), Some(24 * HOUR));
    assert_eq!(wait_s(1, &asking(429, "Mon, 01 Mar 2027 12:05:00 GMT")), Some(24 * HOUR));
}

#[test]
fn retry_after_is_ignored_where_it_is_earlier_nonsense_or_not_asked_for() {
    let plain = wait_s(4, &answered(429, ""));
    for text in ["0", "-5", "soon", "", "Sat, 01 Mar 2025 12:05:00 GMT"] {
        assert_eq!(wait_s(4, &asking(429, text)), plain, "{text}");
    }
    assert_eq!(wait_s(1, &asking(500, "3600")), wait_s(1, &answered(500, "")));
    assert_eq!(wait_s(8, &asking(429, "60")), None);
}

#[test]
fn n15_a_pause_needs_ten_failures_in_a_row_and_72_hours() {
    let since = |hours: i64| Some(now().plus_seconds(-hours * HOUR));
    assert!(should_pause(10, since(72), now()));
    assert!(!should_pause(9, since(200), now()));
    assert!(!should_pause(1000, since(71), now()));
    assert!(!should_pause(10, Some(now().plus_seconds(-72 * HOUR + 1)), now()));
    assert!(!should_pause(10, None, now()));
}
