//! How a golden case is run: one seam to the engine, and both databases. What a test reads from the
//! result is in `outcome`.

use std::cell::Cell;

use serde_json::Value;
use storage::{Storage, StorageOptions};
use tests::db::TestDatabase;

use super::{builder::Scenario, outcome::Outcome};

/// The databases that every case runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// Plays a scenario and gives the result of scenario.md. The only place that knows the engine.
pub(crate) fn simulate(scenario: &Value, db: &TestDatabase) -> Value {
    let options = StorageOptions { connections_max: 2, ..StorageOptions::default() };
    let storage = Storage::connect(&db.url, options).expect("the database opens");
    let result = tributary::simulate::run(&scenario.to_string(), storage);
    result.unwrap_or_else(|error| panic!("refused: {error}\n{scenario:#}"))
}

/// One case on one database. Every scenario gets a fresh one.
pub(crate) struct Run {
    database: Database,
    first: Cell<Option<TestDatabase>>,
}

impl Run {
    /// A run of one case; none where the database is missing on this machine.
    pub(crate) fn on(database: Database) -> Option<Self> {
        let first = Cell::new(Some(fresh(database)?));
        Some(Self { database, first })
    }

    /// Plays a scenario and checks what must hold for every result.
    pub(crate) fn play(&self, scenario: &Scenario) -> Outcome {
        let db = self.first.take().or_else(|| fresh(self.database)).expect("it was there before");
        Outcome::checked(simulate(&scenario.document(), &db))
    }
}

fn fresh(database: Database) -> Option<TestDatabase> {
    match database {
        Database::Sqlite => Some(TestDatabase::sqlite()),
        Database::Postgres => TestDatabase::postgres(),
    }
}

/// Makes two tests, `sqlite::<case>` and `postgres::<case>`, of each case.
macro_rules! golden {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            use $crate::golden::harness::{Database, Run};
            $(#[test] fn $case() {
                if let Some(run) = Run::on(Database::Sqlite) { super::$case(&run); }
            })+
        }
        mod postgres {
            use $crate::golden::harness::{Database, Run};
            $(#[test] fn $case() {
                if let Some(run) = Run::on(Database::Postgres) { super::$case(&run); }
            })+
        }
    };
}
pub(crate) use golden;
