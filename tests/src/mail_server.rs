//! A mail server on loopback that takes everything and keeps it: enough of SMTP for a program that
//! sends, without encryption or log-in.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::PATIENCE;

/// A mail as it was handed over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Addresses of the envelope.
    pub to: Vec<String>,
    /// Headers and text, as sent.
    pub message: String,
}

impl Taken {
    /// A header's value, if it stands on one line.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let head = self.message.split("\r\n\r\n").next()?;
        head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

impl Taken {
    /// The text, with quoted-printable undone.
    #[must_use]
    pub fn text(&self) -> String {
        let body = self.message.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let mut bytes = Vec::with_capacity(body.len());
        let mut parts = body.split('=');
        bytes.extend_from_slice(parts.next().unwrap_or_default().as_bytes());
        for part in parts {
            let (code, rest) = part.split_at_checked(2).unwrap_or((part, ""));
            // A line that goes on ends with the sign alone.
            bytes.extend(u8::from_str_radix(code, 16));
            bytes.extend_from_slice(rest.as_bytes());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The server. It ends with the runtime.
#[derive(Debug, Clone)]
pub struct MailServer {
    address: SocketAddr,
    taken: Arc<Mutex<Vec<Taken>>>,
    manners: Arc<Manners>,
}

/// How it treats who calls.
#[derive(Debug, Default)]
struct Manners {
    /// Lets callers wait without a word.
    is_deaf: bool,
    /// Takes so many mails without saying so, and hangs up.
    breaks_off: AtomicUsize,
    calls: AtomicUsize,
}

impl MailServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn start() -> Self {
        Self::with(Manners::default()).await
    }

    /// Starts one that takes the first mails without saying so, and hangs up.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn breaking_off(mails: usize) -> Self {
        Self::with(Manners { breaks_off: mails.into(), ..Manners::default() }).await
    }

    /// Starts one that lets callers wait without a word.
    ///
    /// # Panics
    /// Without a free port.
    pub async fn deaf() -> Self {
        Self::with(Manners { is_deaf: true, ..Manners::default() }).await
    }

    /// Waits until somebody has called.
    ///
    /// # Panics
    /// When nobody does.
    pub async fn is_called(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.manners.calls.load(Ordering::SeqCst) == 0 {
            assert!(Instant::now() < deadline, "nobody calls");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn with(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let server = Self { address, taken: Arc::default(), manners: Arc::new(manners) };
        let own = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = own.clone();
                // Who hangs up in the middle has sent nothing.
                tokio::spawn(async move { drop(server.serve(stream).await) });
            }
        });
        server
    }

    /// For `SMTP_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// What it has taken so far, in order.
    #[must_use]
    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        self.manners.calls.fetch_add(1, Ordering::SeqCst);
        if self.manners.is_deaf {
            std::future::pending::<()>().await;
        }
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 localhost\r\n").await?;
        let mut mail = Taken::default();
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let verb = line.split([' ', '\r']).next().unwrap_or_default().to_ascii_uppercase();
            let answer: &[u8] = match verb.as_str() {
                "EHLO" => b"250-localhost\r\n250 8BITMIME\r\n",
                "RCPT" => {
                    let address = line.split(['<', '>']).nth(1).unwrap_or_default();
                    mail.to.push(address.to_owned());
                    b"250 ok\r\n"
                }
                "DATA" => {
                    stream.write_all(b"354 go on\r\n").await?;
                    mail.message = text(&mut stream).await?;
                    let whole = std::mem::take(&mut mail);
                    self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(whole);
                    let less = |left: usize| left.checked_sub(1);
                    let breaks_off = &self.manners.breaks_off;
                    if breaks_off.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less).is_ok() {
                        return Ok(());
                    }
                    b"250 taken\r\n"
                }
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(());
                }
                _ => b"250 ok\r\n",
            };
            stream.write_all(answer).await?;
        }
    }
}

/// Up to the line with nothing but a full stop.
async fn text(stream: &mut BufReader<TcpStream>) -> std::io::Result<String> {
    let mut whole = String::new();
    loop {
        let before = whole.len();
        let read = stream.read_line(&mut whole).await?;
        let line = whole.get(before..).unwrap_or_default();
        if read == 0 || line == ".\r\n" {
            whole.truncate(before);
            return Ok(whole);
        }
        // A line that begins with a full stop was given another one.
        if line.starts_with('.') {
            whole.remove(before);
        }
    }
}
