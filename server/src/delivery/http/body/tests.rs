use super::*;

#[test]
fn readable_text_is_kept_as_it_is() {
    let text = "{\"status\":\"ok\"}\r\n\tété 日本 🎉";
    assert_eq!(safe_text(text.as_bytes()), text);
}

#[test]
fn control_characters_become_their_pictures() {
    assert_eq!(safe_text(b"a\0b\x1b[31mc\x7f\x08"), "a␀b␛[31mc␡␈");
}

#[test]
fn characters_that_hide_or_reorder_text_are_replaced() {
    let text = "a\u{202e}b\u{2066}c\u{200b}d\u{85}e\u{feff}f\u{2028}g";
    assert_eq!(
        safe_text(text.as_bytes()),
        "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}f\u{fffd}g"
    );
}

#[test]
fn bytes_that_are_no_text_are_replaced_one_by_one() {
    assert_eq!(safe_text(b"GIF89a\xff\xfe!"), "GIF89a\u{fffd}\u{fffd}!");
}

#[test]
fn a_character_cut_in_two_at_the_end_is_dropped() {
    assert_eq!(safe_text("aé".as_bytes().split_last().unwrap().1), "a");
    assert_eq!(safe_text("ok🎉".as_bytes().split_last().unwrap().1), "ok");
}
