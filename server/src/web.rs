//! The pages: what they show (`view`), and the files they load (`assets`).
//! Not here: who may call what (`routes`), and what a request changes (`flows`).

pub mod assets;
pub mod health;
pub mod proxy;
pub mod view;
pub mod webhooks;
