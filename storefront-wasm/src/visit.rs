//! The decision: one snapshot (`snapshot`) in, a list of operations out, one to a line, the first
//! letter says which. The page carries them out in their order and decides nothing.
//!
//! | letter | rest of the line | what to do |
//! |---|---|---|
//! | `E` | | erase all that we keep, in the cart too |
//! | `M` | state | keep it in the page's memory, nowhere else |
//! | `S` | state | keep it on the device, and in the cart attribute |
//! | `C` | token | the cart attribute is this instead |
//! | `R` | report id, then the landing from its path on | report it |
//! | `H` | piece of a hit, page, page before it | tell this pixel of a page view |

use crate::output::Output;
use crate::pixel::write_hits;
use crate::referral::best_code;
use crate::scan::{END, NOWHERE, behind, behind_word, byte_at, line, number_at};
use crate::snapshot::{
    ANSWER, FIRST, ID, MARKETING, NAMES, ON_DEVICE, PAGE, PIXELS, REFERRER, REVISIT, SALE, STATE,
    TOKEN, VIEW,
};
use crate::state::{PART_LEN_MAX, State};
use crate::touches::{hash, is_repeated};

/// Decides what to do now, in seconds since 1970. `window` is for how many seconds a landing counts as
/// long as the server has not said so itself. Never fails.
#[inline]
pub fn decide<const N: usize>(
    input: &[u8],
    flags: u32,
    now: u32,
    window: u32,
    out: &mut Output<N>,
) {
    let has = |flag: u32| flags & flag != 0;
    let page = line(input, PAGE);
    let id = ID;
    let token = line(input, TOKEN);
    let pixels = line(input, PIXELS);

    let may_store = has(MARKETING);
    let is_withdrawn = has(ON_DEVICE) && !may_store;
    let mut kept = line(input, STATE);
    if is_withdrawn || number_at(input, kept) <= now {
        kept = NOWHERE;
    }
    let mut state = State::read(input, kept);
    // Its owner stays, whatever comes: nothing has to wait for the server.
    let is_settled = has(FIRST) && state.is_known(input);
    let mut code = None;
    let query = behind(input, page, '?');
    let hash = hash(input, query);
    if has(ANSWER) {
        if behind_word(input, state.report, input, id, '/').is_some() {
            state.report = NOWHERE;
        }
        // A link that names nobody displaces nobody.
        if byte_at(input, token) != END {
            state.token = token;
            state.until = number_at(input, pixels);
        }
    } else if !is_repeated(input, state.touches, hash, now, has(REVISIT)) {
        code = best_code(input, query, input, line(input, NAMES));
        if code.is_some() {
            state.until = state.until.max(now.saturating_add(window));
            state.report = id;
            state.landing = (0..3).fold(page, |at, _| behind(input, at, '/'));
        }
    }

    let is_waiting = code.is_some() || state.is_waiting(input);
    let is_empty = !is_waiting && !state.is_known(input);
    if is_withdrawn || has(ON_DEVICE) && is_empty {
        out.byte('E');
        out.byte(END);
    }
    if is_empty {
        return;
    }
    out.byte(if may_store { 'S' } else { 'M' });
    out.number(state.until);
    out.byte('~');
    out.copy(input, state.token, '~');
    out.byte('~');
    if let Some(code) = code {
        out.number(now);
        out.byte('*');
        out.number(hash);
        out.byte('*');
        out.copy(input, code.get(), '&');
        out.byte('~');
    }
    out.parts(input, state.touches, '~', '@', PART_LEN_MAX);
    if is_waiting {
        out.byte('@');
        out.copy(input, state.report, '/');
        out.byte('/');
        out.parts(input, state.landing, '&', END, PART_LEN_MAX);
    }
    out.byte(END);
    if !may_store {
        return;
    }
    if !is_waiting {
        out.byte('C');
        out.copy(input, state.token, '~');
        out.byte(END);
    } else if !has(ANSWER) {
        out.byte('R');
        out.copy(input, state.report, '/');
        out.byte('/');
        out.copy(input, state.landing, END);
        out.byte(END);
    }
    // While a landing waits the answer will bring the page view, unless it can only come too late.
    let is_told_now = if has(ANSWER) { !is_settled } else { is_settled || !is_waiting };
    if is_told_now && has(VIEW) && has(SALE) && number_at(input, pixels) > now {
        write_hits(input, pixels, page, line(input, REFERRER), out);
    }
}

#[cfg(test)]
mod tests;
