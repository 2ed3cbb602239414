//! A link as a QR code, drawn as one SVG path: sharp at any size and in print.

use qrcodegen::{QrCode as Encoded, QrCodeEcc};

use super::QrCode;

/// Modules that stay light around the code, as scanners ask for.
const QUIET: i32 = 4;

/// The code of a link; none for one that is too long for any.
#[must_use]
pub fn qr_code(link: &str) -> Option<QrCode> {
    let code = Encoded::encode_text(link, QrCodeEcc::Medium).ok()?;
    let mut path = String::new();
    for y in 0..code.size() {
        for x in 0..code.size() {
            if code.get_module(x, y) {
                path.push_str(&format!("M{},{}h1v1h-1z", x + QUIET, y + QUIET));
            }
        }
    }
    Some(QrCode { side: code.size() + 2 * QUIET, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_becomes_a_square_with_its_three_corners() {
        let code = qr_code("https://shop.example/?ref=ANNA").unwrap();
        assert_eq!(code.side, 29 + 2 * QUIET);
        // The outer corner of each finder pattern.
        for corner in ["M4,4h", "M32,4h", "M4,32h"] {
            assert!(code.path.contains(corner), "{corner}");
        }
        assert!(!code.path.contains("M3,") && !code.path.contains(",3h"), "it is quiet around");
        assert_eq!(qr_code(&"x".repeat(5_000)), None);
    }
}
