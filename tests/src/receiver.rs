//! A fake receiver on loopback: records every request as it came over the wire and answers as told,
//! well or badly. Runs on a thread of its own, so it serves blocking and async tests alike.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::PATIENCE;

mod answer;
mod request;

pub use answer::Answer;
pub use request::Received;

/// A receiver that is listening. Dropping it closes its port and all its connections.
pub struct Recorder {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

struct Shared {
    answer: Box<dyn Fn(&Received) -> Answer + Send + Sync>,
    received: Mutex<Vec<Received>>,
    arrived: Notify,
}

impl Recorder {
    /// Answers everything with 200.
    #[must_use]
    pub fn start() -> Self {
        Self::answering(|_| Answer::status(200))
    }

    /// Gives these answers one after the other, and the last one for ever.
    #[must_use]
    pub fn scripted(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script: Mutex<VecDeque<Answer>> = Mutex::new(answers.into_iter().collect());
        Self::answering(move |_| {
            let mut script = lock(&script);
            match script.len() {
                0 => panic!("a script needs at least one answer"),
                1 => script.front().cloned().unwrap_or_else(Answer::hang),
                _ => script.pop_front().unwrap_or_else(Answer::hang),
            }
        })
    }

    /// Answers each request as the closure says.
    #[must_use]
    pub fn answering(answer: impl Fn(&Received) -> Answer + Send + Sync + 'static) -> Self {
        Self::answering_at(Ipv4Addr::LOCALHOST.into(), answer)
    }

    /// The same on another loopback address, such as 127.0.0.2.
    #[must_use]
    pub fn answering_at(
        ip: IpAddr,
        answer: impl Fn(&Received) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
        // Bound without the runtime, because a test may call this from inside its own.
        let listener = std::net::TcpListener::bind((ip, 0))
            .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
            .unwrap_or_else(|error| panic!("no port on {ip}: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let shared = Arc::new(Shared {
            answer: Box::new(answer),
            received: Mutex::default(),
            arrived: Notify::new(),
        });
        runtime.spawn(accept(listener, Arc::clone(&shared)));
        Self { address, shared, runtime: Some(runtime) }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:<port>` followed by this text, unchanged.
    #[must_use]
    pub fn url(&self, tail: &str) -> String {
        format!("http://{}{tail}", self.address)
    }

    /// Everything that has arrived, in order of arrival.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    /// How many requests have arrived.
    #[must_use]
    pub fn count(&self) -> usize {
        lock(&self.shared.received).len()
    }

    /// Waits until at least this many requests have arrived and returns all of them.
    ///
    /// # Panics
    /// When they do not arrive in 20 seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Received> {
        let enough = async {
            loop {
                let next = self.shared.arrived.notified();
                if self.count() >= count {
                    return;
                }
                next.await;
            }
        };
        if timeout(PATIENCE, enough).await.is_err() {
            panic!("{} of {count} requests arrived in {PATIENCE:?}", self.count());
        }
        self.received()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

async fn accept(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener)
        .unwrap_or_else(|error| panic!("the receiver cannot listen: {error}"));
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(serve(stream, Arc::clone(&shared)));
    }
}

/// One connection: request, answer, request, answer.
async fn serve(mut stream: TcpStream, shared: Arc<Shared>) {
    let mut unread = Vec::new();
    while let Some(received) = request::read(&mut stream, &mut unread).await {
        let answer = (shared.answer)(&received);
        lock(&shared.received).push(received);
        shared.arrived.notify_waiters();
        if !answer.give(&mut stream).await {
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
