//! The `Retry-After` header: seconds, or an HTTP date.

use jiff::fmt::rfc2822::DateTimeParser;

use crate::time::UtcTime;

/// How many seconds from `now` a receiver asks to wait; none for what is neither form, 0 for a date
/// that has passed.
///
/// ```
/// # use domain::{retry::retry_after_seconds, time::UtcTime};
/// let now = UtcTime::parse("1994-11-06T08:49:07Z").unwrap();
/// assert_eq!(retry_after_seconds("120", now), Some(120));
/// assert_eq!(retry_after_seconds("Sun, 06 Nov 1994 08:49:37 GMT", now), Some(30));
/// assert_eq!(retry_after_seconds("soon", now), None);
/// ```
#[must_use]
pub fn retry_after_seconds(text: &str, now: UtcTime) -> Option<i64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.parse().unwrap_or(i64::MAX));
    }
    let parser = DateTimeParser::new().relaxed_weekday(true);
    let at = UtcTime::from(parser.parse_timestamp(text).ok()?);
    Some(at.seconds_since(now).max(0))
}
