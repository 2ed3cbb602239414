//! Use cases: each loads, asks the domain what follows, and stores the answer with its outgoing jobs
//! in one write. Nothing here talks to the network, renders a page or reads a clock.

pub mod adjust;
pub mod approve_due;
pub mod assign;
pub mod attribute;
pub mod book_changes;
pub mod change_account;
pub mod change_settings;
pub mod dry_run;
pub mod enqueue_firings;
pub mod explanation;
pub mod fire_test;
pub mod join_program;
pub mod log_in;
mod milestones;
pub mod order_news;
pub mod password_links;
pub mod pay_out;
pub mod prepare_firing;
mod recompute;
pub mod record_activity;
pub mod record_click;
mod recover_click;
pub mod review_affiliate;
pub mod review_orders;
pub mod save_affiliate;
pub mod save_postback;
pub mod save_program;
pub mod set_upline;
pub mod settle_orders;
pub mod shop_book;
mod suspicions;
pub mod verify_ledger;
pub mod welcome_shop;
pub mod write_mail;
