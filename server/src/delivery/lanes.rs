//! One line per postback: what stands in it is sent one after the other, in the order in which it
//! came. Not here: who starts and ends working it off (`sender`).

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use domain::ids::PostbackId;

/// The lines that are being worked off.
#[derive(Debug)]
pub(super) struct Lanes<T>(Mutex<HashMap<PostbackId, VecDeque<T>>>);

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Lanes<T> {
    /// Puts something at the end of a line. True when nobody works this line off: the caller has to
    /// start doing so.
    pub(super) fn push(&self, postback: PostbackId, item: T) -> bool {
        let mut lanes = self.lanes();
        let is_new = !lanes.contains_key(&postback);
        lanes.entry(postback).or_default().push_back(item);
        is_new
    }

    /// What is next in a line; none ends it, so that the next push says that somebody has to start.
    pub(super) fn next(&self, postback: PostbackId) -> Option<T> {
        let mut lanes = self.lanes();
        let item = lanes.get_mut(&postback).and_then(VecDeque::pop_front);
        if item.is_none() {
            lanes.remove(&postback);
        }
        item
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<PostbackId, VecDeque<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_keeps_its_order_and_has_one_worker() {
        let lanes = Lanes::default();
        let (one, other) = (PostbackId(1), PostbackId(2));
        assert!(lanes.push(one, "a") && !lanes.push(one, "b") && lanes.push(other, "x"));
        assert_eq!(lanes.next(one), Some("a"));
        assert!(!lanes.push(one, "c"), "the worker has not come to the end");
        assert_eq!((lanes.next(one), lanes.next(one)), (Some("b"), Some("c")));
        assert!(!lanes.push(one, "d"), "it has not seen the end yet");
        assert_eq!((lanes.next(one), lanes.next(one)), (Some("d"), None));
        assert!(lanes.push(one, "e"));
    }
}
