//! The chain that makes a ledger tamper-evident (N11): every entry carries its place and a hash over
//! the hash before it and all its own fields, so a changed, removed, inserted or moved entry breaks
//! the chain at its place. Not here: where the end of a chain is kept.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest as _, Sha256};

use crate::{
    ids::{AffiliateId, ConversionId, EntryId, ShopId},
    money::Currency,
    time::UtcTime,
};

/// Names what is hashed and how; another way of hashing gets another name.
const FORMAT: &[u8] = b"tributary ledger entry 1";

/// SHA-256 over an entry and the hash before it. As text: 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ChainHash(pub [u8; 32]);

/// The text is not 64 hexadecimal digits.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a hash has 64 hexadecimal digits")]
pub struct BadHash;

impl ChainHash {
    /// What stands before the first entry.
    pub const START: Self = Self([0; 32]);

    /// Reads 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`BadHash`].
    pub fn parse(text: &str) -> Result<Self, BadHash> {
        let mut bytes = [0_u8; 32];
        let digits = text.as_bytes();
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return Err(BadHash);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            let pair = std::str::from_utf8(pair).ok().ok_or(BadHash)?;
            *byte = u8::from_str_radix(pair, 16).ok().ok_or(BadHash)?;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for ChainHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for ChainHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ChainHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// Everything that an entry's hash covers.
#[derive(Debug, Clone, Copy)]
pub struct ChainedFields<'a> {
    /// Place in the shop's chain, from 1.
    pub seq: i64,
    /// The entry.
    pub id: EntryId,
    /// Whose ledger it is.
    pub shop_id: ShopId,
    /// Whose account it is.
    pub affiliate_id: AffiliateId,
    /// The conversion that changed.
    pub conversion_id: Option<ConversionId>,
    /// When.
    pub at: UtcTime,
    /// What kind of change.
    pub kind: &'a str,
    /// Why.
    pub reason: Option<&'a str>,
    /// The shop's currency.
    pub currency: Currency,
    /// The change.
    pub amount_minor: i64,
    /// The affiliate's currency.
    pub payout_currency: Currency,
    /// The change in the affiliate's currency.
    pub payout_amount_minor: i64,
    /// Which version of the conversion wrote it.
    pub conversion_version: Option<i64>,
}

/// The hash of an entry that follows `previous`.
#[must_use]
pub fn link(previous: &ChainHash, entry: &ChainedFields<'_>) -> ChainHash {
    let mut hash = Hasher(Sha256::new());
    hash.0.update(FORMAT);
    hash.0.update(previous.0);
    hash.integer(entry.seq);
    hash.integer(entry.id.0);
    hash.integer(entry.shop_id.0);
    hash.integer(entry.affiliate_id.0);
    hash.optional(entry.conversion_id.map(|id| id.0));
    hash.integer(entry.at.micros());
    hash.text(Some(entry.kind));
    hash.text(entry.reason);
    hash.text(Some(entry.currency.as_str()));
    hash.integer(entry.amount_minor);
    hash.text(Some(entry.payout_currency.as_str()));
    hash.integer(entry.payout_amount_minor);
    hash.optional(entry.conversion_version);
    ChainHash(hash.0.finalize().into())
}

/// Writes fields so that no two lists of fields give the same bytes: every text has its length, every
/// absent value a mark.
struct Hasher(Sha256);

impl Hasher {
    fn integer(&mut self, value: i64) {
        self.0.update(value.to_be_bytes());
    }

    fn optional(&mut self, value: Option<i64>) {
        self.0.update([u8::from(value.is_some())]);
        self.integer(value.unwrap_or_default());
    }

    fn text(&mut self, value: Option<&str>) {
        let length = value.map(|text| i64::try_from(text.len()).unwrap_or(i64::MAX));
        self.optional(length);
        self.0.update(value.unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fields() -> ChainedFields<'static> {
        ChainedFields {
            seq: 1,
            id: EntryId(2),
            shop_id: ShopId(3),
            affiliate_id: AffiliateId(4),
            conversion_id: Some(ConversionId(5)),
            at: UtcTime::from_micros(6),
            kind: "accrual",
            reason: None,
            currency: Currency::USD,
            amount_minor: 900,
            payout_currency: Currency::USD,
            payout_amount_minor: 900,
            conversion_version: Some(1),
        }
    }

    #[test]
    fn n11_every_field_and_the_hash_before_count() {
        let known = link(&ChainHash::START, &fields());
        let eur = Currency::parse("EUR").unwrap();
        let others = [
            ChainedFields { seq: 2, ..fields() },
            ChainedFields { id: EntryId(3), ..fields() },
            ChainedFields { shop_id: ShopId(4), ..fields() },
            ChainedFields { affiliate_id: AffiliateId(5), ..fields() },
            ChainedFields { conversion_id: None, ..fields() },
            ChainedFields { at: UtcTime::from_micros(7), ..fields() },
            ChainedFields { kind: "refund", ..fields() },
            ChainedFields { reason: Some(""), ..fields() },
            ChainedFields { currency: eur, ..fields() },
            ChainedFields { amount_minor: 901, ..fields() },
            ChainedFields { payout_currency: eur, ..fields() },
            ChainedFields { payout_amount_minor: 899, ..fields() },
            ChainedFields { conversion_version: None, ..fields() },
        ];
        for other in others {
            assert_ne!(link(&ChainHash::START, &other), known, "{other:?}");
        }
        assert_ne!(link(&known, &fields()), known);
        assert_eq!(link(&ChainHash::START, &fields()), known);
    }

    #[test]
    fn n11_text_cannot_move_from_one_field_into_the_next() {
        let one = ChainedFields { kind: "manual", reason: Some("ab"), ..fields() };
        let other = ChainedFields { kind: "manuala", reason: Some("b"), ..fields() };
        assert_ne!(link(&ChainHash::START, &one), link(&ChainHash::START, &other));
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for bad in ["", "00", &"g".repeat(64), &"0".repeat(63), &"é".repeat(32)] {
            assert_eq!(ChainHash::parse(bad), Err(BadHash), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn hashes_read_back_from_their_text(bytes in any::<[u8; 32]>()) {
            let hash = ChainHash(bytes);
            prop_assert_eq!(ChainHash::parse(&hash.to_string()), Ok(hash));
        }
    }
}
