//! Both databases have the same tables, columns, kinds of types and keys, and what `schema.rs`
//! says of them; and the migrations of both have the same names and can be undone.

use std::{collections::BTreeMap, path::Path};

use diesel::{
    Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection,
    sql_types::{Bool, Text},
};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};

use crate::storage_contract::fresh::TestDatabase;

/// Table and column to kind of type and whether NULL is allowed.
type Columns = BTreeMap<(String, String), (String, bool)>;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
}

const SQLITE_COLUMNS: &str = "SELECT m.name AS table_name, c.name AS column_name, \
    lower(c.type) AS kind, c.\"notnull\" = 0 AS nullable \
    FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c \
    WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'";

const POSTGRES_COLUMNS: &str = "SELECT table_name::text, column_name::text, \
    data_type::text AS kind, is_nullable = 'YES' AS nullable FROM information_schema.columns \
    WHERE table_schema = current_schema() AND table_name NOT LIKE '\\_\\_%'";

#[test]
fn both_databases_have_the_same_columns() {
    let Some(postgres) = TestDatabase::postgres() else {
        return;
    };
    let sqlite = sqlite_columns();
    assert!(sqlite.len() > 150, "only {} columns were found", sqlite.len());
    assert_eq!(columns(POSTGRES_COLUMNS, &mut migrated_postgres(&postgres)), sqlite);
}

/// `(table, key columns in order)` of every primary key and unique constraint.
#[test]
fn both_databases_have_the_same_keys() {
    let Some(postgres) = TestDatabase::postgres() else {
        return;
    };
    let of_sqlite = "SELECT m.name AS table_name, \
        (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno)) AS column_name, \
        'unique' AS kind, FALSE AS nullable FROM sqlite_schema AS m JOIN pragma_index_list(m.name) AS i \
        WHERE m.type = 'table' AND i.\"unique\" = 1 AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
        UNION SELECT m.name, c.name, 'unique', FALSE FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c \
        WHERE m.type = 'table' AND c.pk = 1 AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' \
        AND (SELECT COUNT(*) FROM pragma_table_info(m.name) WHERE pk > 0) = 1";
    let of_postgres = "SELECT t.relname::text AS table_name, \
        (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY AS k (number, n) \
         JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = k.number) AS column_name, \
        'unique' AS kind, FALSE AS nullable FROM pg_index AS i JOIN pg_class AS t ON t.oid = i.indrelid \
        JOIN pg_namespace AS s ON s.oid = t.relnamespace \
        WHERE i.indisunique AND s.nspname = current_schema() AND t.relname NOT LIKE '\\_\\_%'";
    let sqlite = columns(of_sqlite, &mut migrated_sqlite(&TestDatabase::sqlite()));
    assert!(sqlite.len() > 20, "only {} keys were found", sqlite.len());
    assert_eq!(columns(of_postgres, &mut migrated_postgres(&postgres)), sqlite);
}

/// Without this a column that only the migrations know would go unnoticed until it is needed.
#[test]
fn the_rust_schema_names_the_same_columns() {
    let schema = include_str!("../../server/storage/src/schema.rs");
    let mut declared = Columns::new();
    let mut table = None;
    for line in schema.lines().map(str::trim) {
        if let Some((name, _)) = line.strip_suffix(") {").and_then(|line| line.split_once(" (")) {
            table = Some(name.to_owned());
        } else if let (Some(table), Some((column, kind))) = (&table, line.split_once(" -> ")) {
            let kind = kind.trim_end_matches(',');
            let inner = kind.strip_prefix("Nullable<").and_then(|kind| kind.strip_suffix('>'));
            let name = match inner.unwrap_or(kind) {
                "BigInt" => "integer",
                "Text" => "text",
                "Bool" => "boolean",
                "Binary" => "bytes",
                other => panic!("unknown type {other}"),
            };
            declared.insert((table.clone(), column.to_owned()), (name.to_owned(), inner.is_some()));
        }
    }
    assert_eq!(declared, sqlite_columns());
}

#[test]
fn migrations_of_both_databases_have_the_same_names() {
    let names = |kind: &str| {
        let mut names: Vec<_> =
            folder(kind).read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn migrations_can_be_undone_and_done_again() {
    fn redo<DB, C>(conn: &mut C, kind: &str)
    where
        DB: diesel::backend::Backend,
        C: MigrationHarness<DB>,
    {
        let migrations = || FileBasedMigrations::from_path(folder(kind)).unwrap();
        let undone = conn.revert_all_migrations(migrations()).unwrap().len();
        let done = conn.run_pending_migrations(migrations()).unwrap().len();
        assert_eq!((undone, undone > 0), (done, true));
    }
    redo(&mut migrated_sqlite(&TestDatabase::sqlite()), "sqlite");
    if let Some(db) = TestDatabase::postgres() {
        redo(&mut migrated_postgres(&db), "postgres");
    }
}

fn folder(kind: &str) -> std::path::PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations")).join(kind)
}

fn sqlite_columns() -> Columns {
    columns(SQLITE_COLUMNS, &mut migrated_sqlite(&TestDatabase::sqlite()))
}

fn migrated_sqlite(db: &TestDatabase) -> SqliteConnection {
    migrate(db);
    SqliteConnection::establish(db.url.strip_prefix("sqlite://").unwrap()).unwrap()
}

fn migrated_postgres(db: &TestDatabase) -> PgConnection {
    migrate(db);
    PgConnection::establish(&db.url).unwrap()
}

fn migrate(db: &TestDatabase) {
    let storage = storage::Storage::connect(&db.url, storage::StorageOptions::default()).unwrap();
    storage.migrate().unwrap();
}

fn columns<'q, C>(query: &'q str, conn: &mut C) -> Columns
where
    C: Connection,
    diesel::query_builder::SqlQuery: diesel::query_dsl::LoadQuery<'q, C, Column>,
{
    let rows: Vec<Column> = diesel::sql_query(query).load(conn).unwrap();
    let family = |kind: String| match kind.as_str() {
        "bigint" | "integer" => "integer".to_owned(),
        "bytea" | "blob" => "bytes".to_owned(),
        _ => kind,
    };
    rows.into_iter()
        .map(|row| ((row.table_name, row.column_name), (family(row.kind), row.nullable)))
        .collect()
}
