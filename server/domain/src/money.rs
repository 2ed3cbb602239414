//! Money: whole minor units and a currency. No float comes near it, and every rounding names its
//! rule. Not here: what a commission is (`commission`).

use std::fmt;

use rust_decimal::{Decimal, prelude::ToPrimitive};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An ISO 4217 currency code in upper case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency([u8; 3]);

/// What is wrong with a currency or an amount.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum MoneyError {
    /// Not three letters.
    #[error("not a currency code: {0:?}")]
    BadCurrency(String),
    /// Not a plain decimal number.
    #[error("not an amount: {0:?}")]
    BadAmount(String),
    /// More decimals than the currency has, and not just zeros.
    #[error("{amount} has more decimals than {currency} allows ({digits})")]
    TooPrecise {
        /// The amount as written.
        amount: String,
        /// Its currency.
        currency: Currency,
        /// Decimals of the currency.
        digits: u32,
    },
    /// Beyond what 64 bits of minor units hold.
    #[error("amount out of range: {0}")]
    OutOfRange(String),
    /// Two currencies where one was needed.
    #[error("cannot mix {0} and {1}")]
    Mixed(Currency, Currency),
}

impl Currency {
    /// US dollar, for examples and tests.
    pub const USD: Self = Self(*b"USD");

    /// Reads a three-letter code, in either case.
    ///
    /// # Errors
    /// [`MoneyError::BadCurrency`].
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            [a, b, c] if text.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase(), c.to_ascii_uppercase()]))
            }
            _ => Err(MoneyError::BadCurrency(text.to_owned())),
        }
    }

    /// The code, upper case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or("XXX")
    }

    /// Decimals of the currency: USD 2, JPY 0, KWD 3. An unknown code has 2, as Shopify does it.
    #[must_use]
    pub fn digits(self) -> u32 {
        iso_currency::Currency::from_code(self.as_str())
            .and_then(iso_currency::Currency::exponent)
            .map_or(2, u32::from)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// An exact amount: minor units (cents, yen, fils) of one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Whole minor units; negative for what is taken back.
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl Money {
    /// Nothing, in a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// From minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads a plain decimal such as `"90"`, `"90.00"`, `"6600.0"`. More places than the currency
    /// has are accepted only when they are zeros (JPY `"6600.00"`).
    ///
    /// ```
    /// # use domain::money::{Currency, Money};
    /// let kwd = Currency::parse("KWD").unwrap();
    /// assert_eq!(Money::parse("11.110", kwd).unwrap().minor, 11_110);
    /// assert!(Money::parse("1.005", Currency::USD).is_err());
    /// ```
    ///
    /// # Errors
    /// [`MoneyError`] when it is not such a number or does not fit.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        let decimal = plain_decimal(text).ok_or_else(|| MoneyError::BadAmount(text.to_owned()))?;
        Self::from_decimal(decimal, currency)
    }

    /// As [`Money::parse`], from a decimal.
    ///
    /// # Errors
    /// [`MoneyError`] when it is too precise or does not fit.
    pub fn from_decimal(decimal: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.digits();
        let scaled = decimal
            .checked_mul(Decimal::from(10_i64.pow(digits)))
            .ok_or_else(|| MoneyError::OutOfRange(decimal.to_string()))?;
        if !scaled.fract().is_zero() {
            return Err(MoneyError::TooPrecise { amount: decimal.to_string(), currency, digits });
        }
        let minor = scaled.to_i64().ok_or_else(|| MoneyError::OutOfRange(decimal.to_string()))?;
        Ok(Self { minor, currency })
    }

    /// The amount as a plain decimal with the currency's own number of places: `9.00`, `150`,
    /// `11.110`. No thousands mark, no symbol (E8).
    #[must_use]
    pub fn decimal(self) -> String {
        let digits = self.currency.digits();
        let scale = 10_u64.pow(digits);
        let (whole, fraction) =
            (self.minor.unsigned_abs() / scale, self.minor.unsigned_abs() % scale);
        let sign = if self.minor < 0 { "-" } else { "" };
        match usize::try_from(digits).unwrap_or(0) {
            0 => format!("{sign}{whole}"),
            width => format!("{sign}{whole}.{fraction:0width$}"),
        }
    }

    /// Sum, if both have one currency and it fits.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] or [`MoneyError::OutOfRange`].
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed(self.currency, other.currency));
        }
        let minor = self
            .minor
            .checked_add(other.minor)
            .ok_or_else(|| MoneyError::OutOfRange(format!("{self} + {other}")))?;
        Ok(Self { minor, ..self })
    }

    /// True for zero.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

/// A share in basis points: 10 % is 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BasisPoints(pub i64);

impl BasisPoints {
    /// One whole: 100 %.
    pub const WHOLE: i64 = 10_000;

    /// Reads a percentage with up to two decimals: `"7.5"` is 750 basis points.
    ///
    /// # Errors
    /// [`MoneyError::BadAmount`] when it is finer than 0.01 % or no number.
    pub fn parse_percent(text: &str) -> Result<Self, MoneyError> {
        let bad = || MoneyError::BadAmount(text.to_owned());
        let percent = plain_decimal(text).ok_or_else(bad)?;
        let points = percent.checked_mul(Decimal::ONE_HUNDRED).ok_or_else(bad)?;
        if !points.fract().is_zero() {
            return Err(bad());
        }
        points.to_i64().map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for BasisPoints {
    /// As a percentage without needless zeros: `10%`, `7.5%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", Decimal::new(self.0, 2).normalize())
    }
}

/// Reads digits with an optional sign and point, and nothing else: no exponent, no separators.
pub(crate) fn plain_decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    Decimal::from_str_exact(text).ok().filter(|_| is_plain)
}

/// `numerator / denominator` as a whole number, **half away from zero**: the one rounding rule of
/// commissions (domain rules 3.4). The denominator must be positive; 0 gives 0.
///
/// ```
/// # use domain::money::divide_half_away;
/// assert_eq!(divide_half_away(34_825, 10), 3_483); // G15: 34.825 → 34.83
/// assert_eq!(divide_half_away(-25, 10), -3);
/// ```
#[must_use]
pub const fn divide_half_away(numerator: i128, denominator: i128) -> i128 {
    if denominator <= 0 {
        return 0;
    }
    let half = denominator / 2;
    let magnitude = numerator.unsigned_abs().cast_signed();
    let rounded = (magnitude + half) / denominator;
    // For odd denominators no exact half exists, so adding the floor of the half is right as well.
    if numerator < 0 { -rounded } else { rounded }
}

/// Shares `total` over `weights` so that the parts sum to the total: each gets the rounded-down
/// share, then the largest remainders get one unit more, ties in order. All-zero weights give
/// everything to the first; negative weights count as zero.
///
/// ```
/// # use domain::money::allocate;
/// assert_eq!(allocate(10, &[1, 1, 1]), [4, 3, 3]);
/// assert_eq!(allocate(-10, &[1, 1, 1]), [-4, -3, -3]);
/// ```
#[must_use]
pub fn allocate(total: i64, weights: &[i64]) -> Vec<i64> {
    let weights: Vec<i128> = weights.iter().map(|weight| i128::from(*weight)).collect();
    // Products of two 64-bit numbers fit 128 bits, and no part is larger than the total.
    let parts = allocate_wide(i128::from(total), &weights).unwrap_or_default();
    parts.into_iter().map(|part| i64::try_from(part).unwrap_or(total)).collect()
}

/// As [`allocate`], for amounts finer than a minor unit; none when a product leaves 128 bits.
#[must_use]
pub fn allocate_wide(total: i128, weights: &[i128]) -> Option<Vec<i128>> {
    let weights: Vec<i128> = weights.iter().map(|weight| (*weight).max(0)).collect();
    let mut sum = 0_i128;
    for weight in &weights {
        sum = sum.checked_add(*weight)?;
    }
    let mut parts = vec![0_i128; weights.len()];
    if sum == 0 {
        if let Some(first) = parts.first_mut() {
            *first = total;
        }
        return Some(parts);
    }
    let magnitude = total.checked_abs()?;
    let mut remainders = Vec::with_capacity(weights.len());
    let mut left = magnitude;
    for (index, (part, weight)) in parts.iter_mut().zip(&weights).enumerate() {
        let product = magnitude.checked_mul(*weight)?;
        *part = product / sum;
        left -= *part;
        remainders.push((product % sum, index));
    }
    remainders.sort_by_key(|(remainder, _)| std::cmp::Reverse(*remainder));
    for (_, index) in remainders {
        if left == 0 {
            break;
        }
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
            left -= 1;
        }
    }
    if total < 0 {
        for part in &mut parts {
            *part = -*part;
        }
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_are_written_with_the_digits_of_their_currency() {
        let yen = Currency::parse("jpy").unwrap();
        assert_eq!(Money::new(150, yen).decimal(), "150");
        assert_eq!(Money::new(-5, Currency::USD).decimal(), "-0.05");
        assert_eq!(Money::parse("6600.00", yen).unwrap().minor, 6600);
        assert_eq!(Money::new(11_110, Currency::parse("KWD").unwrap()).decimal(), "11.110");
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for bad in ["", "1e5", "1_000", "1,00", "0x10", "NaN", "--1", "1.0.0", " ", "$1"] {
            assert!(Money::parse(bad, Currency::USD).is_err(), "{bad:?}");
            assert!(BasisPoints::parse_percent(bad).is_err(), "{bad:?}");
        }
        assert!(BasisPoints::parse_percent("7.555").is_err());
    }

    proptest! {
        #[test]
        fn written_amounts_read_back(minor in any::<i64>(), code in "USD|JPY|KWD|BHD|EUR") {
            let money = Money::new(minor, Currency::parse(&code).unwrap());
            prop_assert_eq!(Money::parse(&money.decimal(), money.currency), Ok(money));
        }

        #[test]
        fn parts_sum_to_the_whole(
            total in -1_000_000_000_i64..1_000_000_000,
            weights in proptest::collection::vec(0_i64..1_000_000, 1..20),
        ) {
            let parts = allocate(total, &weights);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
        }
    }
}
