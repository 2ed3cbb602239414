//! The Tributary server: web, flows, delivery, and the wiring between them.
//!
//! May use: domain, storage, shopify, actix, reqwest, hyper. Must never use: diesel (no SQL here).
//! Import rule: `web -> flows -> (storage, shopify, domain)`, `delivery -> flows` and `shopify_work ->
//! (admin_api, flows)`; flows never import web, delivery or `admin_api`. Start reading at `routes`, then `flows::settle_orders`, then
//! `delivery::workers`.

pub mod admin_api;
pub mod app;
pub mod clock;
pub mod config;
pub mod delivery;
pub mod demo;
pub mod error;
pub mod flows;
pub mod inbox;
pub mod reconcile;
pub mod replay_command;
pub mod rotate_secrets;
pub mod routes;
pub mod secrets;
pub mod serve;
pub mod shopify_work;
pub mod simulate;
pub mod telemetry;
pub mod verify_ledger;
pub mod visit_token;
pub mod visits;
pub mod web;
