//! Who changed what in the shop, with filters.

use std::collections::HashMap;

use actix_web::{HttpRequest, HttpResponse};
use domain::ids::{ActivityId, ProgramId};
use storage::{
    StorageError,
    activity::{Activity, ActivityFilter, Subject, activity_search},
    programs::program_list,
};

use crate::{
    error::AppError,
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::Zone,
        forms::Fields,
        view::{
            admin::{
                Section,
                activity::{ActivityPage, Line},
                affiliates::profile::ActivityLine,
            },
            form::{Choice, Field},
            parts::Pager,
        },
    },
};

const PER_PAGE: usize = 100;
const PROGRAMS_MAX: i64 = 1_000;

/// What the record is about, in words.
const SUBJECTS: [(Subject, &str); 6] = [
    (Subject::Shop, "Settings"),
    (Subject::Program, "Program"),
    (Subject::Affiliate, "Affiliate"),
    (Subject::Order, "Order"),
    (Subject::Payout, "Payout"),
    (Subject::Postback, "Postback"),
];

/// Who acts, by the first word.
const ACTORS: [(&str, &str); 4] = [
    ("Merchant", "The merchant"),
    ("Affiliate", "Affiliates"),
    ("Visitor", "Visitors"),
    ("Tributary", "Tributary itself"),
];

/// `GET {base}/activity`.
///
/// # Errors
/// [`AppError`].
pub async fn page(shop: AdminShop, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let filter = ActivityFilter {
        subject: Subject::parse(query.value("subject")),
        actor: ACTORS
            .iter()
            .find(|(name, _)| *name == query.value("actor"))
            .map(|(name, _)| (*name).to_owned()),
        from: shop.zone.start_of(query.value("from")),
        until: shop.zone.end_of(query.value("to")),
    };
    let before = query.value("before").parse().ok().map(ActivityId);
    let id = shop.shop.id;
    let (mut found, programs) = shop
        .app
        .storage
        .read::<_, StorageError, _>(move |conn| {
            let limit = i64::try_from(PER_PAGE).unwrap_or(i64::MAX).saturating_add(1);
            let found = activity_search(conn, id, &filter, before, limit)?;
            Ok((found, program_list(conn, id, PROGRAMS_MAX)?))
        })
        .await?;
    let numbers: HashMap<ProgramId, i64> =
        programs.into_iter().map(|program| (program.id, program.number)).collect();
    let has_more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let address =
        |before: &str| format!("{ADMIN_BASE}/activity?{}", query.query_with("before", before));
    let last = found.last().filter(|_| has_more).map(|line| line.id.to_string());
    let field = |name: &str| Field { value: query.value(name).to_owned(), ..Field::default() };
    let page = ActivityPage {
        frame: shop.frame(Section::Settings, None),
        subjects: choices(
            SUBJECTS.iter().map(|(subject, words)| (subject.as_str(), *words)),
            query.value("subject"),
        ),
        actors: choices(ACTORS.into_iter(), query.value("actor")),
        from: field("from"),
        to: field("to"),
        is_filtered: ["subject", "actor", "from", "to"]
            .iter()
            .any(|name| query.given(name).is_some()),
        lines: found
            .iter()
            .map(|line| Line {
                at: shop.zone.moment(line.at),
                actor: line.actor.clone(),
                subject: words_of(line.subject),
                href: address_of(line, &numbers),
                words: line.words.clone(),
            })
            .collect(),
        pager: Pager {
            newer: query.given("before").map(|_| address("")),
            older: last.map(|id| address(&id)),
        },
    };
    shop.show(page)
}

fn choices<'a>(known: impl Iterator<Item = (&'a str, &'a str)>, chosen: &str) -> Vec<Choice> {
    std::iter::once(("", "Anything"))
        .chain(known)
        .map(|(value, label)| Choice {
            value: value.to_owned(),
            label: label.to_owned(),
            is_chosen: value == chosen,
        })
        .collect()
}

fn words_of(subject: Subject) -> &'static str {
    SUBJECTS.iter().find(|(known, _)| *known == subject).map_or("", |(_, words)| words)
}

/// The page of what a line is about, where it has one.
fn address_of(line: &Activity, programs: &HashMap<ProgramId, i64>) -> Option<String> {
    let id = line.subject_id;
    let path = match line.subject {
        Subject::Shop => "settings".to_owned(),
        Subject::Program => format!("programs/{}", programs.get(&ProgramId(id))?),
        Subject::Affiliate => format!("affiliates/{id}"),
        Subject::Order => format!("orders/{id}"),
        Subject::Payout => format!("payouts/{id}"),
        // A postback is the merchant's own or an affiliate's, or is gone: its words name it.
        Subject::Postback => return None,
    };
    Some(format!("{ADMIN_BASE}/{path}"))
}

/// What was done about one thing, as that thing's page lists it.
pub(super) fn lines_about(record: &[Activity], zone: &Zone) -> Vec<ActivityLine> {
    let line = |one: &Activity| ActivityLine {
        at: zone.moment(one.at),
        actor: one.actor.clone(),
        words: one.words.clone(),
    };
    record.iter().map(line).collect()
}
