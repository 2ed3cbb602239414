//! The decision: one [`Snapshot`] in, a list of operations out, one to a line, the first letter says
//! which. The page carries them out in their order and decides nothing.
//!
//! | letter | rest of the line | what to do |
//! |---|---|---|
//! | `E` | | erase all that we keep, in the cart too |
//! | `M` | state | keep it in the page's memory, nowhere else |
//! | `L` | code | the visit came with this code, but consent is missing |
//! | `S` | state | keep it on the device, and in the cart attribute |
//! | `C` | token | the cart attribute is this instead |
//! | `R` | report id, then the landing from its path on | report it |
//! | `H` | address | fire this pixel |

use crate::page_url::split_at_path;
use crate::pixel::{Event, is_hit, write_hit};
use crate::query::{query_of, take_until};
use crate::referral::best_code;
use crate::snapshot::{Moment, Snapshot};
use crate::state::{State, Touch, UNCONFIRMED_SECONDS};
use crate::touches::{Model, hash, is_repeated};
use crate::writer::{Writer, number_at_start};

/// How many pixels an affiliate may have.
pub const PIXELS_MAX: usize = 5;

/// Decides what to do now. Never fails; operations that find no room are left out whole.
pub fn decide(snapshot: &Snapshot<'_>, out: &mut Writer<'_>) {
    let mut state = State::read(snapshot.state, snapshot.now);
    let may_store = snapshot.consent.may_store();
    let is_withdrawn = snapshot.is_on_device && !may_store;
    if is_withdrawn {
        state = State::default();
    }
    if snapshot.moment == Moment::Answer {
        answered(snapshot, &mut state);
    } else {
        landed(snapshot, &mut state);
    }
    if is_withdrawn || snapshot.is_on_device && state.is_empty() {
        out.byte(b'E');
        out.finish();
    }
    if state.is_empty() {
        return;
    }
    out.byte(if may_store { b'S' } else { b'M' });
    state.write(out);
    out.finish();
    if may_store {
        kept(snapshot, &state, out);
    } else if let Some(touch) = &state.new_touch {
        out.byte(b'L');
        out.text(touch.code);
        out.finish();
    }
}

/// What the page's address says comes to what is known.
#[inline]
fn landed<'a>(snapshot: &Snapshot<'a>, state: &mut State<'a>) {
    let address = take_until(&mut &*snapshot.page, b'#');
    let query = query_of(address);
    let Some(code) = best_code(query) else { return };
    let touch = Touch { at: snapshot.now, hash: hash(query), code };
    if is_repeated(state.touches, touch.hash, touch.at, snapshot.moment != Moment::Page) {
        return;
    }
    state.new_touch = Some(touch);
    state.until = state.until.max(touch.at.saturating_add(UNCONFIRMED_SECONDS));
    state.report_id = snapshot.id;
    state.landing = split_at_path(address).1;
}

/// What the server says comes to what is known. A link that names nobody displaces nobody.
#[inline]
fn answered<'a>(snapshot: &Snapshot<'a>, state: &mut State<'a>) {
    if state.report_id == snapshot.id {
        state.landing = b"";
    }
    if !snapshot.subject.is_empty() {
        state.token = snapshot.subject;
        state.until = number_at_start(snapshot.pixels);
    }
}

/// What follows from a state that may be kept.
#[inline]
fn kept(snapshot: &Snapshot<'_>, state: &State<'_>, out: &mut Writer<'_>) {
    let is_answer = snapshot.moment == Moment::Answer;
    if !state.is_waiting() {
        out.byte(b'C');
        out.text(state.token);
        out.finish();
    } else if !is_answer {
        out.byte(b'R');
        out.text(state.report_id);
        out.text(state.landing);
        out.finish();
    }
    // While a landing waits, the answer will bring the page view; and where the newest touch earns,
    // the pixels' owner may be displaced.
    let is_page_view = snapshot.details.is_empty();
    let is_held = state.is_waiting() && (is_page_view || snapshot.model == Model::Last);
    if is_held && !is_answer
        || snapshot.subject.is_empty()
        || number_at_start(snapshot.pixels) <= snapshot.now
        || !snapshot.consent.may_fire_pixels()
    {
        return;
    }
    let mut pixels = snapshot.pixels;
    let mut count = 0;
    while !pixels.is_empty() && count < PIXELS_MAX {
        let url = take_until(&mut pixels, b' ');
        if !is_hit(url) {
            continue;
        }
        count += 1;
        out.byte(b'H');
        if is_answer {
            out.text(url);
        } else {
            let event = Event {
                name: snapshot.subject,
                details: snapshot.details,
                page: snapshot.page,
                referrer: snapshot.referrer,
                now_ms: snapshot.now_ms,
            };
            write_hit(url, &event, out);
        }
        out.finish();
    }
}

#[cfg(test)]
mod tests;
