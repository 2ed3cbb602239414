//! A receiver that fails 30 of 100 calls, half with 500 and half by resetting the connection, and
//! remembers what each call said and how it was answered.

use std::sync::{Arc, Mutex, PoisonError};

use tests::random::Random;
use tests::receiver::{Answer, Received, Recorder};

/// One call that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    /// Which firing it tells.
    pub(crate) fire: String,
    /// Whose order.
    pub(crate) order: u64,
    /// What the receiver is to tell repeats by.
    pub(crate) transaction: String,
    /// The change of the commission, in cents.
    pub(crate) delta_minor: i64,
    /// It was answered with 200.
    pub(crate) is_accepted: bool,
}

/// Listening until dropped.
pub(crate) struct FlakyReceiver {
    recorder: Recorder,
    calls: Arc<Mutex<Vec<Call>>>,
}

const FAILING_PERCENT: u64 = 30;

impl FlakyReceiver {
    pub(crate) fn start(seed: u64) -> Self {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let random = Mutex::new(Random::new(seed));
        let noted = Arc::clone(&calls);
        let recorder = Recorder::answering(move |request| {
            let mut random = random.lock().unwrap_or_else(PoisonError::into_inner);
            let is_accepted = !random.percent(FAILING_PERCENT);
            let call = read(request, is_accepted);
            noted.lock().unwrap_or_else(PoisonError::into_inner).push(call);
            match is_accepted {
                true => Answer::status(200),
                false if random.percent(50) => Answer::status(500),
                false => Answer::reset(),
            }
        });
        Self { recorder, calls }
    }

    pub(crate) fn origin(&self) -> String {
        self.recorder.url("")
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn read(request: &Received, is_accepted: bool) -> Call {
    let value = |name| request.query(name).unwrap_or_else(|| panic!("no {name}: {request:?}"));
    Call {
        fire: value("fire"),
        order: value("order").parse().unwrap(),
        transaction: value("txid"),
        delta_minor: minor(&value("delta")),
        is_accepted,
    }
}

/// `-2.70` is -270.
fn minor(amount: &str) -> i64 {
    let (units, cents) = amount.split_once('.').unwrap();
    assert_eq!(cents.len(), 2, "{amount}");
    format!("{units}{cents}").parse().unwrap()
}
