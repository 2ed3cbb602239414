//! The exchange rate into an affiliate's payout currency, fixed at order time (domain rules 3.4).
//! Not here: where rates come from.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::money::{Currency, divide_half_away, plain_decimal};

/// Units of the payout currency for one unit of the shop's currency: a positive decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayoutRate(Decimal);

/// The text is not an exchange rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an exchange rate (a positive decimal of at most 12 digits): {0:?}")]
pub struct BadPayoutRate(pub String);

impl PayoutRate {
    /// Digits that a rate may have: with 64-bit amounts the product stays within 128 bits.
    const MANTISSA_END: i128 = 1_000_000_000_000;

    /// Reads a plain decimal such as `0.90`.
    ///
    /// # Errors
    /// [`BadPayoutRate`] when it is not positive or has more than 12 significant digits.
    pub fn parse(text: &str) -> Result<Self, BadPayoutRate> {
        let bad = || BadPayoutRate(text.to_owned());
        let rate = plain_decimal(text).ok_or_else(bad)?.normalize();
        let is_usable = (1..Self::MANTISSA_END).contains(&rate.mantissa()) && rate.scale() <= 12;
        if is_usable { Ok(Self(rate)) } else { Err(bad()) }
    }

    /// An amount in the other currency, rounded half away from zero to that currency's digits. The
    /// two may have different digits.
    ///
    /// ```
    /// # use domain::{conversion::PayoutRate, money::Currency};
    /// let eur = Currency::parse("EUR").unwrap();
    /// let rate = PayoutRate::parse("0.90").unwrap();
    /// assert_eq!(rate.convert(1_000, Currency::USD, eur), 900); // G27
    /// ```
    #[must_use]
    pub fn convert(&self, minor: i64, from: Currency, to: Currency) -> i64 {
        let tens = |digits: u32| 10_i128.pow(digits);
        let numerator = i128::from(minor) * self.0.mantissa() * tens(to.digits());
        let denominator = tens(self.0.scale()) * tens(from.digits());
        let converted = divide_half_away(numerator, denominator);
        i64::try_from(converted).unwrap_or(if minor < 0 { i64::MIN } else { i64::MAX })
    }
}

impl fmt::Display for PayoutRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for PayoutRate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PayoutRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// How an affiliate is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayoutTerms {
    pub(super) currency: Currency,
    pub(super) rate: Option<PayoutRate>,
}

impl PayoutTerms {
    /// In the shop's own currency.
    #[must_use]
    pub const fn same(currency: Currency) -> Self {
        Self { currency, rate: None }
    }

    /// The currency in which the affiliate is paid.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.currency
    }

    /// An amount of the shop's currency in the affiliate's.
    #[must_use]
    pub fn convert(&self, minor: i64, shop: Currency) -> i64 {
        self.rate.map_or(minor, |rate| rate.convert(minor, shop, self.currency))
    }

    /// In the affiliate's currency, if it is another one and a rate into it is known; otherwise in
    /// the shop's, because an amount without a rate cannot be owed in another currency.
    #[must_use]
    pub fn new(shop: Currency, wanted: Option<Currency>, rate: Option<PayoutRate>) -> Self {
        match (wanted, rate) {
            (Some(currency), Some(rate)) if currency != shop => Self { currency, rate: Some(rate) },
            _ => Self::same(shop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn currency(code: &str) -> Currency {
        Currency::parse(code).unwrap()
    }

    #[test]
    fn currencies_with_other_digits_convert_into_their_own() {
        let yen = PayoutRate::parse("150.255").unwrap();
        assert_eq!(yen.convert(1_000, Currency::USD, currency("JPY")), 1_503);
        let back = PayoutRate::parse("0.0066").unwrap();
        assert_eq!(back.convert(1_503, currency("JPY"), Currency::USD), 992);
        let kuwait = PayoutRate::parse("0.3071").unwrap();
        assert_eq!(kuwait.convert(1_000, Currency::USD, currency("KWD")), 3_071);
    }

    #[test]
    fn what_is_taken_back_converts_like_what_was_given() {
        let rate = PayoutRate::parse("0.905").unwrap();
        let eur = currency("EUR");
        assert_eq!(rate.convert(-333, Currency::USD, eur), -rate.convert(333, Currency::USD, eur));
    }

    #[test]
    fn rates_that_are_none_are_refused() {
        for bad in ["", "0", "-0.9", "0,9", "1e5", "abc", "1234567890123", "0.1234567890123"] {
            assert!(PayoutRate::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates_read_back_from_their_text() {
        let rate = PayoutRate::parse("0.90").unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), "\"0.9\"");
        assert_eq!(PayoutRate::parse(&rate.to_string()), Ok(rate));
    }

    #[test]
    fn another_currency_without_a_rate_is_paid_in_the_shops() {
        let terms = PayoutTerms::new(Currency::USD, Some(currency("EUR")), None);
        assert_eq!(terms, PayoutTerms::same(Currency::USD));
        let rate = PayoutRate::parse("2").ok();
        let same = PayoutTerms::new(Currency::USD, Some(Currency::USD), rate);
        assert_eq!(same, PayoutTerms::same(Currency::USD));
    }

    #[test]
    fn the_largest_amounts_do_not_overflow() {
        let rate = PayoutRate::parse("999999999999").unwrap();
        assert_eq!(rate.convert(i64::MAX, currency("JPY"), currency("KWD")), i64::MAX);
    }
}
