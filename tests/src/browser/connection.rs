//! The wire to Chromium: JSON messages over one WebSocket, commands with numbered answers, events
//! sorted by the session (the tab) they belong to. What commands mean is not here.

#![expect(clippy::expect_used, reason = "a harness fails by panicking")]

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;

use super::text;
use crate::PATIENCE;

/// Something that happened in a tab.
#[derive(Debug)]
pub(super) struct Event {
    /// `Domain.eventName`.
    pub(super) method: String,
    pub(super) params: Value,
}

/// An open connection. It closes, and Chromium forgets what was made through it, when the last
/// owner drops it or the test's runtime ends.
#[derive(Debug)]
pub(super) struct Connection {
    outgoing: mpsc::UnboundedSender<Message>,
    incoming: Arc<Mutex<Incoming>>,
    last_id: AtomicU64,
}

/// Who waits for what.
#[derive(Debug, Default)]
struct Incoming {
    answers: HashMap<u64, oneshot::Sender<Result<Value, String>>>,
    sessions: HashMap<String, mpsc::UnboundedSender<Event>>,
}

impl Connection {
    pub(super) async fn open(address: &str) -> Arc<Self> {
        let (socket, _) =
            tokio_tungstenite::connect_async(address).await.expect("Chromium's socket");
        let (mut sink, mut stream) = socket.split();
        let (outgoing, mut to_send) = mpsc::unbounded_channel();
        let incoming = Arc::new(Mutex::new(Incoming::default()));

        let receiving = Arc::clone(&incoming);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    message = to_send.recv() => match message {
                        Some(message) => if sink.send(message).await.is_err() { break },
                        None => break,
                    },
                    message = stream.next() => match message {
                        Some(Ok(Message::Text(message))) => dispatch(&receiving, &message),
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => break,
                    },
                }
            }
            // Whoever still waits learns that no answer will come.
            *lock(&receiving) = Incoming::default();
        });
        Arc::new(Self { outgoing, incoming, last_id: AtomicU64::new(0) })
    }

    /// Sends a command to a tab, or to the browser itself, and waits for its answer.
    pub(super) async fn call(
        &self,
        session: Option<&str>,
        method: &str,
        params: Value,
    ) -> Result<Value, String> {
        let (sender, answer) = oneshot::channel();
        let id = self.next_id();
        lock(&self.incoming).answers.insert(id, sender);
        self.write(id, session, method, &params);
        match tokio::time::timeout(PATIENCE, answer).await {
            Ok(Ok(answer)) => answer.map_err(|error| format!("{method}: {error}")),
            Ok(Err(_)) => Err(format!("{method}: Chromium went away")),
            Err(_) => Err(format!("{method}: no answer in {} s", PATIENCE.as_secs())),
        }
    }

    /// Sends a command without waiting: for answers to events, on whose way nothing may block.
    pub(super) fn tell(&self, session: &str, method: &str, params: &Value) {
        self.write(self.next_id(), Some(session), method, params);
    }

    /// The events of a tab from now on.
    pub(super) fn events(&self, session: &str) -> mpsc::UnboundedReceiver<Event> {
        let (sender, receiver) = mpsc::unbounded_channel();
        lock(&self.incoming).sessions.insert(session.to_owned(), sender);
        receiver
    }

    fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn write(&self, id: u64, session: Option<&str>, method: &str, params: &Value) {
        let mut message = json!({"id": id, "method": method, "params": params});
        if let (Some(session), Some(fields)) = (session, message.as_object_mut()) {
            fields.insert("sessionId".to_owned(), session.into());
        }
        // A closed channel means that the connection is gone; the answer's timeout will tell.
        drop(self.outgoing.send(Message::text(message.to_string())));
    }
}

fn dispatch(incoming: &Mutex<Incoming>, message: &str) {
    let mut message: Value = serde_json::from_str(message).expect("JSON from Chromium");
    let mut incoming = lock(incoming);
    if let Some(id) = message.get("id").and_then(Value::as_u64) {
        if let Some(waiting) = incoming.answers.remove(&id) {
            let answer = match message.get("error") {
                Some(error) => Err(text(error, "message")),
                None => Ok(message.get_mut("result").map(Value::take).unwrap_or_default()),
            };
            drop(waiting.send(answer));
        }
    } else if let Some(events) = incoming.sessions.get(&text(&message, "sessionId")) {
        let params = message.get_mut("params").map(Value::take).unwrap_or_default();
        drop(events.send(Event { method: text(&message, "method"), params }));
    }
}

/// A test that panicked while holding the lock has failed anyway; what it guards stays usable.
fn lock(incoming: &Mutex<Incoming>) -> MutexGuard<'_, Incoming> {
    incoming.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
