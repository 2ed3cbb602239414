//! How a golden case is run: one seam to the engine, and both databases. What a test reads from the
//! result is in `outcome`.

use std::{
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::Value;

use super::{builder::Scenario, outcome::Outcome};

/// The databases that every case runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Database {
    Sqlite,
    Postgres,
}

/// Plays a scenario and gives the result of scenario.md. The only place that knows the engine.
pub(crate) fn simulate(scenario: &Value, _database: Database) -> Value {
    let binary = std::env::var_os("TRIBUTARY_BIN")
        .expect("TRIBUTARY_BIN names the binary whose `simulate -` plays the golden cases");
    let mut child = Command::new(binary)
        .args(["simulate", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut input = child.stdin.take().expect("piped");
    input
        .write_all(scenario.to_string().as_bytes())
        .expect("the scenario is read");
    drop(input);
    let output = child.wait_with_output().expect("the binary ends");
    assert!(
        output.status.success(),
        "the scenario was refused: {scenario:#}"
    );
    serde_json::from_slice(&output.stdout).expect("a JSON result")
}

/// One case on one database.
pub(crate) struct Run {
    database: Database,
}

impl Run {
    /// A run of one case.
    pub(crate) const fn on(database: Database) -> Self {
        Self { database }
    }

    /// Plays a scenario and checks what must hold for every result.
    pub(crate) fn play(&self, scenario: &Scenario) -> Outcome {
        Outcome::checked(simulate(&scenario.document(), self.database))
    }
}

/// Makes two tests, `sqlite::<case>` and `postgres::<case>`, of each case.
macro_rules! golden {
    ($($case:ident),+ $(,)?) => {
        mod sqlite {
            use $crate::golden::harness::{Database, Run};
            $(#[test] fn $case() { super::$case(&Run::on(Database::Sqlite)); })+
        }
        mod postgres {
            use $crate::golden::harness::{Database, Run};
            $(#[test] fn $case() { super::$case(&Run::on(Database::Postgres)); })+
        }
    };
}
pub(crate) use golden;
