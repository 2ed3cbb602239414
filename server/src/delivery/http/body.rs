//! Reads just enough of an answer's body, and makes text of it that is safe to keep and to show.

use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use super::outcome::BodyEnd;

/// How much of a body is kept, in bytes. As text it can be up to three times as long, because an
/// unreadable byte becomes a replacement character.
pub const EXCERPT_BYTES: usize = 4096;

/// How much is read at most. Reading a body to its end lets the connection be used again; beyond
/// this a new connection is cheaper.
const READ_BYTES_MAX: usize = 64 * 1024;

/// Reads the body until it ends, is too long, or `limit` has passed.
pub(super) async fn read_excerpt(mut body: Incoming, limit: Duration) -> (String, BodyEnd) {
    let deadline = Instant::now() + limit;
    let mut kept = Vec::new();
    let mut read = 0;
    let end = loop {
        match timeout_at(deadline, body.frame()).await {
            Err(_) => break BodyEnd::TooSlow,
            Ok(None) => break BodyEnd::Complete,
            Ok(Some(Err(_))) => break BodyEnd::Broken,
            Ok(Some(Ok(frame))) => {
                let Some(data) = frame.data_ref() else {
                    continue;
                };
                read += data.len();
                kept.extend(data.iter().take(EXCERPT_BYTES - kept.len()));
                if read > READ_BYTES_MAX {
                    break BodyEnd::TooLong;
                }
            }
        }
    };
    (safe_text(&kept), end)
}

/// Text for people: invalid UTF-8 becomes U+FFFD, control characters become their pictures (␀), and
/// characters that reorder or hide other text become U+FFFD. A character that was cut in two at the
/// end is dropped. Tabs and line ends stay.
fn safe_text(bytes: &[u8]) -> String {
    let whole = match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.get(..error.valid_up_to()),
        _ => Some(bytes),
    };
    String::from_utf8_lossy(whole.unwrap_or(bytes)).chars().map(safe_char).collect()
}

fn safe_char(c: char) -> char {
    match c {
        '\t' | '\n' | '\r' => c,
        '\u{7f}' => '\u{2421}',
        '\0'..'\u{20}' => {
            char::from_u32(0x2400 + u32::from(c)).unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => char::REPLACEMENT_CHARACTER,
        _ => c,
    }
}

#[cfg(test)]
mod tests;
