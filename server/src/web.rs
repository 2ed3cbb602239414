//! The pages: what they show (`view`), the files they load (`assets`), who may see them (`auth`,
//! `session`, `forms`, `embedded`), and the handlers that fill them (`admin`, `portal`).
//! Not here: what a request changes (`flows`).

pub mod admin;
pub mod assets;
pub mod auth;
pub mod banners;
pub mod display;
pub mod embedded;
pub mod figures;
pub mod forms;
pub mod health;
pub mod install;
pub mod log_rows;
pub mod multipart;
pub mod pages;
pub mod paywall;
pub mod pixel_reports;
pub mod portal;
pub mod postbacks;
pub mod proxy;
pub mod routes_pages;
pub mod senders;
pub mod session;
pub mod view;
pub mod visitors;
pub mod webhooks;

#[cfg(test)]
mod tests;
