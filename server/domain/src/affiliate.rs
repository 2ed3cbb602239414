//! Who promotes: status, codes and how codes and e-mail addresses are compared. Not here: hashing
//! an address (the server's fingerprint), or who wins an order (`attribution`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Where an affiliate stands with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AffiliateStatus {
    /// Applied, not yet decided.
    Pending,
    /// May earn.
    Active,
    /// Application refused.
    Denied,
    /// Shut out later.
    Blocked,
}

impl AffiliateStatus {
    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Active => "active",
            Self::Denied => "denied",
            Self::Blocked => "blocked",
        }
    }

    /// The inverse of [`AffiliateStatus::as_str`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Active, Self::Denied, Self::Blocked]
            .into_iter()
            .find(|status| status.as_str() == text)
    }

    /// Only active affiliates are credited (G86).
    #[must_use]
    pub const fn may_earn(self) -> bool {
        matches!(self, Self::Active)
    }
}

/// A referral code as it stands in links: 1 to 64 of letters, digits, `_`, `.` and `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code(String);

/// The text cannot be a referral code.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a code has 1 to 64 letters, digits, '_', '.' or '-'")]
pub struct BadCode;

impl Code {
    /// Most characters a code may have.
    pub const LENGTH_MAX: usize = 64;

    /// Reads a code.
    ///
    /// ```
    /// # use domain::affiliate::Code;
    /// assert!(Code::parse("ANNA_10.de-1").is_ok());
    /// assert!(Code::parse("anna's").is_err());
    /// ```
    ///
    /// # Errors
    /// [`BadCode`] when it is empty, too long or holds another character.
    pub fn parse(text: &str) -> Result<Self, BadCode> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
        if text.is_empty() || text.len() > Self::LENGTH_MAX || !text.bytes().all(is_allowed) {
            return Err(BadCode);
        }
        Ok(Self(text.to_owned()))
    }

    /// The code as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The code as it is compared.
    #[must_use]
    pub fn folded(&self) -> String {
        fold_code(&self.0)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// How codes and coupons are compared: without outer spaces, in lower case.
///
/// ```
/// # use domain::affiliate::fold_code;
/// assert_eq!(fold_code(" ANNA10 "), fold_code("anna10"));
/// ```
#[must_use]
pub fn fold_code(text: &str) -> String {
    text.trim().to_lowercase()
}

/// The one spelling under which a mailbox is known: lower case, without a `+tag`, and for Gmail
/// without dots and under `gmail.com`. None when the text is no address. // G61
///
/// ```
/// # use domain::affiliate::normalise_email;
/// assert_eq!(normalise_email("J.Doe+x@gmail.com").as_deref(), Some("jdoe@gmail.com"));
/// assert_eq!(normalise_email("j.doe@googlemail.com").as_deref(), Some("jdoe@gmail.com"));
/// assert_eq!(normalise_email("J.Doe@example.com").as_deref(), Some("j.doe@example.com"));
/// assert_eq!(normalise_email("nobody"), None);
/// ```
#[must_use]
pub fn normalise_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (mailbox, host) = text.rsplit_once('@')?;
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() || text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return None;
    }
    let is_gmail = matches!(host, "gmail.com" | "googlemail.com");
    let untagged = match mailbox.split_once('+') {
        Some((before, _)) if !before.is_empty() => before,
        _ => mailbox,
    };
    let mailbox = if is_gmail { untagged.replace('.', "") } else { untagged.to_owned() };
    if mailbox.is_empty() {
        return None;
    }
    let host = if is_gmail { "gmail.com" } else { host };
    Some(format!("{mailbox}@{host}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_read_back_from_their_names() {
        for name in ["pending", "active", "denied", "blocked"] {
            assert_eq!(AffiliateStatus::parse(name).unwrap().as_str(), name);
        }
        assert_eq!(AffiliateStatus::parse("Active"), None);
    }

    #[test]
    fn only_active_affiliates_may_earn() {
        assert!(AffiliateStatus::Active.may_earn());
        assert!(!AffiliateStatus::Pending.may_earn());
        assert!(!AffiliateStatus::Blocked.may_earn());
    }

    #[test]
    fn codes_refuse_what_a_link_could_not_carry() {
        for bad in ["", "a b", "ä", "a/b", "a&b=c", &"x".repeat(65)] {
            assert_eq!(Code::parse(bad), Err(BadCode), "{bad:?}");
        }
        assert!(Code::parse(&"x".repeat(64)).is_ok());
        assert!(serde_json::from_str::<Code>("\"a b\"").is_err());
    }

    #[test]
    fn addresses_that_are_none_have_no_normal_form() {
        for bad in ["", "@", "@gmail.com", "a@", "...@gmail.com", "a b@gmail.com", "a@b\n.com"] {
            assert_eq!(normalise_email(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn tags_are_dropped_everywhere_and_dots_only_at_gmail() {
        assert_eq!(normalise_email("a.b+shop@web.de").as_deref(), Some("a.b@web.de"));
        assert_eq!(normalise_email("+x@web.de").as_deref(), Some("+x@web.de"));
        assert_eq!(normalise_email("\"a@b\"@web.de").as_deref(), Some("\"a@b\"@web.de"));
    }
}
