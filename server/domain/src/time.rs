//! Instants. The domain never reads a clock: the time is always an argument.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// Seconds in a day; windows and holds count days of this length, never calendar days.
pub const DAY_S: i64 = 86_400;

/// An instant, in microseconds since the Unix epoch: what both databases can keep exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct UtcTime(i64);

/// The text is not an RFC 3339 time.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an RFC 3339 time: {0:?}")]
pub struct BadTime(pub String);

impl UtcTime {
    /// From microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch, rounded towards the past.
    #[must_use]
    pub const fn unix_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Reads RFC 3339 with any offset; digits past the microsecond are cut off.
    ///
    /// ```
    /// # use domain::time::UtcTime;
    /// let local = UtcTime::parse("2026-11-01T10:00:00-05:00").unwrap();
    /// assert_eq!(local.to_string(), "2026-11-01T15:00:00Z");
    /// ```
    ///
    /// # Errors
    /// [`BadTime`] when the text is anything else.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        let timestamp: Timestamp = text.parse().ok().ok_or_else(|| BadTime(text.to_owned()))?;
        Ok(timestamp.into())
    }

    /// This instant moved by whole seconds (back when negative); saturates at the ends of time.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// This instant moved by milliseconds.
    #[must_use]
    pub const fn plus_millis(self, millis: i64) -> Self {
        Self(self.0.saturating_add(millis.saturating_mul(1_000)))
    }

    /// This instant moved by days of 86,400 s.
    #[must_use]
    pub const fn plus_days(self, days: i64) -> Self {
        self.plus_seconds(days.saturating_mul(DAY_S))
    }

    /// Seconds from `earlier` to `self`, rounded towards the past.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    /// As a jiff timestamp, for calendars and formatting.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl From<Timestamp> for UtcTime {
    fn from(value: Timestamp) -> Self {
        Self(value.as_microsecond())
    }
}

impl fmt::Display for UtcTime {
    /// RFC 3339 in UTC, with a fraction only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.timestamp().fmt(f)
    }
}

impl Serialize for UtcTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for UtcTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(D::Error::custom)
    }
}

/// A length of time for logs and pages: `1.5 s`, `250 ms`; `< 1 ms` when nothing was measured.
#[must_use]
pub fn readable_millis(millis: i64) -> String {
    match millis {
        ..=0 => "< 1 ms".to_owned(),
        1..1_000 => format!("{millis} ms"),
        _ => {
            let tenths = millis.saturating_add(50) / 100;
            match (tenths / 10, tenths % 10) {
                (seconds, 0) => format!("{seconds} s"),
                (seconds, tenth) => format!("{seconds}.{tenth} s"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_within_a_millisecond_is_not_said_to_take_no_time() {
        let shown: Vec<_> =
            [0, 1, 250, 999, 1_000, 1_540, 9_990].into_iter().map(readable_millis).collect();
        assert_eq!(shown, ["< 1 ms", "1 ms", "250 ms", "999 ms", "1 s", "1.5 s", "10 s"]);
    }
}
