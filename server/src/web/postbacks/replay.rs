//! Sending calls again (N7): chosen ones from the log, or all of a time.

use actix_web::{HttpRequest, HttpResponse, web::Bytes};
use domain::{
    ids::{FiringId, PostbackId},
    time::UtcTime,
};
use storage::outbox::ReplayFilter;

use super::desk::{Around, Desk, Section};
use crate::{
    error::AppError,
    flows::replay_firings::{count_up_to, replay_chosen, replay_step},
    web::{
        display::{count, sentence},
        forms::Fields,
        pages::see_other,
        view::{
            form::{Choice, Field},
            postbacks::replay::{Count, ReplayPage},
        },
    },
};

/// Calls chosen at one time.
const CHOSEN_MAX: usize = 500;
/// Calls that are counted, and sent again by one request; more go by another, or by the command.
const COUNTED_MAX: i64 = 10_000;
/// Calls of a backlog that go out in a second.
const PER_SECOND: usize = 10;

/// `POST {base}/log/replay-chosen` with `firing`, any number of times.
///
/// # Errors
/// [`AppError`].
pub async fn chosen(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = desk.form(&request, &body)?;
    let ids: Vec<FiringId> = fields
        .all("firing")
        .filter_map(|id| id.parse().ok().map(FiringId))
        .take(CHOSEN_MAX)
        .collect();
    let (act, owner) = (desk.act(), desk.replays());
    let replayed = desk.app.storage.write(move |tx| replay_chosen(tx, act, owner, &ids)).await?;
    Ok(see_other(&format!("{}/log?replayed={replayed}", desk.place().base)))
}

/// `GET {base}/log/replay`.
///
/// # Errors
/// [`AppError`].
pub async fn form(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let page = page(&desk, &Fields::of_query(&request)).await?;
    desk.show(Around::new("Send again", Section::Log), page)
}

/// `POST {base}/log/replay` with `action` `count` or `send`.
///
/// # Errors
/// [`AppError`].
pub async fn submit(
    desk: Desk,
    request: HttpRequest,
    body: Bytes,
) -> Result<HttpResponse, AppError> {
    let fields = desk.form(&request, &body)?;
    let mut page = page(&desk, &fields).await?;
    let around = || Around::new("Send again", Section::Log);
    let filter = match filter_of(&desk, &fields) {
        Ok(filter) => filter,
        Err(why) => {
            page.from.error = Some(sentence(why));
            return desk.show_refused(around(), page);
        }
    };
    if fields.value("action") == "send" {
        let replayed = send(&desk, filter).await?;
        return Ok(see_other(&format!("{}/log?replayed={replayed}", desk.place().base)));
    }
    let shop = desk.shop.id;
    let limit = COUNTED_MAX.saturating_add(1);
    let found = desk.app.storage.read(move |conn| count_up_to(conn, shop, &filter, limit)).await?;
    page.count = Some(count_of(found));
    desk.show(around(), page)
}

/// Sends all of a time again, batch by batch, up to what one request may do.
async fn send(desk: &Desk, filter: ReplayFilter) -> Result<usize, AppError> {
    let (mut sent, mut after) = (0_usize, None);
    let limit = usize::try_from(COUNTED_MAX).unwrap_or(usize::MAX);
    loop {
        let act = desk.act();
        let step = desk.app.storage.write(move |tx| replay_step(tx, act, &filter, after)).await?;
        sent = sent.saturating_add(step.count);
        after = step.after;
        if after.is_none() || sent >= limit {
            return Ok(sent);
        }
    }
}

fn filter_of(desk: &Desk, fields: &Fields) -> Result<ReplayFilter, &'static str> {
    let from = desk.zone.since(fields.value("from")).ok_or("choose where the time begins")?;
    let until = desk.zone.until(fields.value("to")).ok_or("choose where the time ends")?;
    if until <= from {
        return Err("the time ends before it begins");
    }
    Ok(ReplayFilter {
        owner: desk.replays(),
        postback_id: fields.value("postback").parse().ok().map(PostbackId),
        only_failed: fields.value("which") != "all",
        from,
        until,
    })
}

async fn page(desk: &Desk, fields: &Fields) -> Result<ReplayPage, AppError> {
    let reader = desk.reader();
    let postbacks = desk.app.storage.read(move |conn| reader.postbacks(conn)).await?;
    let (zone, now) = (&desk.zone, desk.app.clock.now());
    // From the log it may be days, which mean all of their minutes; the last day where nothing is said.
    let time = |name: &str, read: Option<UtcTime>, usual: UtcTime| {
        let value = match (fields.given(name), read) {
            (None, _) => zone.field(usual),
            (Some(_), Some(at)) => zone.field(at),
            (Some(typed), None) => typed.to_owned(),
        };
        Field { value, ..Field::default() }
    };
    let since = zone.since(fields.value("from"));
    let last_minute = zone.until(fields.value("to")).map(|after| after.plus_seconds(-60));
    Ok(ReplayPage {
        place: desk.place(),
        postbacks: postbacks
            .into_iter()
            .map(|one| Choice {
                is_chosen: fields.value("postback") == one.id.to_string(),
                value: one.id.to_string(),
                label: one.name,
            })
            .collect(),
        from: time("from", since, now.plus_days(-1)),
        to: time("to", last_minute, now),
        which: Field { value: fields.value("which").to_owned(), ..Field::default() },
        count: None,
    })
}

fn count_of(found: usize) -> Count {
    let number = i64::try_from(found).unwrap_or(i64::MAX);
    let text = match number {
        1 => "1 call".to_owned(),
        ..=COUNTED_MAX => format!("{} calls", count(number)),
        _ => format!("the first {} calls or so", count(COUNTED_MAX)),
    };
    let seconds = i64::try_from(found.div_ceil(PER_SECOND)).unwrap_or(i64::MAX);
    let time = match seconds {
        0..=90 => format!("{seconds} s"),
        _ => format!("{} min", seconds.div_euclid(60) + 1),
    };
    Count { text, is_any: found > 0, time }
}
