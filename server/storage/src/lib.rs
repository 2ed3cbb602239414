//! Every SQL statement of Tributary, on SQLite and PostgreSQL.
//!
//! May use: domain, diesel, r2d2. Must never use: shopify, actix, reqwest; `serde_json` for nothing
//! but columns.
//! Start reading at [`Storage`] (how work gets a connection), then one noun per module: the row
//! structs first, then the queries. Proved by `tests/it/storage_contract.rs` on both databases and
//! `tests/it/schema_parity.rs`.
//!
//! Readers take `&mut` [`DbConn`]; writers take `&mut` [`WriteTx`], which only [`Storage::write`]
//! makes. Every query takes a shop or says why it may cross shops; every list has a limit.

pub mod columns;
pub mod error;
pub mod ids;
pub mod notify;

pub mod activity;
pub mod affiliates;
pub mod attempts;
pub mod bindings;
pub mod browser_signals;
pub mod clicks;
pub mod code_days;
pub mod contacts;
pub mod conversions;
pub mod coupons;
pub mod creatives;
pub mod firings;
pub mod goals;
pub mod inbox;
pub mod installations;
pub mod jobs;
pub mod ledger;
pub mod letters;
pub mod link_names;
pub mod logins;
pub mod mail;
pub mod milestones;
pub mod notices;
pub mod order_facts;
pub mod orders;
pub mod outbox;
pub mod payouts;
pub mod pixel_events;
pub mod pixels;
pub mod plans;
pub mod postbacks;
pub mod privacy;
pub mod product_collections;
pub mod profiles;
pub mod programs;
pub mod reconciliations;
pub mod sealed;
pub mod shop_codes;
pub mod shopify_tasks;
pub mod shops;
pub mod signing;
pub mod signups;
pub mod stats;
pub mod store_credits;
pub mod visit_counts;

mod address;
mod body;
mod bulk;
mod conn;
mod gate;
mod lookup;
mod migrate;
mod pool;
mod schema;
mod shared_commit;
mod sql;
mod store;
mod write;

pub use body::{BODY_BYTES_MAX, Body};
pub use columns::Json;
pub use conn::DbConn;
pub use error::StorageError;
pub use store::{Backend, Storage, StorageOptions};
pub use write::{TxError, WriteTx};
