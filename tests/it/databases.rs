//! The database harness: every test gets a migrated database of its own.

use diesel::connection::SimpleConnection;
use diesel::sql_types::BigInt;
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection};
use tests::both_databases;
use tests::db::TestDatabase;

both_databases! {
    async fn a_database_is_migrated_and_shared_with_nobody(db: TestDatabase) {
        let other = if db.is_postgres() { TestDatabase::postgres().unwrap() } else { TestDatabase::sqlite() };
        run(&db, "CREATE TABLE only_here (id BIGINT PRIMARY KEY)");
        run(&db, "INSERT INTO only_here VALUES (1)");
        run(&other, "CREATE TABLE only_here (id BIGINT PRIMARY KEY)");
        assert_eq!(count(&db, "only_here"), 1);
        assert_eq!(count(&other, "only_here"), 0);
        assert_eq!(count(&db, "shops"), 0);
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn run(db: &TestDatabase, sql: &str) {
    match db.url.strip_prefix("sqlite://") {
        Some(file) => SqliteConnection::establish(file).unwrap().batch_execute(sql).unwrap(),
        None => PgConnection::establish(&db.url).unwrap().batch_execute(sql).unwrap(),
    }
}

fn count(db: &TestDatabase, table: &str) -> i64 {
    let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {table}"));
    let found: Count = match db.url.strip_prefix("sqlite://") {
        Some(file) => query.get_result(&mut SqliteConnection::establish(file).unwrap()).unwrap(),
        None => query.get_result(&mut PgConnection::establish(&db.url).unwrap()).unwrap(),
    };
    found.count
}
