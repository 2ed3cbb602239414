//! Work that happens outside of requests: settling what the inbox holds, sending what the outbox
//! holds, and approving conversions whose hold has ended.

pub mod exchange;
pub mod http;
mod mailer;
mod results;
pub mod sender;
pub mod settler;
pub mod workers;
