//! Many rows at once: one statement for the batch on PostgreSQL (its values as one array per column,
//! so that the text and therefore the plan never change), one prepared statement run for each row
//! on SQLite, where a statement costs no round trip.
//!
//! One text serves both, with `{rows}` for the source of the rows. On PostgreSQL two rows of a batch
//! must not update the same row, and rows that several processes insert or update must come in one
//! order everywhere, else they lock each other out: callers merge and sort.

use diesel::RunQueryDsl;

use crate::{
    DbConn, StorageError, WriteTx,
    columns::Record,
    sql::{Column, Statement, Value},
};

/// Inserts rows; `tail` is a conflict clause or empty. Returns how many were inserted or updated.
/// A conflict clause must name its columns: without, it would hide a clash of ids.
pub(crate) fn insert<R: Record>(
    tx: &mut WriteTx<'_>,
    rows: &[R],
    tail: &str,
) -> Result<usize, StorageError> {
    let rows = rows.iter().map(R::values).collect::<Result<Vec<_>, _>>()?;
    execute(tx, &insert_text::<R>(tail), R::COLUMNS, rows)
}

/// Inserts rows and returns one integer column of those that really were inserted.
pub(crate) fn insert_returning<R: Record>(
    tx: &mut WriteTx<'_>,
    rows: &[R],
    tail: &str,
) -> Result<Vec<i64>, StorageError> {
    let rows = rows.iter().map(R::values).collect::<Result<Vec<_>, _>>()?;
    load(tx, &insert_text::<R>(tail), R::COLUMNS, rows)
}

fn insert_text<R: Record>(tail: &str) -> String {
    let columns = R::COLUMNS.join(", ");
    // "WHERE true" keeps SQLite from reading ON CONFLICT as a join condition.
    format!("INSERT INTO {} ({columns}) SELECT * FROM {{rows}} WHERE true {tail}", R::TABLE)
}

/// Runs a statement over rows of values with these names. Returns the number of rows touched.
pub(crate) fn execute(
    tx: &mut WriteTx<'_>,
    text: &str,
    names: &[&str],
    rows: Vec<Vec<Value<'_>>>,
) -> Result<usize, StorageError> {
    if rows.is_empty() {
        return Ok(0);
    }
    match &mut **tx {
        // One statement with arrays.
        DbConn::Postgres(c) => {
            let text = text.replace("{rows}", &array_source(names));
            Ok(Statement::<_>::new(&text, &columns(rows)?).execute(c)?)
        }
        // One run per row.
        DbConn::Sqlite(c) => {
            let text = text.replace("{rows}", &row_source(names));
            let mut touched = 0;
            for row in rows {
                touched += Statement::<_>::new(&text, &row).execute(c)?;
            }
            Ok(touched)
        }
    }
}

/// As [`execute`], for a statement that ends in `RETURNING` one integer column.
pub(crate) fn load<'a>(
    conn: &mut DbConn,
    text: &str,
    names: &[&str],
    rows: Vec<Vec<Value<'a>>>,
) -> Result<Vec<i64>, StorageError> {
    use diesel::sql_types::BigInt;

    if rows.is_empty() {
        return Ok(Vec::new());
    }
    match conn {
        // One statement with arrays.
        DbConn::Postgres(c) => {
            let text = text.replace("{rows}", &array_source(names));
            Ok(Statement::<_, BigInt>::new(&text, &columns(rows)?).load(c)?)
        }
        // One run per row.
        DbConn::Sqlite(c) => {
            let text = text.replace("{rows}", &row_source(names));
            let mut found = Vec::new();
            for row in rows {
                found.extend(Statement::<_, BigInt>::new(&text, &row).load::<i64>(c)?);
            }
            Ok(found)
        }
    }
}

/// `UNNEST(?, ?) AS v (a, b)`: the rows in the order given.
pub(crate) fn array_source<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    let binds = vec!["?"; names.len()].join(", ");
    format!("UNNEST({binds}) AS v ({})", names.join(", "))
}

/// `(SELECT ? AS a, ? AS b) AS v`.
fn row_source(names: &[&str]) -> String {
    let binds: Vec<String> = names.iter().map(|name| format!("? AS {name}")).collect();
    format!("(SELECT {}) AS v", binds.join(", "))
}

/// Rows to columns.
pub(crate) fn columns(rows: Vec<Vec<Value<'_>>>) -> Result<Vec<Column<'_>>, StorageError> {
    let count = rows.len();
    let mut columns: Vec<Column<'_>> = rows
        .first()
        .map(|row| row.iter().map(|value| Column::like(value, count)).collect())
        .unwrap_or_default();
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value)?;
        }
    }
    Ok(columns)
}
