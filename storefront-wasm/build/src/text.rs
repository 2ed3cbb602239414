//! The module as a JavaScript string: one character for each byte, from `#` on, so that none is a quote
//! or ends the line. Those of high bytes take two bytes of UTF-8, whose first is nearly always the same:
//! on the wire that is a tenth smaller than hex, and a fifth smaller than base64.

/// The character of byte 0.
const FIRST: u8 = b'#';

/// What stands between the quotes.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let letter = |byte: &u8| char::from_u32(u32::from(FIRST) + u32::from(*byte));
    bytes.iter().filter_map(letter).collect::<String>().replace('\\', "\\\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_back() {
        let bytes: Vec<u8> = (0..=255).chain((0..=255).rev()).collect();
        let text = encode(&bytes);
        assert!(!text.contains(['"', '\n', '\r']), "it stands between quotes");
        // As `host.js` does it, of the string that JavaScript reads.
        let read = text.replace("\\\\", "\\");
        let decoded: Vec<u32> =
            read.chars().map(|letter| u32::from(letter) - u32::from(FIRST)).collect();
        assert_eq!(decoded, bytes.iter().map(|byte| u32::from(*byte)).collect::<Vec<_>>());
    }
}
