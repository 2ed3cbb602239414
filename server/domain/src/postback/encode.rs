//! How a substituted value is written so that it can never leave its slot (E2). Not here: the
//! affiliate's literal text, which is not encoded (`url_template`).

/// Where in the request a value lands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Slot {
    /// Path of the URL.
    Path,
    /// Query of the URL.
    Query,
    /// A form body.
    Form,
    /// Between the quotes of a JSON string.
    JsonString,
    /// In JSON without quotes: a number, `true`, `false` or `null`.
    JsonBare,
    /// A header's value.
    Header,
}

/// Writes `value` for `slot`; none when the slot cannot carry it at all.
///
/// ```
/// # use domain::postback::encode::{Slot, encode};
/// assert_eq!(encode("fb ads/x=1", Slot::Query).as_deref(), Some("fb%20ads%2Fx%3D1"));
/// assert_eq!(encode("fb ads", Slot::Form).as_deref(), Some("fb+ads"));
/// assert_eq!(encode("9.00", Slot::JsonBare).as_deref(), Some("9.00"));
/// assert_eq!(encode("a\r\nHost: evil", Slot::Header), None);
/// ```
#[must_use]
pub fn encode(value: &str, slot: Slot) -> Option<String> {
    match slot {
        Slot::Path | Slot::Query => Some(percent_encode(value)),
        Slot::Form => Some(form_encode(value)),
        Slot::JsonString => Some(json_escape(value)),
        Slot::JsonBare => is_bare_json(value).then(|| value.to_owned()),
        Slot::Header => is_header_text(value).then(|| value.to_owned()),
    }
}

/// Everything but `A–Z a–z 0–9 - . _ ~` as `%XX` of its UTF-8 bytes.
#[must_use]
pub fn percent_encode(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            push_percent(&mut out, byte);
        }
    }
    out
}

/// `application/x-www-form-urlencoded`: a space is `+`.
#[must_use]
pub fn form_encode(value: &str) -> String {
    url::form_urlencoded::byte_serialize(value.as_bytes()).collect()
}

/// The inside of a JSON string, without its quotes.
#[must_use]
pub fn json_escape(value: &str) -> String {
    let quoted = serde_json::Value::from(value).to_string();
    quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .map(str::to_owned)
        .unwrap_or_default()
}

/// One byte as `%XX`.
pub(super) fn push_percent(out: &mut String, byte: u8) {
    out.push('%');
    for nibble in [byte >> 4, byte & 0x0f] {
        out.extend(char::from_digit(u32::from(nibble), 16).map(|digit| digit.to_ascii_uppercase()));
    }
}

/// True for text that a header can carry: printable ASCII. No CR, LF, NUL or other control.
#[must_use]
pub fn is_header_text(value: &str) -> bool {
    value.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

fn is_bare_json(value: &str) -> bool {
    use serde_json::Value;
    !value.contains(|c: char| c.is_whitespace())
        && matches!(
            serde_json::from_str(value),
            Ok(Value::Null | Value::Bool(_) | Value::Number(_))
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn e02_a_space_is_percent_20_in_a_url_and_a_plus_in_a_form() {
        assert_eq!(percent_encode("fb ads/été&x=1"), "fb%20ads%2F%C3%A9t%C3%A9%26x%3D1");
        assert_eq!(form_encode("fb ads/été&x=1"), "fb+ads%2F%C3%A9t%C3%A9%26x%3D1");
        assert_eq!(percent_encode("#1001"), "%231001");
        assert_eq!(percent_encode("-._~+"), "-._~%2B");
    }

    #[test]
    fn e02_json_text_is_escaped_and_nothing_else() {
        assert_eq!(json_escape("a\"b\\c\n/é"), "a\\\"b\\\\c\\n/é");
    }

    #[test]
    fn e02_a_bare_json_slot_takes_numbers_and_the_three_words_only() {
        for good in ["9.00", "-2.70", "0", "true", "false", "null", "5678901234567"] {
            assert_eq!(encode(good, Slot::JsonBare).as_deref(), Some(good));
        }
        for bad in
            ["", "abc", "1,\"x\":2", "[1]", "{}", "\"a\"", " 1", "1 ", "01", "0x1", "NaN", "1e999"]
        {
            assert_eq!(encode(bad, Slot::JsonBare), None, "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn e02_no_value_leaves_a_url_slot(value in any::<String>()) {
            let encoded = percent_encode(&value);
            prop_assert!(
                encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b))
            );
            let parsed = url::Url::parse(&format!("https://h.test/?a={encoded}&b=1")).unwrap();
            let pairs: Vec<_> = parsed.query_pairs().collect();
            prop_assert_eq!(pairs.len(), 2);
            prop_assert_eq!(&pairs[0].1, &value);
        }

        #[test]
        fn e02_no_value_leaves_a_form_slot(value in any::<String>()) {
            let body = format!("a={}&b=1", form_encode(&value));
            let pairs: Vec<_> = url::form_urlencoded::parse(body.as_bytes()).collect();
            prop_assert_eq!(pairs.len(), 2);
            prop_assert_eq!(&pairs[0].1, &value);
        }

        #[test]
        fn e02_no_value_leaves_a_json_string(value in any::<String>()) {
            let body = format!("{{\"a\":\"{}\"}}", json_escape(&value));
            let parsed: serde_json::Value = serde_json::from_str(&body).unwrap();
            prop_assert_eq!(parsed, serde_json::json!({ "a": value }));
        }

        #[test]
        fn e02_no_value_leaves_a_bare_json_slot(value in "\\PC{0,12}|[-0-9.eE+]{1,12}") {
            if let Some(encoded) = encode(&value, Slot::JsonBare) {
                let parsed: Vec<serde_json::Value> =
                    serde_json::from_str(&format!("[{encoded},1]")).unwrap();
                prop_assert_eq!(parsed.len(), 2);
            }
        }

        #[test]
        fn e02_no_value_leaves_a_header(value in any::<String>()) {
            match encode(&value, Slot::Header) {
                Some(encoded) => prop_assert!(encoded.bytes().all(|b| (0x20..0x7f).contains(&b))),
                None => prop_assert!(value.bytes().any(|b| !(0x20..0x7f).contains(&b))),
            }
        }
    }
}
