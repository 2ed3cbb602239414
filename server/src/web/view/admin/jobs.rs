//! Long work that the merchant asked for.

use askama::Template;

use super::{Frame, Section};
use crate::web::view::parts::{Badge, When};

/// `{base}/jobs`: the latest ones.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/jobs.html")]
pub struct JobsPage {
    /// Chrome.
    pub frame: Frame,
    /// Newest first.
    pub jobs: Vec<JobLine>,
}

/// `{base}/jobs/{id}`: how far it is; asks again by itself where there is a script.
#[derive(Debug, Clone, Template)]
#[template(path = "admin/job.html")]
pub struct JobPage {
    /// Chrome.
    pub frame: Frame,
    /// The job.
    pub job: JobLine,
    /// Why it was given up.
    pub error: Option<String>,
}

/// One job.
#[derive(Debug, Clone)]
pub struct JobLine {
    /// Its page.
    pub id: String,
    /// `Orders as a file`.
    pub title: String,
    /// Who asked for it.
    pub author: String,
    /// When.
    pub at: When,
    /// Where it stands.
    pub status: Badge,
    /// It has not ended yet.
    pub is_running: bool,
    /// `1,500 of 12,000`.
    pub far: String,
    /// In percent, for the bar; none while nobody knows how much there is to do.
    pub percent: Option<i64>,
    /// There is a file to take.
    pub has_file: bool,
    /// Where its result is shown, when it has one.
    pub result: Option<String>,
}
