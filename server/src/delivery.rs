//! Work that happens outside of requests: settling what the inbox holds, sending what the outbox
//! holds, approving conversions whose hold has ended, and clearing away what is too old.

mod backlog;
pub mod exchange;
pub mod http;
pub mod job_runner;
mod lanes;
pub(crate) mod link_reader;
pub mod mailer;
pub mod pixel_sender;
pub(crate) mod postback_upkeep;
mod results;
pub mod sender;
pub mod settler;
pub mod upkeep;
mod verdict;
pub mod workers;
