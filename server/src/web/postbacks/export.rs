//! The log as a file, with the filters of the page: streamed, so that a large one needs no memory, and
//! limited, so that one click does not read the table for minutes.

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, X_CONTENT_TYPE_OPTIONS},
    web::Bytes,
};
use domain::{ids::FiringId, time::UtcTime};
use futures_util::stream::{self, Stream, StreamExt as _};
use serde_json::json;
use storage::{
    StorageError,
    firings::{FiringFilter, firing_page},
};

use super::desk::Desk;
use crate::{
    app::App,
    error::AppError,
    web::{forms::Fields, log_rows::Reader, view::log::Firing},
};

/// Rows of one file.
const ROWS_MAX: usize = 100_000;
/// Rows read at a time.
const BATCH: i64 = 500;

/// The columns, in order.
const COLUMNS: [&str; 22] = [
    "fired_at",
    "postback",
    "affiliate",
    "event",
    "status",
    "transaction_id",
    "order",
    "click_id",
    "entry_url",
    "template",
    "final_url",
    "method",
    "headers",
    "body",
    "result",
    "reason",
    "status_code",
    "error",
    "response",
    "latency",
    "attempt",
    "next_try",
];

/// How the file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Csv,
    Json,
}

/// Where an export has got to.
struct Progress {
    app: actix_web::web::Data<App>,
    reader: Reader,
    filter: FiringFilter,
    before: Option<(UtcTime, FiringId)>,
    written: usize,
    format: Format,
    state: State,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Rows,
    End,
    Over,
}

/// `GET {base}/log/export?format=csv|json` with the filters of the log.
///
/// # Errors
/// [`AppError`].
pub async fn export(desk: Desk, request: HttpRequest) -> Result<HttpResponse, AppError> {
    let query = Fields::of_query(&request);
    let format = if query.value("format") == "json" { Format::Json } else { Format::Csv };
    let reader = desk.reader();
    let asked = query.clone();
    let filter = desk
        .app
        .storage
        .read(move |conn| reader.filter(conn, &asked))
        .await?
        .ok_or(AppError::NotFound)?;
    let (start, kind, name) = match format {
        Format::Csv => (row_text(&COLUMNS.map(str::to_owned)), "text/csv; charset=utf-8", "csv"),
        Format::Json => ("[".to_owned(), "application/json", "json"),
    };
    let progress = Progress {
        app: desk.app.clone(),
        reader: desk.reader(),
        filter,
        before: None,
        written: 0,
        format,
        state: State::Rows,
    };
    let body = stream::once(async move { Ok(Bytes::from(start)) }).chain(rows(progress));
    Ok(HttpResponse::Ok()
        .content_type(kind)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"postbacks.{name}\"")))
        .streaming(body))
}

fn rows(progress: Progress) -> impl Stream<Item = Result<Bytes, AppError>> {
    stream::unfold(progress, |mut progress| async move {
        match progress.state {
            State::Over => None,
            State::End => {
                progress.state = State::Over;
                let end = if progress.format == Format::Json { "\n]\n" } else { "" };
                Some((Ok(Bytes::from_static(end.as_bytes())), progress))
            }
            State::Rows => match progress.next().await {
                Ok(text) => Some((Ok(Bytes::from(text)), progress)),
                Err(error) => {
                    // The head was sent already: breaking off is how the reader learns of it.
                    progress.state = State::Over;
                    Some((Err(error.into()), progress))
                }
            },
        }
    })
}

impl Progress {
    async fn next(&mut self) -> Result<String, StorageError> {
        let (reader, filter, before) = (self.reader.clone(), self.filter.clone(), self.before);
        let (last, rows) = self
            .app
            .storage
            .read(move |conn| {
                let found = firing_page(conn, reader.shop, &filter, before, BATCH)?;
                let last = found.last().map(|one| (one.created_at, one.id));
                Ok::<_, StorageError>((last, reader.rows(conn, &found)?))
            })
            .await?;
        self.before = last;
        let mut text = String::new();
        for row in rows.iter().take(ROWS_MAX.saturating_sub(self.written)) {
            let cells = cells(row);
            match self.format {
                Format::Csv => text.push_str(&row_text(&cells)),
                Format::Json => {
                    text.push_str(if self.written == 0 { "\n" } else { ",\n" });
                    text.push_str(&json_text(&cells));
                }
            }
            self.written += 1;
        }
        if last.is_none() || self.written >= ROWS_MAX {
            self.state = State::End;
        }
        Ok(text)
    }
}

fn cells(row: &Firing) -> [String; 22] {
    let last = row.attempts.first();
    let headers = last.map(|attempt| {
        let lines = attempt.headers.iter().map(|one| format!("{}: {}", one.name, one.value));
        lines.collect::<Vec<_>>().join("\n")
    });
    let click = row.click.as_ref();
    [
        row.at.utc.clone(),
        row.postback.clone(),
        row.affiliate.as_ref().map(|one| one.name.clone()).unwrap_or_default(),
        row.event.clone(),
        row.status.clone(),
        row.transaction_id.clone(),
        row.order_name.clone().unwrap_or_default(),
        click.map(|one| one.id.clone()).unwrap_or_default(),
        click.map(|one| one.entry_url.clone()).unwrap_or_default(),
        row.template.clone(),
        row.final_url.clone().unwrap_or_default(),
        last.map_or_else(|| row.method.clone(), |attempt| attempt.method.clone()),
        headers.unwrap_or_default(),
        last.and_then(|attempt| attempt.body.clone()).unwrap_or_default(),
        row.outcome.text.clone(),
        row.not_sent.clone().unwrap_or_default(),
        row.code.clone().unwrap_or_default(),
        row.error.clone().unwrap_or_default(),
        last.and_then(|attempt| attempt.response.clone()).unwrap_or_default(),
        row.latency.clone().unwrap_or_default(),
        row.attempt_count.clone(),
        row.next_try.as_ref().map(|at| at.utc.clone()).unwrap_or_default(),
    ]
}

fn json_text(cells: &[String; 22]) -> String {
    let pairs = COLUMNS.iter().zip(cells).map(|(name, value)| ((*name).to_owned(), json!(value)));
    serde_json::Value::Object(pairs.collect()).to_string()
}

/// A line of CSV (RFC 4180).
fn row_text(cells: &[String; 22]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell_text(cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell that no spreadsheet takes for a formula: link parameters are strangers' words.
fn cell_text(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if is_formula { "'" } else { "" };
    if is_formula || text.contains([',', '"', '\n', '\r']) {
        format!("\"{guard}{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n6_no_cell_is_a_formula_and_none_leaves_its_column() {
        assert_eq!(cell_text("=HYPERLINK(\"http://x\")"), "\"'=HYPERLINK(\"\"http://x\"\")\"");
        for formula in ["+1", "-1", "@SUM(A1)", "\t=1", "\r=1"] {
            assert_eq!(cell_text(formula), format!("\"'{formula}\""));
        }
        assert_eq!(cell_text("a,b"), "\"a,b\"");
        assert_eq!(cell_text("two\nlines"), "\"two\nlines\"");
        assert_eq!(cell_text("plain text"), "plain text");
    }
}
