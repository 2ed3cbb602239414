//! Does merchants' long work, one job at a time in each process. While a step works, its job is held and
//! says how far it is; a process that dies leaves the job to the next one.

use std::{sync::Arc, time::Duration};

use storage::{
    StorageError,
    jobs::{Job, job_again, job_claim, job_fail, job_hold, job_next_due_at, job_step},
    shops::shop_by_id,
};

use crate::{
    admin_api::ShopAddress,
    app::App,
    flows::{
        dry_run::DraftFacts,
        run_job::{JobError, Progress, Task, next_step, read_task, total},
    },
    shopify_work::draft_facts,
};

/// How often it is looked whether there is something to do.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often a step that is under way says how far it is.
const TELL_EVERY: Duration = Duration::from_secs(1);
/// For how long a job is held; longer than anything between two tellings takes.
const LEASE_S: i64 = 60;
/// Tries of one step, and seconds between them.
const TRIES_MAX: i64 = 5;
const WAIT_S: i64 = 10;

/// Works for as long as the process runs.
pub(super) async fn run(app: App) {
    let mut timer = tokio::time::interval(LOOK_EVERY);
    loop {
        timer.tick().await;
        if let Err(error) = work_off(&app).await {
            tracing::error!(%error, "jobs cannot be done");
        }
    }
}

/// Does what is due until nothing is left.
///
/// # Errors
/// [`StorageError`].
pub async fn work_off(app: &App) -> Result<(), StorageError> {
    loop {
        let now = app.clock.now();
        let due = app.storage.read(job_next_due_at).await?;
        if due.is_none_or(|due| due > now) {
            return Ok(());
        }
        let lease_until = now.plus_seconds(LEASE_S);
        let claimed = app.storage.write(move |tx| job_claim(tx, now, lease_until)).await?;
        let Some(job) = claimed else { return Ok(()) };
        work(app, job).await?;
    }
}

/// A job from where it stands to its end, or until somebody else has it.
async fn work(app: &App, mut job: Job) -> Result<(), StorageError> {
    if job.attempts > TRIES_MAX {
        return give_up(app, job, "It failed several times. Please tell us.").await;
    }
    loop {
        match step(app, &mut job).await {
            Ok(Some(after)) if after.finished_at.is_none() => job = after,
            Ok(_) => return Ok(()),
            Err(JobError::Impossible(why)) => return give_up(app, job, &why).await,
            Err(JobError::Storage(error)) => {
                tracing::error!(job = job.id.0, attempts = job.attempts, %error, "a step failed");
                let again_at = app.clock.now().plus_seconds(WAIT_S);
                return app.storage.write(move |tx| job_again(tx, &job, again_at)).await;
            }
        }
    }
}

/// One step: read, then stored. None when somebody else has the job.
async fn step(app: &App, job: &mut Job) -> Result<Option<Job>, JobError> {
    if job.total.is_none() {
        let known = job.clone();
        job.total = app.storage.read(move |conn| total(conn, &known)).await?;
    }
    let progress = Arc::new(Progress::default());
    let (books, known, watched) = (app.books.clone(), job.clone(), Arc::clone(&progress));
    let reading = async {
        let facts = facts(app, &known).await?;
        app.storage.read(move |conn| next_step(conn, &books, &known, &facts, &watched)).await
    };
    let mut reading = std::pin::pin!(reading);
    let mut timer = tokio::time::interval(TELL_EVERY);
    timer.tick().await;
    let step = loop {
        tokio::select! {
            read = &mut reading => break read?,
            _ = timer.tick() => {
                if !tell(app, job, &progress).await? {
                    return Ok(None);
                }
            }
        }
    };
    // Held anew: the lease may be nearly over, and the step must be ours when it is stored.
    if !tell(app, job, &progress).await? {
        return Ok(None);
    }
    let (known, now) = (job.clone(), app.clock.now());
    Ok(app.storage.write(move |tx| job_step(tx, &known, &step, now)).await?)
}

/// What Shopify says of a draft that is tried; nothing for other work.
async fn facts(app: &App, job: &Job) -> Result<DraftFacts, JobError> {
    let Task::DryRun(task) = read_task(job)? else { return Ok(DraftFacts::default()) };
    let id = job.shop_id;
    let shop = app.storage.read(move |conn| shop_by_id(conn, id)).await?;
    let shop = shop.ok_or(StorageError::NotFound)?;
    Ok(draft_facts(app, &ShopAddress::from(&shop), &task).await)
}

/// Says how far the job is and holds it for longer; false when somebody else has it.
async fn tell(app: &App, job: &mut Job, progress: &Progress) -> Result<bool, StorageError> {
    let held = job.clone();
    let far = (job.done.saturating_add(progress.done()), job.total);
    let until = app.clock.now().plus_seconds(LEASE_S);
    let is_ours = app.storage.write(move |tx| job_hold(tx, &held, far, until)).await?;
    job.run_at = until;
    Ok(is_ours)
}

async fn give_up(app: &App, job: Job, why: &str) -> Result<(), StorageError> {
    let (why, now) = (why.to_owned(), app.clock.now());
    app.storage.write(move |tx| job_fail(tx, &job, &why, now)).await
}
