//! Long work, and the record of what was done.

use super::{super::*, frame};
use crate::web::view::{
    admin::{
        Section,
        activity::{ActivityPage, Line},
        jobs::{JobLine, JobPage, JobsPage},
    },
    parts::Pager,
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("admin-job", shown(job_running())),
        ("admin-job-done", shown(job_done())),
        ("admin-job-failed", shown(job_failed())),
        ("admin-jobs", shown(job_list())),
        ("admin-jobs-empty", shown(JobsPage { jobs: vec![], ..job_list() })),
        ("admin-activity", shown(activity())),
        ("admin-activity-empty", shown(ActivityPage { lines: vec![], ..activity() })),
        (
            "admin-activity-none",
            shown(ActivityPage { lines: vec![], is_filtered: true, ..activity() }),
        ),
    ]
}

fn job_running() -> JobPage {
    JobPage { frame: frame(Section::Settings), job: job(), error: None }
}

fn job_done() -> JobPage {
    let job = JobLine {
        status: badge("Done", Tone::Good),
        is_running: false,
        far: "12,000 orders were looked at".to_owned(),
        has_file: true,
        result: Some("/admin/programs/1/dry-run/7".to_owned()),
        ..job()
    };
    JobPage { job, ..job_running() }
}

fn job_failed() -> JobPage {
    let job = JobLine { status: badge("Failed", Tone::Bad), is_running: false, ..job() };
    JobPage { job, error: Some(HOSTILE.to_owned()), ..job_running() }
}

fn job_list() -> JobsPage {
    JobsPage { frame: frame(Section::Settings), jobs: vec![job(), job_done().job] }
}

fn job() -> JobLine {
    JobLine {
        id: "7".to_owned(),
        title: "Orders as a file".to_owned(),
        author: "Merchant".to_owned(),
        at: at("1 Mar 2026, 12:00"),
        status: badge("At work", Tone::Info),
        is_running: true,
        far: "1,500 of 12,000 orders".to_owned(),
        percent: Some(12),
        has_file: false,
        result: None,
    }
}

fn activity() -> ActivityPage {
    let line = |href: Option<&str>, words: &str| Line {
        at: at("1 Mar 2026, 12:00"),
        actor: "Merchant".to_owned(),
        subject: "Order",
        href: href.map(str::to_owned),
        words: words.to_owned(),
    };
    ActivityPage {
        frame: frame(Section::Settings),
        subjects: vec![choice("", "Anything", true), choice("order", "Order", false)],
        actors: vec![choice("", "Anything", true)],
        from: field("2026-03-01"),
        to: field(""),
        is_filtered: false,
        lines: vec![line(Some("/admin/orders/7"), "Approved."), line(None, HOSTILE)],
        pager: Pager { newer: None, older: Some("/admin/activity?before=7".to_owned()) },
    }
}
