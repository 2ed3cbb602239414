//! Long work that the merchant asked for: how far it is, and its file.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, X_CONTENT_TYPE_OPTIONS},
    web::{Bytes, Data, Path},
};
use domain::ids::{JobId, ShopId};
use futures_util::{Stream, stream};
use storage::{
    StorageError,
    jobs::{Job, JobKind, JobState, job_by_id, job_page, job_piece},
};

use crate::{
    app::App,
    error::AppError,
    flows::run_job::{Task, ask, read_task},
    web::{
        auth::{ADMIN_BASE, AdminShop},
        display::{Zone, badge, count},
        pages::see_other,
        view::{
            admin::{
                Section,
                jobs::{JobLine, JobPage, JobsPage},
            },
            parts::Tone,
        },
    },
};

/// Jobs that the list shows.
const SHOWN_MAX: i64 = 100;

/// `GET {base}/jobs`.
///
/// # Errors
/// [`AppError`].
pub async fn list(shop: AdminShop) -> Result<HttpResponse, AppError> {
    let id = shop.shop.id;
    let found = shop.app.storage.read(move |conn| job_page(conn, id, SHOWN_MAX)).await?;
    let jobs = found.iter().map(|job| line(job, &shop.zone)).collect();
    shop.show(JobsPage { frame: shop.frame(Section::Settings, None), jobs })
}

/// `GET {base}/jobs/{id}`.
///
/// # Errors
/// [`AppError`]; not found for another shop's job.
pub async fn page(shop: AdminShop, path: Path<i64>) -> Result<HttpResponse, AppError> {
    let job = find(&shop, JobId(path.into_inner())).await?;
    shop.show(JobPage {
        frame: shop.frame(Section::Settings, None),
        error: job.error.clone(),
        job: line(&job, &shop.zone),
    })
}

/// `GET {base}/jobs/{id}/file`.
///
/// # Errors
/// [`AppError`]; not found for another shop's job, and before it has ended.
pub async fn file(shop: AdminShop, path: Path<i64>) -> Result<HttpResponse, AppError> {
    let job = find(&shop, JobId(path.into_inner())).await?;
    if job.state != JobState::Done || job.pieces == 0 {
        return Err(AppError::NotFound);
    }
    let name = match job.kind {
        JobKind::ExportOrders => "orders.csv",
        JobKind::DryRun => "dry-run.csv",
    };
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .streaming(pieces(shop.app.clone(), shop.shop.id, &job)))
}

/// Asks for work and leads to its page.
///
/// # Errors
/// [`AppError`].
pub async fn ask_for(shop: &AdminShop, task: Task) -> Result<HttpResponse, AppError> {
    let act = shop.act();
    let job = shop.app.storage.write(move |tx| ask(tx, act, &task)).await?;
    Ok(see_other(&format!("{ADMIN_BASE}/jobs/{}", job.id)))
}

/// A job of the shop.
///
/// # Errors
/// [`AppError::NotFound`].
pub async fn find(shop: &AdminShop, id: JobId) -> Result<Job, AppError> {
    let owner = shop.shop.id;
    let found = shop.app.storage.read(move |conn| job_by_id(conn, owner, id)).await?;
    found.ok_or(AppError::NotFound)
}

fn pieces(
    app: Data<App>,
    shop: ShopId,
    job: &Job,
) -> impl Stream<Item = Result<Bytes, AppError>> + use<> {
    let (id, all) = (job.id, job.pieces);
    stream::unfold((app, 0_i64), move |(app, place)| async move {
        if place >= all {
            return None;
        }
        let read = app.storage.read(move |conn| job_piece(conn, shop, id, place)).await;
        let piece = match read {
            Ok(Some(content)) => Ok(Bytes::from(content)),
            // Forgotten meanwhile: breaking off is how the reader learns of it.
            Ok(None) => Err(StorageError::NotFound.into()),
            Err(error) => Err(error.into()),
        };
        let next = if piece.is_ok() { place.saturating_add(1) } else { all };
        Some((piece, (app, next)))
    })
}

fn line(job: &Job, zone: &Zone) -> JobLine {
    let is_running = job.state == JobState::Due;
    let far = match job.total {
        Some(total) if is_running => format!("{} of {} orders", count(job.done), count(total)),
        _ if is_running => "Waits for its turn".to_owned(),
        _ => format!("{} orders were looked at", count(job.done)),
    };
    JobLine {
        id: job.id.to_string(),
        title: match job.kind {
            JobKind::ExportOrders => "Orders as a file",
            JobKind::DryRun => "Dry run of a program",
        }
        .to_owned(),
        author: job.author.clone(),
        at: zone.moment(job.created_at),
        status: match job.state {
            JobState::Due => badge("At work", Tone::Info),
            JobState::Done => badge("Done", Tone::Good),
            JobState::Failed => badge("Failed", Tone::Bad),
        },
        is_running,
        far,
        percent: job.total.filter(|total| *total > 0).map(|total| {
            job.done.saturating_mul(100).checked_div(total).unwrap_or(0).clamp(0, 100)
        }),
        has_file: job.state == JobState::Done && job.pieces > 0,
        result: result_of(job),
    }
}

/// Where the result of a job is shown.
fn result_of(job: &Job) -> Option<String> {
    job.result.as_ref()?;
    match read_task(job).ok()? {
        Task::DryRun(task) => {
            Some(format!("{ADMIN_BASE}/programs/{}/dry-run/{}", task.number, job.id))
        }
        Task::ExportOrders { .. } => None,
    }
}
