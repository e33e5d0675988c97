//! Taking out what is not meant to be read.

use std::borrow::Cow;

use crate::limits;

/// Where a text was cut.
const CUT: char = '…';

/// A control string that is longer is none: its beginning is dropped, the rest is shown.
const SEQUENCE_BYTES: usize = 4096;

/// The text without what is not meant to be read, at most `limit` bytes long.
///
/// | Goes | Becomes |
/// |---|---|
/// | terminal escapes: colours, cursor, titles, links | nothing |
/// | other control characters, but line feed and tab | nothing |
/// | carriage returns, line and paragraph separators | line feeds |
/// | marks that turn the direction of writing | nothing |
/// | tag characters, invisible variation selectors, byte order marks | nothing |
/// | what is beyond the limit | `…`, where the limit leaves room |
///
/// Cleaning twice is cleaning once. A text that needs no cleaning is given back as it is.
///
/// ```
/// use popkit_protocol::text::clean;
///
/// assert_eq!(clean("\x1b[31mred\x1b[0m\r\n\u{202e}txt", 100), "red\ntxt");
/// assert_eq!(clean("12345678", 6), "123…");
/// ```
#[must_use]
pub fn clean(text: &str, limit: usize) -> Cow<'_, str> {
    if !text.contains(is_special) {
        return match shortened(text, limit) {
            None => Cow::Borrowed(text),
            Some(short) => Cow::Owned(short),
        };
    }
    let mut out = String::with_capacity(text.len().min(limit));
    let mut rest = text;
    // One character beyond the limit is enough to know that it is cut.
    while let Some(c) = rest.chars().next().filter(|_| out.len() <= limit) {
        let tail = rest.get(c.len_utf8()..).unwrap_or_default();
        rest = match c {
            '\x1b' => behind_escape(tail),
            '\u{9b}' => behind_control_sequence(tail),
            '\u{90}' | '\u{98}' | '\u{9d}'..='\u{9f}' => behind_control_string(tail),
            '\r' => {
                if !tail.starts_with('\n') {
                    out.push('\n');
                }
                tail
            }
            '\u{2028}' | '\u{2029}' => {
                out.push('\n');
                tail
            }
            _ => {
                if !is_special(c) {
                    out.push(c);
                }
                tail
            }
        };
    }
    let short = shortened(&out, limit);
    Cow::Owned(short.unwrap_or(out))
}

/// The text within the limit, where it is longer.
fn shortened(text: &str, limit: usize) -> Option<String> {
    if text.len() <= limit {
        return None;
    }
    match limit.checked_sub(CUT.len_utf8()) {
        Some(room) => Some(format!("{}{CUT}", limits::cut(text, room))),
        None => Some(limits::cut(text, limit).to_owned()),
    }
}

/// Whether a character is not shown as it is.
fn is_special(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        // Arabic letter mark, left- and right-to-left marks.
        '\u{61c}'
        | '\u{200e}'
        | '\u{200f}'
        // Line and paragraph separators; embeddings and overrides of direction.
        | '\u{2028}'..='\u{202e}'
        // Isolates of direction, and deprecated formats.
        | '\u{2066}'..='\u{206f}'
        // Byte order mark, annotations.
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        // Tags, and the variation selectors that can carry any hidden bytes.
        | '\u{e0000}'..='\u{e0fff}' => true,
        c => c.is_control(),
    }
}

/// What follows an escape sequence, given what follows its escape character.
fn behind_escape(tail: &str) -> &str {
    let mut chars = tail.chars();
    match chars.next() {
        Some('[') => behind_control_sequence(chars.as_str()),
        Some(']' | 'P' | 'X' | '^' | '_') => behind_control_string(chars.as_str()),
        // Character sets and the like: intermediate characters and a last one.
        Some(' '..='/') => {
            let rest = chars.as_str().trim_start_matches(|c| matches!(c, ' '..='/'));
            behind_one(rest, |c| matches!(c, '0'..='~'))
        }
        Some('0'..='~') => chars.as_str(),
        _ => tail,
    }
}

/// What follows a control sequence, given what follows its introducer. Where it has no end,
/// only what could belong to it goes.
fn behind_control_sequence(tail: &str) -> &str {
    let rest = tail.trim_start_matches(|c| matches!(c, ' '..='?'));
    behind_one(rest, |c| matches!(c, '@'..='~'))
}

/// What follows a control string (a title, a link), given what follows its introducer. One
/// that has no end hides nothing: its text is shown.
fn behind_control_string(tail: &str) -> &str {
    let within = limits::cut(tail, SEQUENCE_BYTES);
    for (at, c) in within.char_indices() {
        let end = match c {
            '\x07' | '\u{9c}' => at + c.len_utf8(),
            '\x1b' if tail.get(at..).is_some_and(|rest| rest.starts_with("\x1b\\")) => at + 2,
            _ => continue,
        };
        return tail.get(end..).unwrap_or_default();
    }
    tail
}

fn behind_one(text: &str, is_last: fn(char) -> bool) -> &str {
    text.strip_prefix(is_last).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn terminal_escapes_go() {
        for (text, shown) in [
            ("\x1b[1;31mred\x1b[0m", "red"),
            ("\u{9b}31mred", "red"),
            ("a\x1b[2J\x1b[Hb", "ab"),
            ("\x1b]0;title\x07text", "text"),
            ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
            ("\u{9d}0;title\u{9c}text", "text"),
            ("\x1bP1$r0m\x1b\\x", "x"),
            ("\x1b(Bx\x1b7y\x1bcz", "xyz"),
            ("\x1b\x1b[31mx", "x"),
            ("\x1b[31", ""),
            ("\x1b[\nx", "\nx"),
            ("\x1b", ""),
            ("\x1b]0;never closed\ntext", "0;never closed\ntext"),
        ] {
            assert_eq!(clean(text, 1000), shown, "{text:?}");
        }
        let long = format!("\x1b]{}\x07b", "a".repeat(SEQUENCE_BYTES));
        assert!(clean(&long, 10_000).starts_with("aaa"), "nothing is hidden for ever");
    }

    #[test]
    fn control_and_invisible_characters_go() {
        for (text, shown) in [
            ("a\0b\x08c\x7fd\u{85}e", "abcde"),
            ("a\tb\nc", "a\tb\nc"),
            ("a\r\nb\rc\r\r\n", "a\nb\nc\n\n"),
            ("a\u{2028}b\u{2029}c", "a\nb\nc"),
            ("\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}\u{200f}\u{61c}", "gpj.exex"),
            ("hi\u{e0001}\u{e0068}\u{e0069}\u{e007f}", "hi"),
            ("a\u{e0100}b\u{feff}c", "abc"),
            ("é😀 שלום 👩‍👩‍👧", "é😀 שלום 👩‍👩‍👧"),
        ] {
            assert_eq!(clean(text, 1000), shown, "{text:?}");
        }
    }

    #[test]
    fn long_text_is_cut_and_says_so() {
        assert_eq!(clean("12345678", 8), "12345678");
        assert_eq!(clean("123456789", 8), "12345…");
        assert_eq!(clean("éééé", 7), "éé…");
        assert_eq!(
            (clean("1234", 2), clean("é", 1), clean("1", 0)),
            ("12".into(), "".into(), "".into())
        );
        assert_eq!(clean("\x1b[1m\x1b[0m12", 2), "12", "only what is shown counts");
        assert!(matches!(clean("plain", 10), Cow::Borrowed("plain")));
    }

    proptest! {
        #[test]
        fn nothing_special_is_left_and_cleaning_twice_is_cleaning_once(
            text in prop_oneof!["(?s).*", "(?s)[\x1b\u{9b}\u{9d}\\[\\]\\\\;a0m\u{7}\r\n\u{202e}é]*"],
            limit in 0..64_usize,
        ) {
            let once = clean(&text, limit);
            prop_assert!(once.len() <= limit);
            prop_assert!(!once.contains(is_special), "{:?}", once);
            prop_assert_eq!(clean(&once, limit), once.clone());
        }
    }
}
