//! What a fake receiver does with a request: answer well, badly, slowly or never.

use std::future::pending;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::sleep;

/// A status with headers and body, or bytes of any kind; and what happens to the connection then.
#[derive(Debug, Clone)]
pub struct Answer {
    steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Step {
    Send(Vec<u8>),
    Wait(Duration),
    Drip { bytes: Vec<u8>, every: Duration },
    Repeat(Vec<u8>),
    Hang,
    Close,
    Reset,
}

impl Answer {
    /// An empty answer with this status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self::with(status, &[], "")
    }

    /// An answer with this status and body.
    #[must_use]
    pub fn body(status: u16, body: &str) -> Self {
        Self::with(status, &[], body)
    }

    /// A redirect.
    #[must_use]
    pub fn redirect(status: u16, location: &str) -> Self {
        Self::with(status, &[("location", location)], "")
    }

    /// A whole answer. The length is added, except to a 204.
    #[must_use]
    pub fn with(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut text = format!("HTTP/1.1 {status} Status\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if status != 204 {
            text.push_str(&format!("content-length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        Self::raw(text)
    }

    /// Exactly these bytes, whatever they are.
    #[must_use]
    pub fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { steps: vec![Step::Send(bytes.into())] }
    }

    /// Never a byte.
    #[must_use]
    pub fn hang() -> Self {
        Self { steps: vec![Step::Hang] }
    }

    /// The connection is closed without a byte.
    #[must_use]
    pub fn close() -> Self {
        Self { steps: vec![Step::Close] }
    }

    /// The connection is reset without a byte.
    #[must_use]
    pub fn reset() -> Self {
        Self { steps: vec![Step::Reset] }
    }

    /// The same answer, this much later.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        self.steps.insert(0, Step::Wait(wait));
        self
    }

    /// Then these bytes one by one with a pause after each.
    #[must_use]
    pub fn then_drip(self, bytes: impl Into<Vec<u8>>, every: Duration) -> Self {
        self.then(Step::Drip { bytes: bytes.into(), every })
    }

    /// Then these bytes again and again for as long as somebody reads.
    #[must_use]
    pub fn then_repeat(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.then(Step::Repeat(bytes.into()))
    }

    /// Then silence, with the connection open.
    #[must_use]
    pub fn then_hang(self) -> Self {
        self.then(Step::Hang)
    }

    /// Then the connection is closed.
    #[must_use]
    pub fn then_close(self) -> Self {
        self.then(Step::Close)
    }

    /// Then the connection is reset (RST).
    #[must_use]
    pub fn then_reset(self) -> Self {
        self.then(Step::Reset)
    }

    fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Does it. Returns whether the connection can carry another request.
    pub(super) async fn give(self, stream: &mut TcpStream) -> bool {
        for step in self.steps {
            let done = match step {
                Step::Send(bytes) => stream.write_all(&bytes).await,
                Step::Wait(wait) => {
                    sleep(wait).await;
                    Ok(())
                }
                Step::Drip { bytes, every } => drip(stream, &bytes, every).await,
                Step::Repeat(bytes) => loop {
                    if let Err(error) = stream.write_all(&bytes).await {
                        break Err(error);
                    }
                },
                Step::Hang => pending().await,
                Step::Close => return false,
                Step::Reset => {
                    // What was sent has to arrive before the reset overtakes it.
                    sleep(Duration::from_millis(50)).await;
                    let _ = stream.set_zero_linger();
                    return false;
                }
            };
            if done.is_err() {
                return false;
            }
        }
        true
    }
}

async fn drip(stream: &mut TcpStream, bytes: &[u8], every: Duration) -> std::io::Result<()> {
    for byte in bytes {
        stream.write_all(&[*byte]).await?;
        sleep(every).await;
    }
    Ok(())
}
