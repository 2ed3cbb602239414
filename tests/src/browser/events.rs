//! What a tab tells of its own accord: what has loaded, what went wrong, which requests wait for an
//! answer. Waiting and acting is `page`'s business.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::connection::{Connection, Event};
use super::frame::adopt;
use super::network::{Answer, Request, Rule, paused_request};
use super::text;

/// What the tab's events have told so far.
#[derive(Debug, Default)]
pub(super) struct State {
    /// The documents that finished loading.
    pub(super) loaded: HashSet<String>,
    /// See [`super::Page::problems`].
    pub(super) problems: Vec<String>,
    /// What is answered in place of servers, oldest first.
    pub(super) rules: Vec<Rule>,
    /// Sessions of the frames of other origins, in the order in which they came.
    pub(super) frames: Vec<String>,
    /// The address of each request, by its id: a failure names only the id.
    urls: HashMap<String, String>,
}

/// Takes in what a session tells from now on, as long as there is a connection.
pub(super) fn listen(connection: &Arc<Connection>, session: &str, state: &Arc<Mutex<State>>) {
    let mut events = connection.events(session);
    let (connection, session) = (Arc::downgrade(connection), session.to_owned());
    let state = Arc::clone(state);
    tokio::spawn(async move {
        while let (Some(event), Some(connection)) = (events.recv().await, connection.upgrade()) {
            on_event(&connection, &session, &state, &event);
        }
    });
}

/// Takes in one event, and answers it where Chromium waits for that.
fn on_event(connection: &Arc<Connection>, session: &str, state: &Arc<Mutex<State>>, event: &Event) {
    let params = &event.params;
    match event.method.as_str() {
        "Page.lifecycleEvent" if text(params, "name") == "load" => {
            lock(state).loaded.insert(text(params, "loaderId"));
        }
        "Page.javascriptDialogOpening" => {
            // It would stop the page for ever. A dialog that is meant to come is not a native one.
            connection.tell(session, "Page.handleJavaScriptDialog", &json!({"accept": true}));
            lock(state).problems.push(format!("dialog: {}", text(params, "message")));
        }
        "Target.attachedToTarget" => adopt(connection, state, params),
        "Target.detachedFromTarget" => {
            let gone = text(params, "sessionId");
            lock(state).frames.retain(|frame| *frame != gone);
        }
        "Fetch.requestPaused" => {
            let request = paused_request(params);
            let answer = answer_to(&lock(state), &request);
            let (method, params) = answer.command(&text(params, "requestId"));
            connection.tell(session, method, &params);
        }
        "Network.requestWillBeSent" => {
            let url = params.pointer("/request/url").and_then(Value::as_str).unwrap_or_default();
            lock(state).urls.insert(text(params, "requestId"), url.to_owned());
        }
        // A page that is left cancels what it was still loading.
        "Network.loadingFailed" if params.get("canceled") != Some(&Value::Bool(true)) => {
            let mut state = lock(state);
            let url = state.urls.get(&text(params, "requestId")).cloned().unwrap_or_default();
            state.problems.push(format!("{}: {url}", text(params, "errorText")));
        }
        _ => lock(state).problems.extend(problem(event)),
    }
}

fn answer_to(state: &State, request: &Request) -> Answer {
    match state.rules.iter().rev().find(|rule| rule.is_for(&request.url)) {
        Some(rule) => {
            rule.interception.note(request.clone());
            (rule.answer)(request)
        }
        None => Answer::Pass,
    }
}

fn problem(event: &Event) -> Option<String> {
    let params = &event.params;
    match event.method.as_str() {
        "Runtime.exceptionThrown" => {
            Some(format!("uncaught: {}", exception(params.get("exceptionDetails")?)))
        }
        "Runtime.consoleAPICalled"
            if ["error", "assert"].contains(&text(params, "type").as_str()) =>
        {
            let parts = params.get("args")?.as_array()?.iter();
            let parts = parts.map(|part| match part.get("value") {
                Some(Value::String(value)) => value.clone(),
                Some(value) => value.to_string(),
                None => text(part, "description"),
            });
            Some(format!("console: {}", parts.collect::<Vec<_>>().join(" ")))
        }
        // Failed requests come below, with their address and reason.
        "Log.entryAdded" => {
            let entry = params.get("entry")?;
            let is_ours = text(entry, "level") == "error" && text(entry, "source") != "network";
            is_ours.then(|| format!("{}: {}", text(entry, "source"), text(entry, "text")))
        }
        "Network.responseReceived" => {
            let response = params.get("response")?;
            let status = response.get("status")?.as_u64()?;
            let url = text(response, "url");
            // Chromium asks for an icon of its own accord, some time.
            (status >= 400 && !url.ends_with("/favicon.ico"))
                .then(|| format!("HTTP {status}: {url}"))
        }
        _ => None,
    }
}

/// The message of a thrown value.
pub(super) fn exception(details: &Value) -> String {
    let description = details.pointer("/exception/description").and_then(Value::as_str);
    description.map_or_else(|| text(details, "text"), str::to_owned)
}

/// A test that panicked while holding the lock has failed anyway; what it guards stays usable.
pub(super) fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
