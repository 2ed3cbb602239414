//! The fuzzer's entry into [`fuzz::proof`].

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz::proof::check(input));
