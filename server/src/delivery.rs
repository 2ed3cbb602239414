//! Work that happens outside of requests: settling what the inbox holds, sending what the outbox
//! holds, and approving conversions whose hold has ended.

pub mod http;
pub mod sender;
pub mod settler;
pub mod workers;
