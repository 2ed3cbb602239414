//! Sends what the outbox holds to other people's servers.

pub mod http;
