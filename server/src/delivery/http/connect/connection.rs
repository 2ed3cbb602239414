//! An open connection that remembers whether it has carried an answer. If it then ends before the
//! next one, the receiver merely closed it while it was idle, as it may.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use hyper::http::Extensions;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// TCP, with or without TLS.
pub(in super::super) struct OpenConnection(pub(super) MaybeHttpsStream<TokioIo<TcpStream>>);

/// Whether a connection has carried an answer. hyper attaches it to answers and to errors.
#[derive(Clone, Default)]
struct Used(Arc<AtomicBool>);

/// Notes that the connection of this answer has carried one.
pub(in super::super) fn mark_used(answer: &Extensions) {
    if let Some(used) = answer.get::<Used>() {
        used.0.store(true, Ordering::Relaxed);
    }
}

/// Whether this happened on a connection that had carried an answer before.
pub(in super::super) fn was_used(error: &legacy::Error) -> bool {
    let mut extras = Extensions::new();
    if let Some(connected) = error.connect_info() {
        connected.get_extras(&mut extras);
    }
    extras.get::<Used>().is_some_and(|used| used.0.load(Ordering::Relaxed))
}

impl Connection for OpenConnection {
    fn connected(&self) -> Connected {
        self.0.connected().extra(Used::default())
    }
}

impl Read for OpenConnection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for OpenConnection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.0.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.0).poll_write_vectored(cx, slices)
    }
}
