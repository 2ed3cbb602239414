//! Looking into a database past the program under test, on both kinds.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use diesel::connection::SimpleConnection;
use diesel::deserialize::QueryableByName;
use diesel::pg::Pg;
use diesel::sqlite::Sqlite;
use diesel::{Connection, PgConnection, RunQueryDsl, SqliteConnection};

/// One integer, selected `AS value`.
#[derive(diesel::QueryableByName)]
struct Integer {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    value: i64,
}

/// The rows of a query.
///
/// # Panics
/// When it fails.
#[must_use]
pub fn rows<T>(url: &str, sql: &str) -> Vec<T>
where
    T: QueryableByName<Sqlite> + QueryableByName<Pg> + 'static,
{
    let query = diesel::sql_query(sql);
    match url.strip_prefix("sqlite://") {
        Some(file) => query.load(&mut sqlite(file)),
        None => query.load(&mut postgres(url)),
    }
    .unwrap_or_else(|error| panic!("{error}: {sql}"))
}

/// The one integer that a query selects `AS value`.
///
/// # Panics
/// When it fails or selects nothing.
#[must_use]
pub fn integer(url: &str, sql: &str) -> i64 {
    let rows: Vec<Integer> = rows(url, sql);
    rows.first().expect("a row").value
}

/// Runs statements.
///
/// # Panics
/// When one fails.
pub fn execute(url: &str, sql: &str) {
    match url.strip_prefix("sqlite://") {
        Some(file) => sqlite(file).batch_execute(sql),
        None => postgres(url).batch_execute(sql),
    }
    .unwrap_or_else(|error| panic!("{error}: {sql}"));
}

fn sqlite(file: &str) -> SqliteConnection {
    let mut connection = SqliteConnection::establish(file).expect("the SQLite file");
    connection.batch_execute("PRAGMA busy_timeout = 20000").expect("a pragma");
    connection
}

fn postgres(url: &str) -> PgConnection {
    PgConnection::establish(url).expect("the PostgreSQL server")
}
