//! Pictures that a merchant uploads: which kinds are taken, and how large they are, read from their
//! first bytes and never from what the browser says about them.

/// What a picture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PictureFacts {
    /// `image/png`, `image/jpeg` or `image/gif`.
    pub media_type: &'static str,
    /// In pixels.
    pub width: u16,
    /// In pixels.
    pub height: u16,
}

/// Largest side that is taken.
pub const SIDE_MAX: u16 = 4_096;

/// Reads the beginning of a PNG, JPEG or GIF; none for anything else, SVG above all, which could hold
/// a script.
#[must_use]
pub fn picture_facts(bytes: &[u8]) -> Option<PictureFacts> {
    let (media_type, (width, height)) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        ("image/png", png_size(bytes)?)
    } else if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        ("image/gif", gif_size(bytes)?)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        ("image/jpeg", jpeg_size(bytes)?)
    } else {
        return None;
    };
    let is_sane = (1..=SIDE_MAX).contains(&width) && (1..=SIDE_MAX).contains(&height);
    is_sane.then_some(PictureFacts { media_type, width, height })
}

fn png_size(bytes: &[u8]) -> Option<(u16, u16)> {
    let side = |from: usize| {
        let four: [u8; 4] = bytes.get(from..from + 4)?.try_into().ok()?;
        u16::try_from(u32::from_be_bytes(four)).ok()
    };
    Some((side(16)?, side(20)?))
}

fn gif_size(bytes: &[u8]) -> Option<(u16, u16)> {
    let side = |from: usize| {
        let two: [u8; 2] = bytes.get(from..from + 2)?.try_into().ok()?;
        Some(u16::from_le_bytes(two))
    };
    Some((side(6)?, side(8)?))
}

/// Goes from segment to segment to the one that begins the frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u16, u16)> {
    let two = |from: usize| {
        let two: [u8; 2] = bytes.get(from..from + 2)?.try_into().ok()?;
        Some(u16::from_be_bytes(two))
    };
    let mut at = 2;
    loop {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        // Frames of any coding; not the tables in between (DHT, JPG, DAC).
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            return Some((two(at + 7)?, two(at + 5)?));
        }
        at += 2 + usize::from(two(at + 2)?.max(2));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_and_the_size_are_read_from_the_bytes() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01\x2c\0\0\0\xfa\x08\x06\0\0\0";
        let facts = PictureFacts { media_type: "image/png", width: 300, height: 250 };
        assert_eq!(picture_facts(png), Some(facts));
        let gif = b"GIF89a\x2c\x01\xfa\0\0\0\0";
        assert_eq!(picture_facts(gif), Some(PictureFacts { media_type: "image/gif", ..facts }));
        let jpeg =
            b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0\0\x11\x08\0\xfa\x01\x2c";
        assert_eq!(picture_facts(jpeg), Some(PictureFacts { media_type: "image/jpeg", ..facts }));
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for bytes in [
            &b""[..],
            b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
            b"\x89PNG\r\n\x1a\n",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff\xff\xff\xff\0\0\0\x01",
            b"GIF89a\0\0\0\0",
            b"\xff\xd8\xff\xe0\xff\xff",
            b"<html>GIF89a",
        ] {
            assert_eq!(picture_facts(bytes), None, "{bytes:?}");
        }
    }
}
