//! The token that travels in the cart from the visit to the order: `v1.<payload>.<mac>`. The
//! browser is untrusted, so the payload only names a visitor of one shop, and the clicks that count
//! are the ones we recorded ourselves.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{ids::ShopId, time::UtcTime};
use subtle::ConstantTimeEq;

use crate::secrets::{MasterKey, Purpose, mac};

/// Tokens older than this are refused; no attribution window may be longer (domain rules 3.1).
pub const MAX_AGE_DAYS: i64 = 3_652;
const MAC_BYTES: usize = 16;
/// Letters that milliseconds since 1970 have in base 36, from 1972 until 2059.
const TIME_CHARS: usize = 8;
/// Of a visitor's key, what cannot be guessed.
const VISITOR_BYTES: usize = 12;
const MAX_TOKEN_BYTES: usize = 256;

/// Signs and reads visit tokens.
#[derive(Debug, Clone)]
pub struct VisitTokens {
    key: [u8; 32],
}

impl VisitTokens {
    /// With the key derived for this purpose.
    #[must_use]
    pub fn new(master: &MasterKey) -> Self {
        Self { key: master.derive(Purpose::VisitToken) }
    }

    /// The token for a visitor, as the storefront puts it into the cart.
    #[must_use]
    pub fn sign(&self, shop: ShopId, visitor: &str, at: UtcTime) -> String {
        let payload = URL_SAFE_NO_PAD.encode(format!("{shop}:{}:{visitor}", at.unix_seconds()));
        let tag = self.tag(&payload);
        format!("v1.{payload}.{}", URL_SAFE_NO_PAD.encode(tag))
    }

    /// The visitor that a token names, if we signed it for this shop and it is not too old.
    /// Anything else (forged, another shop's, cut, oversized) is nobody.
    #[must_use]
    pub fn visitor(&self, shop: ShopId, token: &str, now: UtcTime) -> Option<String> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let mut parts = token.strip_prefix("v1.")?.splitn(2, '.');
        let (payload, tag) = (parts.next()?, parts.next()?);
        let tag = URL_SAFE_NO_PAD.decode(tag).ok()?;
        if !bool::from(self.tag(payload).as_slice().ct_eq(&tag)) {
            return None;
        }
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
        let mut fields = text.splitn(3, ':');
        let (token_shop, at, visitor) = (fields.next()?, fields.next()?, fields.next()?);
        let at: i64 = at.parse().ok()?;
        let is_ours = token_shop == shop.to_string();
        let is_fresh = now.unix_seconds().saturating_sub(at) <= MAX_AGE_DAYS * domain::time::DAY_S;
        (is_ours && is_fresh).then(|| visitor.to_owned())
    }

    /// The visitor of a first report. The same report sent again names the same visitor, so that it
    /// is recognised without a list of reports; nobody can guess another's.
    ///
    /// It begins as the report's id does, for our own script with the time: new visitors come at the
    /// end of the index of clicks, and a commit touches few of its pages.
    #[must_use]
    pub fn visitor_of_report(&self, shop: ShopId, report_id: &str) -> String {
        let digest =
            mac(&self.key, &[b"report:", shop.to_string().as_bytes(), b":", report_id.as_bytes()]);
        let mut visitor: String = report_id.chars().take(TIME_CHARS).collect();
        visitor.push_str(&URL_SAFE_NO_PAD.encode(digest.get(..VISITOR_BYTES).unwrap_or_default()));
        visitor
    }

    fn tag(&self, payload: &str) -> Vec<u8> {
        mac(&self.key, &[payload.as_bytes()]).into_iter().take(MAC_BYTES).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_names_the_same_visitor_again_and_new_ones_in_their_order() {
        let tokens = VisitTokens::new(&MasterKey::generate().unwrap());
        let visitor = |shop, report| tokens.visitor_of_report(ShopId(shop), report);
        let first = visitor(7, "mi8x0a1b-4d3a-8b2c-1234567890ab");
        assert_eq!(first, visitor(7, "mi8x0a1b-4d3a-8b2c-1234567890ab"));
        assert!(first < visitor(7, "mi8x0a1c-4d3a-8b2c-1234567890ab"));
        assert_ne!(first, visitor(7, "mi8x0a1b-4d3a-8b2c-1234567890ac"));
        assert_ne!(first, visitor(8, "mi8x0a1b-4d3a-8b2c-1234567890ab"));
    }

    #[test]
    fn only_our_own_token_of_this_shop_names_a_visitor() {
        let tokens = VisitTokens::new(&MasterKey::generate().unwrap());
        let now = UtcTime::parse("2026-03-01T10:00:00Z").unwrap();
        let token = tokens.sign(ShopId(7), "0199-abc", now);
        assert_eq!(tokens.visitor(ShopId(7), &token, now).as_deref(), Some("0199-abc"));
        assert_eq!(tokens.visitor(ShopId(8), &token, now), None);
        assert_eq!(tokens.visitor(ShopId(7), &token, now.plus_days(MAX_AGE_DAYS + 1)), None);
        for index in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[index] ^= 1;
            let altered = String::from_utf8_lossy(&bytes).into_owned();
            assert_eq!(tokens.visitor(ShopId(7), &altered, now), None, "byte {index} changed");
        }
        let other = VisitTokens::new(&MasterKey::generate().unwrap());
        assert_eq!(other.visitor(ShopId(7), &token, now), None);
    }
}
