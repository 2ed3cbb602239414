//! The door for the page: one block of memory and one function. The page writes the texts of a
//! [`Snapshot`] into the block's slots and their lengths before them, calls [`run`] with the rest as
//! two numbers, and reads the operations behind the slots.

#![expect(unsafe_code, reason = "one static block; a page has one thread, and `run` calls nothing")]

use core::alloc::{GlobalAlloc, Layout};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::consent::Consent;
use crate::snapshot::{Moment, Snapshot};
use crate::touches::Model;
use crate::visit::decide;
use crate::writer::Writer;

const SLOT_COUNT: usize = 8;
const SLOT_LEN: usize = 8 * 1024;

#[repr(C)]
struct Block {
    lengths: [u16; SLOT_COUNT],
    slots: [[u8; SLOT_LEN]; SLOT_COUNT],
    operations: [u8; 4 * SLOT_LEN],
}

static mut BLOCK: Block = Block {
    lengths: [0; SLOT_COUNT],
    slots: [[0; SLOT_LEN]; SLOT_COUNT],
    operations: [0; 4 * SLOT_LEN],
};

/// Where the block is.
#[wasm_bindgen]
pub fn block() -> *mut u8 {
    (&raw mut BLOCK).cast()
}

/// Decides; returns the length of the operations. `flags` are, from the lowest bit: marketing, sale of
/// data, on the device, answer, revisit, first touch earns, all touches earn.
#[wasm_bindgen]
pub fn run(flags: u8, now: u32) -> usize {
    // SAFETY: the only reference to the block, and it ends with this function.
    let Block { lengths, slots, operations } = unsafe { &mut *(&raw mut BLOCK) };
    let mut texts = [&[][..]; SLOT_COUNT];
    for ((text, slot), length) in texts.iter_mut().zip(slots).zip(lengths) {
        *text = slot.get(..usize::from(*length)).unwrap_or_default();
    }
    let [now_ms, id, page, referrer, state, pixels, subject, details] = texts;
    let has = |bit: u8| flags & (1 << bit) != 0;
    let snapshot = Snapshot {
        moment: if has(3) {
            Moment::Answer
        } else if has(4) {
            Moment::Revisit
        } else {
            Moment::Page
        },
        consent: Consent::from_bits(flags),
        is_on_device: has(2),
        model: if has(5) {
            Model::First
        } else if has(6) {
            Model::Linear
        } else {
            Model::Last
        },
        now,
        now_ms,
        id,
        page,
        referrer,
        state,
        pixels,
        subject,
        details,
    };
    let mut out = Writer::new(operations);
    decide(&snapshot, &mut out);
    out.finished_len()
}

/// wasm-bindgen links against an allocator; nothing here ever asks it for anything.
struct NoHeap;

// SAFETY: giving nothing is always allowed.
unsafe impl GlobalAlloc for NoHeap {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        core::ptr::null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NO_HEAP: NoHeap = NoHeap;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}
