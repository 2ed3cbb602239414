//! Pages about postbacks, for affiliates and merchants alike: pieces that either side's chrome goes
//! around (`portal::PiecePage`, `admin::PiecePage`).

pub mod editor;
pub mod help;
pub mod list;
pub mod log;
pub mod replay;
pub mod signing;
pub mod test_fire;

/// Where a piece is shown.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// Path before every address of the side.
    pub base: String,
    /// Address of the list that the piece belongs to.
    pub postbacks: String,
    /// Sent with every form.
    pub csrf: String,
    /// The merchant is looking.
    pub is_merchant: bool,
    /// The affiliate whose postbacks these are; none: the merchant's own.
    pub affiliate: Option<String>,
}

impl Place {
    /// The merchant works for an affiliate.
    #[must_use]
    pub const fn is_on_behalf(&self) -> bool {
        self.is_merchant && self.affiliate.is_some()
    }

    /// The merchant works for its own system.
    #[must_use]
    pub const fn is_own(&self) -> bool {
        self.is_merchant && self.affiliate.is_none()
    }
}
