//! Frames of other origins: Chromium runs each as a target of its own, which has to be asked for and
//! set up before its first request. What a test does in one is `page`'s.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::connection::Connection;
use super::events::{State, listen, lock};
use super::text;

/// Tell of every frame of another origin, and let it wait until it is set up. Workers stay as they
/// are: nobody would let them go on.
pub(super) fn watch() -> Value {
    json!({
        "autoAttach": true,
        "waitForDebuggerOnStart": true,
        "flatten": true,
        "filter": [{"type": "iframe", "exclude": false}],
    })
}

/// Sets a frame up like its tab, and lets it go on.
pub(super) fn adopt(connection: &Arc<Connection>, state: &Arc<Mutex<State>>, params: &Value) {
    let session = text(params, "sessionId");
    listen(connection, &session, state);
    for domain in ["Page", "Runtime", "Network", "Log"] {
        connection.tell(&session, &format!("{domain}.enable"), &json!({}));
    }
    let mut state = lock(state);
    if !state.rules.is_empty() {
        let patterns: Vec<Value> =
            state.rules.iter().map(|rule| json!({"urlPattern": rule.pattern})).collect();
        connection.tell(&session, "Fetch.enable", &json!({"patterns": patterns}));
    }
    connection.tell(&session, "Runtime.runIfWaitingForDebugger", &json!({}));
    state.frames.push(session);
}

/// Where the only frame of a tab begins, its border left out.
pub(super) const OFFSET: &str = "(() => {
    const frame = document.querySelector('iframe');
    const {x, y} = frame.getBoundingClientRect();
    return [x + frame.clientLeft, y + frame.clientTop];
})()";
