//! Long work.

use super::{super::*, frame};
use crate::web::view::admin::{
    Section,
    jobs::{JobLine, JobPage, JobsPage},
};

pub(super) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("admin-job", shown(job_running())),
        ("admin-job-done", shown(job_done())),
        ("admin-job-failed", shown(job_failed())),
        ("admin-jobs", shown(job_list())),
        ("admin-jobs-empty", shown(JobsPage { jobs: vec![], ..job_list() })),
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
