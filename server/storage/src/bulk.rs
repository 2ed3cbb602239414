//! Many rows at once: one statement for the batch on PostgreSQL (its values as one array per column,
//! so that the text and therefore the plan never change), one prepared statement run for each row
//! on SQLite, where a statement costs no round trip.
//!
//! One text serves both, with `{rows}` for the source of the rows, called `v`. On PostgreSQL two rows of a
//! batch must not update the same row, and rows that several processes insert or update must come in one
//! order everywhere, else they lock each other out: callers merge and sort.

use std::collections::HashSet;

use diesel::{RunQueryDsl, sql_types::BigInt};

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
    let rows = values_of(rows)?;
    match &mut **tx {
        _ if rows.is_empty() => Ok(0),
        // One statement with arrays.
        DbConn::Postgres(c) => {
            Ok(Statement::<_>::new(&insert_rows::<R>(tail), &columns(rows)?).execute(c)?)
        }
        // One run per row.
        DbConn::Sqlite(c) => {
            let text = insert_row::<R>(tail);
            let mut touched = 0;
            for row in rows {
                touched += Statement::<_>::new(&text, &row).execute(c)?;
            }
            Ok(touched)
        }
    }
}

/// Inserts rows whose `key`, comma-separated columns, is not there yet, and returns the ids of those.
pub(crate) fn insert_absent<R: Record>(
    tx: &mut WriteTx<'_>,
    rows: &[R],
    key: &str,
    id: impl Fn(&R) -> i64,
) -> Result<HashSet<i64>, StorageError> {
    let tail = format!("ON CONFLICT ({key}) DO NOTHING");
    match &mut **tx {
        _ if rows.is_empty() => Ok(HashSet::new()),
        // One statement with arrays.
        DbConn::Postgres(c) => {
            let text = format!("{} RETURNING id", insert_rows::<R>(&tail));
            let rows = columns(values_of(rows)?)?;
            let inserted = Statement::<_, BigInt>::new(&text, &rows).load::<i64>(c)?;
            Ok(inserted.into_iter().collect())
        }
        // One run per row. RETURNING would go through a table of its own for each.
        DbConn::Sqlite(c) => {
            let text = insert_row::<R>(&tail);
            let mut inserted = HashSet::with_capacity(rows.len());
            for row in rows {
                if Statement::<_>::new(&text, &row.values()?).execute(c)? == 1 {
                    inserted.insert(id(row));
                }
            }
            Ok(inserted)
        }
    }
}

/// Inserts rows and returns one integer column of those that really were inserted or updated.
pub(crate) fn insert_returning<R: Record>(
    tx: &mut WriteTx<'_>,
    rows: &[R],
    tail: &str,
) -> Result<Vec<i64>, StorageError> {
    let text = format!(
        "INSERT INTO {} ({}) SELECT * FROM {{rows}} WHERE true {tail}",
        R::TABLE,
        R::COLUMNS.join(", "),
    );
    load(tx, &text, R::COLUMNS, values_of(rows)?)
}

fn values_of<R: Record>(rows: &[R]) -> Result<Vec<Vec<Value<'_>>>, StorageError> {
    rows.iter().map(R::values).collect()
}

fn insert_rows<R: Record>(tail: &str) -> String {
    let columns = R::COLUMNS.join(", ");
    let rows = array_source(R::COLUMNS);
    format!("INSERT INTO {} ({columns}) SELECT * FROM {rows} {tail}", R::TABLE)
}

/// Plain values: for anything that is selected SQLite keeps copies of the pages, to be able to undo it.
fn insert_row<R: Record>(tail: &str) -> String {
    let columns = R::COLUMNS.join(", ");
    let values = vec!["?"; R::COLUMNS.len()].join(", ");
    format!("INSERT INTO {} ({columns}) VALUES ({values}) {tail}", R::TABLE)
}

/// Runs an UPDATE or DELETE over rows of values with these names, called `v` in the text. Returns the
/// number of rows touched.
pub(crate) fn execute(
    tx: &mut WriteTx<'_>,
    text: &str,
    names: &[&str],
    rows: Vec<Vec<Value<'_>>>,
) -> Result<usize, StorageError> {
    match &mut **tx {
        _ if rows.is_empty() => Ok(0),
        // One statement with arrays.
        DbConn::Postgres(c) => {
            let text = text.replace("{rows}", &array_source(names));
            Ok(Statement::<_>::new(&text, &columns(rows)?).execute(c)?)
        }
        // One run per row.
        DbConn::Sqlite(c) => {
            let (text, places) = with_values_in_place(text, names);
            let mut touched = 0;
            for row in rows {
                let values: Vec<_> =
                    places.iter().filter_map(|place| row.get(*place).cloned()).collect();
                touched += Statement::<_>::new(&text, &values).execute(c)?;
            }
            Ok(touched)
        }
    }
}

/// The text for one row, with a `?` where a value of `v` stands and without the source of the rows; and
/// which value each `?` is. A source, even of one row, would be a table that SQLite builds and drops.
fn with_values_in_place(text: &str, names: &[&str]) -> (String, Vec<usize>) {
    let (mut result, mut places) = (String::with_capacity(text.len()), Vec::new());
    let text = text.replace(" FROM {rows}", "");
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("v.") {
        let length = after.find(|c: char| c != '_' && !c.is_alphanumeric()).unwrap_or(after.len());
        let (name, tail) = after.split_at(length);
        result.push_str(before);
        match names.iter().position(|known| *known == name) {
            Some(place) if !before.ends_with(|c: char| c == '_' || c.is_alphanumeric()) => {
                places.push(place);
                result.push('?');
            }
            _ => {
                result.push_str("v.");
                result.push_str(name);
            }
        }
        rest = tail;
    }
    result.push_str(rest);
    (result, places)
}

/// Runs a statement over rows of values with these names that gives one integer column.
pub(crate) fn load<'a>(
    conn: &mut DbConn,
    text: &str,
    names: &[&str],
    rows: Vec<Vec<Value<'a>>>,
) -> Result<Vec<i64>, StorageError> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_place_of_their_names_as_often_as_they_are_named() {
        let text = "UPDATE firings SET a = v.a, b = COALESCE(v.b, firings.b), conv.a = 1 \
             FROM {rows} WHERE firings.id = v.id AND (v.a > 0 OR v.abc)";
        let (text, places) = with_values_in_place(text, &["id", "a", "b"]);
        assert_eq!(
            text,
            "UPDATE firings SET a = ?, b = COALESCE(?, firings.b), conv.a = 1 \
             WHERE firings.id = ? AND (? > 0 OR v.abc)"
        );
        assert_eq!(places, [1, 2, 0, 1]);
        let (text, places) = with_values_in_place(
            "DELETE FROM bodies WHERE id IN (SELECT v.id FROM {rows})",
            &["id"],
        );
        assert_eq!((text.as_str(), places), ("DELETE FROM bodies WHERE id IN (SELECT ?)", vec![0]));
    }
}
