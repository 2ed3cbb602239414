//! The fuzzer's entry into [`fuzz::template`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::template::check(input));
