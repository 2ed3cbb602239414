//! Reads a request off the wire without repairing anything.

use std::net::SocketAddr;
use std::time::Instant;

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// `GET`, `POST`.
    pub method: String,
    /// The request target: path and query, byte for byte (raw UTF-8 included).
    pub target: String,
    /// Names in lower case, in order of arrival, repeats included.
    pub headers: Vec<(String, String)>,
    /// As long as `Content-Length` said.
    pub body: Vec<u8>,
    /// Request line, headers and body as they came.
    pub raw: Vec<u8>,
    /// The other end of the connection: equal for requests that shared one.
    pub peer: SocketAddr,
    /// When its last byte had been read.
    pub at: Instant,
}

impl Received {
    /// The first header of this name (given in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The first value of a query parameter, decoded.
    #[must_use]
    pub fn query(&self, name: &str) -> Option<String> {
        let (_, query) = self.target.split_once('?')?;
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.into_owned())
    }
}

/// The next request of a connection, or `None` at its end. `unread` carries what came too early.
pub(super) async fn read(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<Received> {
    let head_end = loop {
        if let Some(at) = unread.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        more(stream, unread).await?;
    };
    let head = String::from_utf8_lossy(unread.get(..head_end)?).into_owned();
    let mut lines = head.split("\r\n");
    let request_line = lines.next()?;
    let (method, rest) = request_line.split_once(' ')?;
    let (target, _version) = rest.rsplit_once(' ')?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers
        .iter()
        .find(|(name, _)| name == "content-length")
        .map_or(Some(0), |(_, value)| value.parse::<usize>().ok())?;
    while unread.len() < head_end + length {
        more(stream, unread).await?;
    }
    let raw: Vec<u8> = unread.drain(..head_end + length).collect();
    Some(Received {
        method: method.to_owned(),
        target: target.to_owned(),
        headers,
        body: raw.get(head_end..)?.to_vec(),
        raw,
        peer: stream.peer_addr().ok()?,
        at: Instant::now(),
    })
}

async fn more(stream: &mut TcpStream, unread: &mut Vec<u8>) -> Option<()> {
    let read = stream.read_buf(unread).await.ok()?;
    (read > 0).then_some(())
}
