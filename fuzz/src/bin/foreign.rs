//! The fuzzer's entry into [`fuzz::foreign`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::foreign::check(input));
