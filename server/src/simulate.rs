//! `tributary simulate`: plays a scenario through the same flows as the server, on a throw-away
//! database and a clock that the scenario moves, without network. Read `play` for what an event
//! does, `report` for what comes out.

use std::{collections::HashMap, sync::Arc};

use domain::{
    ids::{AffiliateId, FiringId, PostbackId, ProgramId, ShopId, ShopifyId},
    postback::Rendered,
    time::UtcTime,
};
use serde_json::Value;
use shopify::fingerprint::Fingerprinter;
use storage::{Storage, StorageError};

use crate::{
    flows::{settle_orders::Settler, shop_book::ShopBooks},
    secrets::{MasterKey, Purpose, SecretError},
    visit_token::VisitTokens,
};

mod play;
mod report;
mod scenario;
mod setup;

use scenario::Scenario;

/// Why a scenario gives no result.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// The scenario is wrong; one line that names the field.
    #[error("{0}")]
    Malformed(String),
    /// The throw-away database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No randomness for the throw-away key.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

impl storage::TxError for SimulateError {
    fn storage_error(&self) -> Option<&StorageError> {
        match self {
            Self::Storage(error) => Some(error),
            Self::Malformed(_) | Self::Secret(_) => None,
        }
    }
}

/// Plays a scenario on a database in memory and gives the result as JSON text.
///
/// # Errors
/// [`SimulateError::Malformed`] for a wrong scenario.
pub fn run_file(scenario: &str) -> Result<String, SimulateError> {
    let result = run(scenario, Storage::in_memory()?)?;
    serde_json::to_string_pretty(&result)
        .map_err(|error| SimulateError::Malformed(error.to_string()))
}

/// Plays a scenario on an empty, migrated database. Blocks.
///
/// # Errors
/// [`SimulateError::Malformed`] for a wrong scenario.
pub fn run(scenario: &str, storage: Storage) -> Result<Value, SimulateError> {
    let mut reader = serde_json::Deserializer::from_str(scenario);
    let scenario: Scenario = serde_path_to_error::deserialize(&mut reader)
        .map_err(|error| SimulateError::Malformed(describe(&error)))?;
    let mut world = World::new(storage)?;
    setup::build(&mut world, &scenario)?;
    for (index, event) in scenario.events.into_iter().enumerate() {
        play::event(&mut world, index, event)?;
    }
    report::result(&world)
}

/// The path of the field and what is wrong there.
fn describe(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    match error.path().to_string().as_str() {
        "." => error.inner().to_string(),
        path => format!("{path}: {}", error.inner()),
    }
}

/// A shop in the making, and what has left it.
struct World {
    storage: Storage,
    settler: Settler,
    books: Arc<ShopBooks>,
    tokens: VisitTokens,
    fingerprints: Fingerprinter,
    master_key: MasterKey,
    shop: ShopId,
    now: UtcTime,
    programs: Keys<ProgramId>,
    affiliates: Keys<AffiliateId>,
    postbacks: Keys<PostbackId>,
    /// Orders in the order in which they were first heard of.
    orders: Vec<ShopifyId>,
    sent: HashMap<FiringId, Sent>,
}

/// Names of a scenario and the ids they stand for, in the scenario's order.
struct Keys<T>(Vec<(String, T)>);

impl<T: Copy + PartialEq> Keys<T> {
    fn id(&self, key: &str) -> Option<T> {
        self.0.iter().find(|(known, _)| known == key).map(|(_, id)| *id)
    }

    fn key(&self, id: T) -> &str {
        self.0.iter().find(|(_, known)| *known == id).map_or("", |(key, _)| key)
    }
}

/// A request that would have gone out.
struct Sent {
    at: UtcTime,
    rendered: Rendered,
    status: Option<String>,
}

impl World {
    fn new(storage: Storage) -> Result<Self, SimulateError> {
        let master_key = MasterKey::generate()?;
        let books = Arc::new(ShopBooks::default());
        let tokens = VisitTokens::new(&master_key);
        let fingerprints = Fingerprinter::new(&master_key.derive(Purpose::EmailFingerprint))
            .map_err(|error| SimulateError::Malformed(error.to_string()))?;
        Ok(Self {
            settler: Settler::new(Arc::clone(&books), tokens.clone()),
            storage,
            books,
            tokens,
            fingerprints,
            master_key,
            shop: ShopId(0),
            now: UtcTime::default(),
            programs: Keys(Vec::new()),
            affiliates: Keys(Vec::new()),
            postbacks: Keys(Vec::new()),
            orders: Vec::new(),
            sent: HashMap::new(),
        })
    }
}

fn malformed(field: impl std::fmt::Display, problem: impl std::fmt::Display) -> SimulateError {
    SimulateError::Malformed(format!("{field}: {problem}"))
}
