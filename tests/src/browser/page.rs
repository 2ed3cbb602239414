//! A tab, or a frame in it, in the words of a test: go, read, click, fill. Everything that needs an element waits for
//! it; what cannot be done panics with what was tried and what the page complained about. Clicks and
//! keys are real input, so what is covered, hidden or disabled cannot be used here either.

#![expect(clippy::panic, clippy::expect_used, reason = "a harness fails by panicking")]

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::connection::Connection;
use super::events::{State, exception, listen, lock};
use super::frame::{OFFSET, watch};
use super::network::{Answer, Interception, Request, Rule};
use super::text;
use crate::PATIENCE;

/// One tab, or a frame of another origin in it.
#[derive(Debug)]
pub struct Page {
    connection: Arc<Connection>,
    session: String,
    /// The session of the tab, for a frame: the mouse and the keyboard are the tab's.
    tab: Option<String>,
    state: Arc<Mutex<State>>,
}

const POLL_INTERVAL: Duration = Duration::from_millis(15);
/// How long a press of the mouse may take to reach a frame, and how often it is tried.
const NOTICE_TIMEOUT: Duration = Duration::from_secs(3);
const PRESSES_MAX: u32 = 5;

impl Page {
    pub(super) async fn open(connection: Arc<Connection>, context: &str) -> Self {
        let params = json!({"url": "about:blank", "browserContextId": context});
        let target = connection.call(None, "Target.createTarget", params).await.expect("a tab");
        let params = json!({"targetId": text(&target, "targetId"), "flatten": true});
        let session =
            connection.call(None, "Target.attachToTarget", params).await.expect("a session");
        let session = text(&session, "sessionId");

        let state = Arc::new(Mutex::new(State::default()));
        listen(&connection, &session, &state);
        let page = Self { connection, session, tab: None, state };
        for domain in ["Page", "Runtime", "Network", "Log"] {
            page.command(&format!("{domain}.enable"), json!({})).await;
        }
        page.command("Page.setLifecycleEventsEnabled", json!({"enabled": true})).await;
        page.set_viewport(1280, 800, false).await;
        page
    }

    /// From now on [`Page::frame`] finds frames of other origins. They take over what is intercepted
    /// when they open.
    pub async fn watch_frames(&self) {
        self.command("Target.setAutoAttach", watch()).await;
    }

    /// The latest frame of another origin, once there is one.
    ///
    /// # Panics
    /// When none opens.
    pub async fn frame(&self) -> Self {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(session) = self.state().frames.last() {
                return Self {
                    connection: Arc::clone(&self.connection),
                    session: session.clone(),
                    tab: Some(self.session.clone()),
                    state: Arc::clone(&self.state),
                };
            }
            if Instant::now() > deadline {
                self.fail("no frame of another origin");
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Opens an address and waits until it has loaded. An HTTP error is a page too, and a problem.
    ///
    /// # Panics
    /// When nobody answers at that address, or not in time.
    pub async fn goto(&self, url: &str) {
        let answer = self.command("Page.navigate", json!({"url": url})).await;
        if let Some(error) = answer.get("errorText") {
            self.fail(&format!("goto {url}: {error}"));
        }
        // Without a loader only the fragment changed, and nothing is loaded.
        let loader = text(&answer, "loaderId");
        let is_loaded = || loader.is_empty() || self.state().loaded.contains(&loader);
        let deadline = Instant::now() + PATIENCE;
        while !is_loaded() {
            if Instant::now() > deadline {
                self.fail(&format!("goto {url}: not loaded in {} s", PATIENCE.as_secs()));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// What a JavaScript expression gives; a promise is waited for.
    ///
    /// # Panics
    /// When it throws, or gives something else than a `T`.
    pub async fn eval<T: DeserializeOwned>(&self, expression: &str) -> T {
        match self.try_eval(expression).await {
            Ok(value) => serde_json::from_value(value.clone())
                .unwrap_or_else(|error| self.fail(&format!("eval {expression}: {value}: {error}"))),
            Err(error) => self.fail(&format!("eval {expression}: {error}")),
        }
    }

    /// Waits until an element matches.
    ///
    /// # Panics
    /// When none does.
    pub async fn wait_for(&self, selector: &str) {
        let expression = format!("document.querySelector({}) !== null", json!(selector));
        self.wait_until(&expression).await;
    }

    /// Waits until an expression is true. A document that is just being replaced counts as "not yet".
    ///
    /// # Panics
    /// When it never is.
    pub async fn wait_until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let outcome = self.try_eval(expression).await;
            if outcome == Ok(Value::Bool(true)) {
                return;
            }
            if Instant::now() > deadline {
                self.fail(&format!("waited in vain for {expression}: {outcome:?}"));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The text of an element as a reader sees it.
    ///
    /// # Panics
    /// When there is no such element.
    pub async fn text(&self, selector: &str) -> String {
        self.on_element(selector, "return element.innerText.trim()").await
    }

    /// Clicks the middle of an element with the mouse.
    ///
    /// # Panics
    /// When there is no such element, or something else lies on top of it.
    pub async fn click(&self, selector: &str) {
        for _ in 0..PRESSES_MAX {
            self.press_mouse(selector).await;
            if self.tab.is_none() || self.noticed_press().await {
                return;
            }
        }
        self.fail(&format!("{selector} was pressed {PRESSES_MAX} times and never noticed"));
    }

    /// Whether a press has reached this frame. While a busy machine still lays out a frame of another
    /// origin, Chromium gives the mouse to the page around it.
    async fn noticed_press(&self) -> bool {
        let deadline = Instant::now() + NOTICE_TIMEOUT;
        while Instant::now() < deadline {
            // Another document, or none at the moment: the click led away.
            if self.try_eval(IS_PRESS_AWAITED).await != Ok(Value::Bool(true)) {
                return true;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        false
    }

    #[expect(clippy::float_arithmetic, reason = "places on a screen, no money")]
    async fn press_mouse(&self, selector: &str) {
        let (x, y): (f64, f64) = self.on_element(selector, MIDDLE_OF_ELEMENT).await;
        let (left, top) = self.offset().await;
        let (x, y) = (x + left, y + top);
        for kind in ["mouseMoved", "mousePressed", "mouseReleased"] {
            let button = if kind == "mouseMoved" { "none" } else { "left" };
            let params = json!({"type": kind, "x": x, "y": y, "button": button, "clickCount": 1});
            self.tab_command("Input.dispatchMouseEvent", params).await;
        }
    }

    /// Replaces what is in a field: by typing where one can type, else (a choice, a date, a colour) by
    /// setting the value as the browser's own picker does.
    ///
    /// # Panics
    /// When there is no such field, it cannot be edited, or a choice has no such value.
    pub async fn fill(&self, selector: &str, value: &str) {
        let body = FILL_FIELD.replace("$value", &json!(value).to_string());
        if self.on_element::<bool>(selector, &body).await {
            self.tab_command("Input.insertText", json!({"text": value})).await;
        }
    }

    /// Presses one of the keys without a letter: `Tab`, `Enter`, `Escape`, `ArrowDown`…
    pub async fn press(&self, key: &str) {
        let (code, characters) = match key {
            "Tab" => (9, None),
            "Enter" => (13, Some("\r")),
            "Escape" => (27, None),
            "ArrowUp" => (38, None),
            "ArrowDown" => (40, None),
            other => self.fail(&format!("press: no key {other}")),
        };
        let mut params =
            json!({"type": "keyDown", "key": key, "code": key, "windowsVirtualKeyCode": code});
        if let (Some(characters), Some(fields)) = (characters, params.as_object_mut()) {
            fields.insert("text".to_owned(), characters.into());
        }
        self.tab_command("Input.dispatchKeyEvent", params).await;
        let params =
            json!({"type": "keyUp", "key": key, "code": key, "windowsVirtualKeyCode": code});
        self.tab_command("Input.dispatchKeyEvent", params).await;
    }

    /// Gives the page a size in CSS pixels; `is_mobile` makes it a phone with a touch screen.
    pub async fn set_viewport(&self, width: u32, height: u32, is_mobile: bool) {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_mobile});
        self.command("Emulation.setDeviceMetricsOverride", metrics).await;
        self.command("Emulation.setTouchEmulationEnabled", json!({"enabled": is_mobile})).await;
    }

    /// Writes a picture of the whole page, as PNG.
    ///
    /// # Panics
    /// When the file cannot be written.
    pub async fn screenshot(&self, file: &Path) {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let answer = self.tab_command("Page.captureScreenshot", params).await;
        let picture = STANDARD.decode(text(&answer, "data")).expect("base64 from Chromium");
        std::fs::write(file, picture).expect("room for a screenshot");
    }

    /// From now on answers the requests to matching addresses (`*` any text, `?` one character) in
    /// place of their servers, those of workers included. Of several patterns that match, the latest
    /// counts.
    pub async fn intercept(
        &self,
        pattern: &str,
        answer: impl Fn(&Request) -> Answer + Send + 'static,
    ) -> Interception {
        let interception = Interception::default();
        let patterns: Vec<Value> = {
            let mut state = self.state();
            state.rules.push(Rule {
                pattern: pattern.to_owned(),
                answer: Box::new(answer),
                interception: interception.clone(),
            });
            state.rules.iter().map(|rule| json!({"urlPattern": rule.pattern})).collect()
        };
        self.command("Fetch.enable", json!({"patterns": patterns})).await;
        interception
    }

    /// What went wrong so far: errors in the console, uncaught exceptions, requests that failed or
    /// were answered with 400 and above, blocked content, unexpected dialogs.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.state().problems.clone()
    }

    /// Waits until something went wrong whose description contains `part`: what the network tells may
    /// come later than what scripts see.
    ///
    /// # Panics
    /// When that does not happen.
    pub async fn wait_for_problem(&self, part: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.problems().iter().any(|problem| problem.contains(part)) {
            if Instant::now() > deadline {
                self.fail(&format!("no problem with {part}"));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Forgets the problems so far: after a test has made one on purpose and looked at it.
    pub fn forget_problems(&self) {
        self.state().problems.clear();
    }

    /// # Panics
    /// When something went wrong: see [`Page::problems`].
    pub fn assert_no_problems(&self) {
        let problems = self.problems();
        assert!(problems.is_empty(), "the page has problems: {problems:#?}");
    }

    /// Any other command of the DevTools protocol: throttling, colour schemes, print…
    ///
    /// # Panics
    /// When Chromium refuses it.
    pub async fn command(&self, method: &str, params: Value) -> Value {
        match self.connection.call(Some(&self.session), method, params).await {
            Ok(answer) => answer,
            Err(error) => self.fail(&error),
        }
    }

    /// A command to the tab as a whole, in which this may be a frame.
    async fn tab_command(&self, method: &str, params: Value) -> Value {
        let session = self.tab.as_deref().unwrap_or(&self.session);
        match self.connection.call(Some(session), method, params).await {
            Ok(answer) => answer,
            Err(error) => self.fail(&error),
        }
    }

    /// Where this page begins in its tab.
    async fn offset(&self) -> (f64, f64) {
        if self.tab.is_none() {
            return (0.0, 0.0);
        }
        let params = json!({"expression": OFFSET, "returnByValue": true});
        let answer = self.tab_command("Runtime.evaluate", params).await;
        let place = answer.pointer("/result/value").cloned().unwrap_or_default();
        serde_json::from_value(place).expect("a frame in the tab")
    }

    /// Runs the body of a function of `element`, when there is one.
    async fn on_element<T: DeserializeOwned>(&self, selector: &str, body: &str) -> T {
        self.wait_for(selector).await;
        let selector = json!(selector);
        let expression = format!(
            "(element => {{ const selector = {selector}; {body} }})(document.querySelector({selector}))"
        );
        self.eval(&expression).await
    }

    async fn try_eval(&self, expression: &str) -> Result<Value, String> {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true, "userGesture": true,
        });
        let mut answer =
            self.connection.call(Some(&self.session), "Runtime.evaluate", params).await?;
        match answer.get("exceptionDetails") {
            Some(details) => Err(exception(details)),
            None => Ok(answer.pointer_mut("/result/value").map(Value::take).unwrap_or_default()),
        }
    }

    fn fail(&self, what: &str) -> ! {
        panic!("{what}\nproblems of the page: {:#?}", self.problems())
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// Scrolls there, and refuses when a click would land on something else.
const MIDDLE_OF_ELEMENT: &str = "
    element.scrollIntoView({block: 'center', inline: 'center', behavior: 'instant'});
    const box = element.getBoundingClientRect();
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const hit = document.elementFromPoint(x, y);
    if (!element.contains(hit) && !(hit && hit.closest('label')?.control === element)) {
        throw new Error(`${selector} cannot be clicked, ${hit ? hit.outerHTML.slice(0, 120) : 'nothing'} is there`);
    }
    const awaited = Symbol.for('awaited press');
    window[awaited] = true;
    window.addEventListener('mousedown', () => { window[awaited] = false; }, {capture: true, once: true});
    return [x, y];
";

const IS_PRESS_AWAITED: &str = "window[Symbol.for('awaited press')]";

/// True: the field is focused, its content selected, and the text remains to be typed.
const FILL_FIELD: &str = "
    if (element.matches(':disabled, [readonly]')) throw new Error(`${selector} cannot be edited`);
    element.focus();
    if (document.activeElement !== element) throw new Error(`${selector} takes no focus: is it hidden?`);
    const typed = ['text', 'search', 'email', 'url', 'tel', 'password', 'number', 'textarea'];
    if (typed.includes(element.type)) { element.select(); if ($value !== '') return true; }
    element.value = $value;
    if (element.value !== $value) throw new Error(`${selector} does not take ${$value}`);
    element.dispatchEvent(new Event('input', {bubbles: true}));
    element.dispatchEvent(new Event('change', {bubbles: true}));
    return false;
";
