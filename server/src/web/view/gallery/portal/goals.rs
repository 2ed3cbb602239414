//! The shop's goals for an affiliate, and none.

use super::{super::*, frame};
use crate::web::view::{
    parts::Pager,
    portal::{
        Section,
        goals::{GoalRow, GoalsPage, ReachedRow},
    },
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    let goal = |name: &str, commission: &str| GoalRow {
        name: name.to_owned(),
        slug: "newsletter-of-the-summer-with-a-long-name".to_owned(),
        kind: "Something a visitor does in the shop".to_owned(),
        commission: commission.to_owned(),
    };
    let reached = |name: &str, text: &str, tone| ReachedRow {
        goal: name.to_owned(),
        at: at("1 Mar 2026, 12:00"),
        commission: "1,234,567.89 USD".to_owned(),
        status: Badge { text: text.to_owned(), tone },
    };
    let page = |goals, reached| GoalsPage {
        frame: frame(Section::Orders),
        goals,
        reached,
        pager: Pager { newer: Some("#main".to_owned()), older: Some("#main".to_owned()) },
    };
    let some = page(
        vec![goal(HOSTILE, "2.50 USD"), goal("Newsletter", "Nothing")],
        vec![
            reached("Newsletter", "Waits for the shop", Tone::Warning),
            reached(HOSTILE, "Approved", Tone::Good),
            reached("Newsletter", "Rejected", Tone::Bad),
        ],
    );
    let none = GoalsPage { pager: Pager::default(), ..page(vec![], vec![]) };
    vec![("portal-goals", shown(some)), ("portal-goals-empty", shown(none))]
}
