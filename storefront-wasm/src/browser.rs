//! The door for the page: one block of memory and one function. The page writes the text of a snapshot
//! into the block's input and a line break behind it, calls [`run`] with the rest as numbers, and reads
//! the operations, which stand before the input and behind their length.

#![expect(unsafe_code, reason = "one static block; a page has one thread, and `run` calls nothing")]

use core::alloc::{GlobalAlloc, Layout};

use wasm_bindgen::prelude::wasm_bindgen;

use crate::output::Output;
use crate::visit::decide;

const INPUT_LEN: usize = 16 * 1024;
const OUTPUT_LEN: usize = 48 * 1024;

#[repr(C)]
struct Block {
    output: Output<OUTPUT_LEN>,
    input: [u8; INPUT_LEN],
}

static mut BLOCK: Block = Block { output: Output::new(), input: [0; INPUT_LEN] };

/// Where the block is.
#[wasm_bindgen]
pub fn block() -> *mut u8 {
    (&raw mut BLOCK).cast()
}

/// Decides; returns the length of the operations.
#[wasm_bindgen]
pub fn run(flags: u32, now: u32, window: u32) -> usize {
    // SAFETY: the only reference to the block, and it ends with this function.
    let Block { output, input } = unsafe { &mut *(&raw mut BLOCK) };
    output.clear();
    decide(input, flags, now, window, output);
    output.len()
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
