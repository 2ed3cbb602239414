//! What the page knows at one moment: a text of seven lines, and flags. A line is empty where there is
//! nothing to say; an address has no fragment, and nothing that a cookie cannot hold.

/// Random, for a new report. With an answer: the id of the report that it answers. (The first line is
/// where the text starts.)
pub const ID: usize = 0;
/// The page's address.
pub const PAGE: usize = 1;
/// The address before it.
pub const REFERRER: usize = 2;
/// The names of parameters that carry an affiliate's code, best first, a `|` between them.
pub const NAMES: usize = 3;
/// With an answer: the visit's token; empty when the link names nobody.
pub const TOKEN: usize = 4;
/// What was kept (`state`).
pub const STATE: usize = 5;
/// Kept pixels (`pixel`). With an answer: those of the answer.
pub const PIXELS: usize = 6;

/// The visitor allows marketing: attribution.
pub const MARKETING: u32 = 1;
/// The visitor allows selling and sharing data: with marketing, affiliates' pixels.
pub const SALE: u32 = 2;
/// The state was found on the device; else it is this page's memory.
pub const ON_DEVICE: u32 = 4;
/// The server answered a report.
pub const ANSWER: u32 = 8;
/// The page was open before: it was reloaded or gone back to, or consent changed on it.
pub const REVISIT: u32 = 16;
/// A view of the page is to be told to the pixels.
pub const VIEW: u32 = 32;
/// The oldest touch earns, so a newer one does not displace whose pixels are known.
pub const FIRST: u32 = 64;
