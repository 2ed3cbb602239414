//! A plain HTTP/1.1 connection for prepared requests: cheap enough to load a server with, and with
//! nothing in it that could repeat or repair a request. Not for answers in chunks.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A connection that is kept between requests.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, unread: Vec::with_capacity(4_096) })
    }

    /// Sends a whole request and returns the status of its answer, whose body is read and dropped.
    ///
    /// # Errors
    /// When the connection breaks or the answer is not one that this understands. Whether the
    /// request had its effect is then unknown, and the connection cannot be used again.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        let (status, length) = loop {
            if let Some(answer) = read_answer(&self.unread)? {
                break answer;
            }
            self.read_more().await?;
        };
        while self.unread.len() < length {
            self.read_more().await?;
        }
        self.unread.drain(..length);
        Ok(status)
    }

    async fn read_more(&mut self) -> Result<()> {
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Status and length, head and body, once the whole head is there.
fn read_answer(bytes: &[u8]) -> Result<Option<(u16, usize)>> {
    let Some(head_bytes) = find(bytes, b"\r\n\r\n") else { return Ok(None) };
    let head = bytes.get(..head_bytes).unwrap_or_default();
    let head = std::str::from_utf8(head).map_err(|_not_text| bad("not text"))?;
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    let body = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    let status = status.ok_or_else(|| bad("no status"))?;
    match body {
        Some(body) => Ok(Some((status, head_bytes + 4 + body))),
        None if status == 204 => Ok(Some((status, head_bytes + 4))),
        None => Err(bad("an answer without a length")),
    }
}

/// Where `wanted` begins.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

fn bad(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_known_once_its_head_is_there() {
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
        assert_eq!(read_answer(&whole[..30]).unwrap(), None);
        assert_eq!(read_answer(whole).unwrap(), Some((200, whole.len())));
        let empty = b"HTTP/1.1 204 No Content\r\n\r\n";
        assert_eq!(read_answer(empty).unwrap(), Some((204, empty.len())));
    }

    #[test]
    fn an_answer_whose_end_is_unknown_is_refused() {
        let chunks = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
        assert!(read_answer(chunks).is_err());
        assert!(read_answer(b"SSH-2.0\r\n\r\n").is_err());
    }
}
