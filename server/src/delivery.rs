//! Work that happens outside of requests: settling what the inbox holds, sending what the outbox
//! holds, and approving conversions whose hold has ended.

pub mod exchange;
pub mod http;
pub mod pixel_sender;
mod results;
pub mod sender;
pub mod settler;
pub mod upkeep;
pub mod workers;
