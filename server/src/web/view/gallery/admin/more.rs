//! Pixels, banners and goals.

use super::{super::*, frame};
use crate::web::view::{
    admin::{
        Section,
        creatives::{Banner, CreativeForm, CreativesPage},
        goals::{GoalForm, GoalRow, GoalsPage, ReachedRow},
        pixels::{PixelRow, PixelsPage},
    },
    parts::Pager,
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let nothing = CreativesPage { banners: vec![], form: wrong_banner(), ..creatives() };
    let no_goals = GoalsPage { goals: vec![], reached: vec![], form: wrong_goal(), ..goals() };
    vec![
        ("admin-pixels", shown(pixels())),
        ("admin-pixels-empty", shown(PixelsPage { rows: vec![], is_on: false, ..pixels() })),
        ("admin-creatives", shown(creatives())),
        ("admin-creatives-errors", shown(nothing)),
        ("admin-goals", shown(goals())),
        ("admin-goals-errors", shown(no_goals)),
    ]
}

fn pixels() -> PixelsPage {
    let row = |name: &str, status: Badge, is_pending: bool| PixelRow {
        id: "1".to_owned(),
        affiliate: name.to_owned(),
        code: "ANNA".to_owned(),
        number: "1234567890123456".to_owned(),
        events: "Page views, purchases".to_owned(),
        has_token: is_pending,
        status,
        can_approve: is_pending,
        can_reject: true,
        created: at("1 Mar 2026"),
    };
    PixelsPage {
        frame: frame(Section::Pixels),
        is_on: true,
        rows: vec![
            row(HOSTILE, badge("Waits for you", Tone::Warning), true),
            row("Bob", badge("On", Tone::Good), false),
        ],
        pager: Pager::default(),
    }
}

fn creatives() -> CreativesPage {
    let banner = |id: &str, name: &str, preview: Option<&str>| Banner {
        id: id.to_owned(),
        name: name.to_owned(),
        size: "300 × 250".to_owned(),
        preview: preview.map(str::to_owned),
        width: 300,
        height: 250,
        target: "/collections/a-collection-with-a-very-long-handle?utm_source=banner".to_owned(),
        program: "Every program".to_owned(),
        impressions: "1,204".to_owned(),
        clicks: "31".to_owned(),
    };
    CreativesPage {
        frame: frame(Section::Creatives),
        banners: vec![banner("1", HOSTILE, Some("/banners/1")), banner("2", "Linked", None)],
        form: CreativeForm {
            programs: vec![choice("1", HOSTILE, false)],
            ..CreativeForm::default()
        },
    }
}

fn wrong_banner() -> CreativeForm {
    CreativeForm {
        name: refused("", "Enter a name of at most 120 characters"),
        picture: refused("", "A picture is a PNG, JPEG or GIF of at most 256 KB"),
        image_url: refused("http://x", "Choose a picture or enter the https address of one"),
        target: refused("//evil.example", "Enter a page of your shop, beginning with /"),
        width: refused("wide", "Enter width and height in pixels"),
        ..CreativeForm::default()
    }
}

fn goals() -> GoalsPage {
    let goal = |id: &str, name: &str, is_called: bool| GoalRow {
        id: id.to_owned(),
        name: name.to_owned(),
        slug: "newsletter".to_owned(),
        kind: "A call in the storefront".to_owned(),
        is_called,
        commission: "2.50 USD".to_owned(),
        reached: "12".to_owned(),
        is_enabled: is_called,
    };
    let reached = |id: &str, is_pending: bool| ReachedRow {
        id: id.to_owned(),
        goal: "Newsletter".to_owned(),
        affiliate: HOSTILE.to_owned(),
        at: at("1 Mar 2026, 12:00"),
        commission: "2.50 USD".to_owned(),
        status: badge("Waits for you", Tone::Warning),
        is_pending,
    };
    GoalsPage {
        frame: frame(Section::Goals),
        goals: vec![goal("1", HOSTILE, true), goal("2", "First order", false)],
        form: GoalForm::default(),
        currency: "USD".to_owned(),
        reached: vec![reached("2", true), reached("1", false)],
        pager: Pager::default(),
    }
}

fn wrong_goal() -> GoalForm {
    GoalForm {
        slug: refused("Two words", "Use 1 to 40 small letters"),
        product: refused("tea", "Enter the product's number"),
        commission: refused("a lot", "Enter an amount such as 2.50, or nothing"),
        ..GoalForm::default()
    }
}
