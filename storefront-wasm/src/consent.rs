//! What the visitor allows, in two bits: marketing, and the sale of data. Attribution needs the first
//! one, affiliates' pixels need both.

/// The visitor's answer, as the shop's consent tool gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Consent(u8);

impl Consent {
    /// Marketing is allowed.
    pub const MARKETING: u8 = 1;
    /// Selling and sharing data is allowed.
    pub const SALE: u8 = 2;

    /// From the two lowest bits.
    ///
    /// ```
    /// use storefront::consent::Consent;
    /// assert!(Consent::from_bits(3).may_fire_pixels());
    /// assert!(Consent::from_bits(1).may_store() && !Consent::from_bits(1).may_fire_pixels());
    /// assert!(!Consent::from_bits(2).may_fire_pixels());
    /// ```
    #[must_use]
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & (Self::MARKETING | Self::SALE))
    }

    /// Whether anything may be kept on the device or written into the cart.
    #[must_use]
    pub const fn may_store(self) -> bool {
        self.0 & Self::MARKETING != 0
    }

    /// Whether affiliates' pixels may be told.
    #[must_use]
    pub const fn may_fire_pixels(self) -> bool {
        self.0 == Self::MARKETING | Self::SALE
    }
}
