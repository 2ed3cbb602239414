//! The log of what was sent, as far as this side may see it.

use actix_web::{HttpRequest, HttpResponse};
use storage::{StorageError, firings::firing_by_id};

use super::desk::{Around, Desk, Section, firing_in};
use crate::{
    error::AppError,
    web::{
        forms::Fields,
        view::{
            parts::{Notice, Tone},
            postbacks::log::{FiringPage, LogPage},
        },
    },
};

/// `GET {base}/log`.
///
/// # Errors
/// [`AppError`].
pub async fn list(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let notice = replayed_notice(&query);
    let (reader, place) = (desk.reader(), desk.place());
    let address = format!("{}/log", place.base);
    let log = desk.app.storage.read(move |conn| reader.page(conn, &query, &address)).await?;
    let around = Around::new("Postback log", Section::Log).wide().with(notice);
    desk.show(around, LogPage { place, log })
}

/// `GET {base}/log/{firing}`.
///
/// # Errors
/// [`AppError`]; not found for somebody else's.
pub async fn firing(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let id = firing_in(&request)?;
    let (reader, shop, place) = (desk.reader(), desk.shop.id, desk.place());
    let found = desk
        .app
        .storage
        .read(move |conn| {
            let firing = firing_by_id(conn, shop, id)?
                .filter(|firing| reader.may_see(firing))
                .ok_or(StorageError::NotFound)?;
            reader.rows(conn, &[firing])
        })
        .await?;
    let firing = found.into_iter().next().ok_or(AppError::NotFound)?;
    let around = Around::new(format!("Postback {id}"), Section::Log);
    desk.show(around, FiringPage { place, firing })
}

fn replayed_notice(query: &Fields) -> Option<Notice> {
    let count: usize = query.value("replayed").parse().ok()?;
    Some(match count {
        0 => Notice {
            tone: Tone::Warning,
            text: "Nothing is sent again: choose calls that were delivered or have failed."
                .to_owned(),
        },
        1 => Notice { tone: Tone::Good, text: "One call is sent again.".to_owned() },
        count => Notice {
            tone: Tone::Good,
            text: format!("{count} calls are sent again, in order, ten a second at most."),
        },
    })
}
