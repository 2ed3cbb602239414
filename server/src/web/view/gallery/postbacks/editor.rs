//! The editor: blank, filled, refused, paused.

use super::super::*;
use super::place;
use crate::web::view::{
    form::{Pair, Picks},
    postbacks::{
        Place,
        editor::{
            Editor, HistoryRow, Macro, MacroGroup, Param, PostbackForm, Preset, Preview, Proposal,
            Request, StarterGroup, StarterNote, State,
        },
    },
};

pub(in super::super) fn editor() -> Editor {
    Editor {
        place: place(),
        id: Some("31".to_owned()),
        state: Some(State {
            health: badge("Failing", Tone::Bad),
            note: Some("The last 4 calls were not accepted.".to_owned()),
            is_paused: false,
            may_resume: false,
            needs_approval: false,
        }),
        form: PostbackForm {
            name: field("My Keitaro tracker"),
            events: Picks {
                values: vec!["conversion".to_owned(), "status_change".to_owned()],
                error: None,
            },
            statuses: Picks { values: vec!["approved".to_owned()], error: None },
            scope: field("all"),
            programs: vec![choice("1", "Main", false), choice("2", HOSTILE, true)],
            delay_seconds: field("0"),
            method: field("POST_FORM"),
            url: Field {
                warning: Some("{sub1} was never seen on your links; it may stay empty.".to_owned()),
                ..field(TEMPLATE)
            },
            params: vec![
                Param {
                    pair: Pair {
                        name: "payout".to_owned(),
                        value: "{total_commission}".to_owned(),
                        error: None,
                    },
                    is_json: true,
                },
                Param::default(),
            ],
            headers: vec![Pair::default()],
            auth: field("basic"),
            auth_login: field("anna"),
            has_secret: true,
            reversals: true,
            ..PostbackForm::default()
        },
        macros: macros(),
        starters: vec![],
        starter: None,
        presets: vec![Preset { key: "tune", label: "TUNE (HasOffers)", hint: "Says 200 and no" }],
        sources: vec![
            choice("", "Sample data", true),
            choice("9", "Order #1001: Conversion pending", false),
        ],
        history: vec![HistoryRow {
            at: at("1 Mar 2026, 12:00"),
            actor: "Merchant (staff 548380009)".to_owned(),
            words: format!("Made it, to call {TEMPLATE}"),
        }],
        preview: Preview {
            source: "sample data".to_owned(),
            proposal: Some(Proposal {
                replaced: vec![("[subid]".to_owned(), "{click_id}".to_owned())],
                left: vec!["[<b>]".to_owned()],
                url: TEMPLATE.to_owned(),
            }),
            request: Some(Request {
                method: "POST".to_owned(),
                url: "https://trk.example.com/postback?cid=w5fj2k3l4m9q&cur=USD".to_owned(),
                headers: vec![
                    pair("Content-Type", "application/x-www-form-urlencoded"),
                    pair("Authorization", "Basic ••••••"),
                ],
                body: Some("payout=9.00".to_owned()),
            }),
            errors: vec![],
            warnings: vec!["{sub1} was never seen on your links; it may stay empty.".to_owned()],
        },
    }
}

pub(in super::super) fn editor_new() -> Editor {
    Editor {
        id: None,
        state: None,
        history: vec![],
        form: PostbackForm {
            events: Picks { values: vec!["conversion".to_owned()], error: None },
            params: vec![Param::default()],
            headers: vec![Pair::default()],
            ..PostbackForm::default()
        },
        starters: vec![StarterGroup {
            title: "Trackers",
            starters: vec![choice("X01", "Voluum", false), choice("X06", "Keitaro", true)],
        }],
        starter: Some(StarterNote {
            name: "Keitaro",
            own_parts: vec!["ktr.example.com", "2a3b4c5"],
            click_macro: Some("{subid}"),
            links: Some("/portal/demo/links?affclickid=%7Bsubid%7D".to_owned()),
            documentation: "https://docs.keitaro.io/en/conversions/postback.html",
        }),
        preview: Preview::default(),
        ..editor()
    }
}

pub(in super::super) fn editor_errors() -> Editor {
    let unknown = "There is no {clikid}. Did you mean {click_id}?";
    let mut page = editor();
    page.form.name = refused("", "Give it a name.");
    page.form.url = refused("https://trk.example.com/?c={clikid}", unknown);
    page.form.events.error = Some("Tick at least one event.".to_owned());
    page.form.auth_secret_error = Some("Enter the password.".to_owned());
    page.form.delay_seconds = refused("a week", "Enter the delay as a number of seconds.");
    page.form.is_static = true;
    page.form.headers = vec![Pair {
        name: "Host".to_owned(),
        value: "x".to_owned(),
        error: Some("Host cannot be set.".to_owned()),
    }];
    page.preview = Preview { errors: vec![unknown.to_owned()], ..Preview::default() };
    page
}

pub(super) fn editor_paused(place: Place) -> Editor {
    let state = State {
        health: badge("Not approved", Tone::Warning),
        note: Some("Waits until the shop has approved its address.".to_owned()),
        is_paused: true,
        may_resume: false,
        needs_approval: true,
    };
    Editor { place, state: Some(state), ..editor() }
}

fn macros() -> Vec<MacroGroup> {
    let group = |title: &str, names: &[(&str, &str)]| MacroGroup {
        title: title.to_owned(),
        macros: names
            .iter()
            .map(|(text, meaning)| Macro {
                text: (*text).to_owned(),
                meaning: (*meaning).to_owned(),
            })
            .collect(),
    };
    vec![
        group("Click", &[("{click_id}", "The click ID you sent along"), ("{sub1}", "Your sub1")]),
        group(
            "Amounts",
            &[
                ("{total_commission}", "What you earn"),
                ("{total_sales}", "What counts of the order"),
                ("{delta_commission}", "The change, signed"),
                ("{currency}", "USD"),
            ],
        ),
        group(
            "Order",
            &[
                ("{transaction_id}", "The same for every call about an order"),
                ("{status}", "approved"),
            ],
        ),
    ]
}
