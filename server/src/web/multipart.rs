//! Forms with a file (`multipart/form-data`), read from a body that is in memory already: our own
//! pages send one small picture. Streams, nested parts and encodings are not for us; a reader for
//! them would be a library with ten dependencies.

use super::forms::Fields;

/// A form that may hold a file.
#[derive(Debug, Default)]
pub struct Upload {
    /// Its fields.
    pub fields: Fields,
    /// The bytes of the first file that is not empty.
    pub file: Option<Vec<u8>>,
}

/// Most parts that are read.
const PARTS_MAX: usize = 50;

impl Upload {
    /// Reads a body by its content type; an empty form for what is no form.
    #[must_use]
    pub fn read(content_type: &str, body: &[u8]) -> Self {
        let Some(boundary) = boundary_of(content_type) else {
            return Self { fields: Fields::read(body), file: None };
        };
        let mut pairs = Vec::new();
        let mut file = None;
        for part in parts(body, &boundary).take(PARTS_MAX) {
            let Some((head, content)) = split_once(part, b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(head);
            let Some(name) = parameter(&head, "name") else { continue };
            if parameter(&head, "filename").is_some() {
                if file.is_none() && !content.is_empty() {
                    file = Some(content.to_vec());
                }
            } else {
                pairs.push((name, String::from_utf8_lossy(content).into_owned()));
            }
        }
        Self { fields: Fields::of_pairs(pairs), file }
    }
}

fn boundary_of(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    let is_form = kind.trim().eq_ignore_ascii_case("multipart/form-data");
    let (_, boundary) = rest.split_once("boundary=")?;
    let boundary = boundary.split(';').next().unwrap_or_default().trim().trim_matches('"');
    (is_form && (1..=70).contains(&boundary.len())).then(|| boundary.to_owned())
}

/// What lies between the boundaries, without the line ends around it.
fn parts<'a>(body: &'a [u8], boundary: &str) -> impl Iterator<Item = &'a [u8]> {
    let mark = format!("\r\n--{boundary}");
    let first = format!("--{boundary}");
    let mut rest = body.strip_prefix(first.as_bytes());
    std::iter::from_fn(move || {
        let present = rest?.strip_prefix(b"\r\n")?;
        let (part, after) = split_once(present, mark.as_bytes())?;
        rest = Some(after);
        Some(part)
    })
}

/// The value of `name="…"` in the head of a part.
fn parameter(head: &str, name: &str) -> Option<String> {
    let line = head.lines().find(|line| {
        line.get(..20).is_some_and(|start| start.eq_ignore_ascii_case("content-disposition:"))
    })?;
    line.split(';').find_map(|piece| {
        let (known, value) = piece.trim().split_once('=')?;
        (known == name).then(|| value.trim_matches('"').to_owned())
    })
}

fn split_once<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    Some((bytes.get(..at)?, bytes.get(at + mark.len()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPE: &str = "multipart/form-data; boundary=----WebKitFormBoundaryX";

    fn body(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (head, content) in parts {
            body.extend_from_slice(
                b"------WebKitFormBoundaryX\r\nContent-Disposition: form-data; ",
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(b"\r\n\r\n");
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"------WebKitFormBoundaryX--\r\n");
        body
    }

    #[test]
    fn fields_and_a_file_are_read_byte_for_byte() {
        let picture = b"\x89PNG\r\n\x1a\n--\r\n\0\xff";
        let sent = body(&[
            ("name=\"csrf\"", b"token"),
            ("name=\"picture\"; filename=\"a;b.png\"\r\nContent-Type: image/png", picture),
            ("name=\"name\"", "Tee für zwei".as_bytes()),
        ]);
        let upload = Upload::read(TYPE, &sent);
        assert_eq!(upload.fields.value("csrf"), "token");
        assert_eq!(upload.fields.value("name"), "Tee für zwei");
        assert_eq!(upload.file.as_deref(), Some(&picture[..]));
    }

    #[test]
    fn no_file_chosen_is_no_file_and_nonsense_is_an_empty_form() {
        let sent = body(&[("name=\"picture\"; filename=\"\"", b"")]);
        assert_eq!(Upload::read(TYPE, &sent).file, None);
        for broken in [&b""[..], b"------WebKitFormBoundaryX", b"\r\n\r\n", b"--x\r\n\r\n--x--"] {
            let upload = Upload::read(TYPE, broken);
            assert_eq!((upload.fields.value("csrf"), upload.file), ("", None));
        }
        let plain = Upload::read("application/x-www-form-urlencoded", b"csrf=t");
        assert_eq!(plain.fields.value("csrf"), "t");
    }
}
