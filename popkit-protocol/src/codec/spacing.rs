//! The same JSON with other spaces and escapes.
//!
//! Only what carries no meaning changes. Numbers stay as they were written: a detour by
//! binary numbers would round what other languages write.

use super::error::{CodecError, CodecErrorKind};

/// How JSON is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spacing {
    comma: &'static str,
    colon: &'static str,
    ascii: bool,
}

impl Spacing {
    /// No spaces, characters as they are: the native form.
    pub(crate) const COMPACT: Self = Self { comma: ",", colon: ":", ascii: false };
    /// As Python's default encoder writes.
    pub(crate) const PYTHON: Self = Self { comma: ", ", colon: ": ", ascii: true };
    /// As Python's encoder writes with compact separators.
    pub(crate) const PYTHON_COMPACT: Self = Self { comma: ",", colon: ":", ascii: true };

    /// Writes JSON in this manner.
    ///
    /// The text must be JSON: it is not checked again, except for its strings.
    pub(crate) fn apply(self, json: &str) -> Result<String, CodecError> {
        let mut out = String::with_capacity(json.len());
        let mut rest = json;
        while let Some((plain, mark, tail)) = split(rest) {
            out.push_str(plain);
            rest = tail;
            match mark {
                ',' => out.push_str(self.comma),
                ':' => out.push_str(self.colon),
                '"' => {
                    let (inner, tail) = string(tail).ok_or_else(|| broken("it never ends"))?;
                    self.push_string(&mut out, inner)?;
                    rest = tail;
                }
                _ => {}
            }
        }
        out.push_str(rest);
        Ok(out)
    }

    /// Appends a string, given what stands between its quotes.
    fn push_string(self, out: &mut String, inner: &str) -> Result<(), CodecError> {
        let verbatim = !inner.contains('\\') && (!self.ascii || inner.bytes().all(is_printable));
        if verbatim {
            out.push('"');
            out.push_str(inner);
            out.push('"');
            return Ok(());
        }
        let quoted = format!("\"{inner}\"");
        let text: String = serde_json::from_str(&quoted).map_err(|e| broken(&e.to_string()))?;
        let quoted = serde_json::to_string(&text).map_err(|e| broken(&e.to_string()))?;
        if self.ascii {
            push_ascii(out, &quoted);
        } else {
            out.push_str(&quoted);
        }
        Ok(())
    }
}

fn broken(reason: &str) -> CodecError {
    CodecError::new(CodecErrorKind::Malformed, format!("text that is no JSON string: {reason}"))
}

const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

/// What stands before the next comma, colon, quote or space, that character, and the rest.
fn split(text: &str) -> Option<(&str, char, &str)> {
    let marks = [',', ':', '"', ' ', '\t', '\n', '\r'];
    let (plain, tail) = text.split_at_checked(text.find(marks)?)?;
    let mut chars = tail.chars();
    let mark = chars.next()?;
    Some((plain, mark, chars.as_str()))
}

/// What stands before the closing quote, and what behind it.
fn string(text: &str) -> Option<(&str, &str)> {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let closes = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        closes
    })?;
    Some((text.get(..end)?, text.get(end + 1..)?))
}

/// Appends text with everything but printable ASCII as `\uXXXX`, in pairs beyond the first
/// 65,536 characters.
fn push_ascii(out: &mut String, text: &str) {
    for c in text.chars() {
        if matches!(c, ' '..='~') {
            out.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            out.push_str(&format!("\\u{unit:04x}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_spaces_and_escapes_change() {
        let text =
            " { \"a\" : [ 1.0 , 12345678901234567890123 ,\n\t1E5 ] , \"\\u00e9:,\" : \"😀\\/\" } ";
        for (spacing, written) in [
            (Spacing::COMPACT, "{\"a\":[1.0,12345678901234567890123,1E5],\"é:,\":\"😀/\"}"),
            (
                Spacing::PYTHON,
                "{\"a\": [1.0, 12345678901234567890123, 1E5], \"\\u00e9:,\": \"\\ud83d\\ude00/\"}",
            ),
            (
                Spacing::PYTHON_COMPACT,
                "{\"a\":[1.0,12345678901234567890123,1E5],\"\\u00e9:,\":\"\\ud83d\\ude00/\"}",
            ),
        ] {
            assert_eq!(spacing.apply(text).unwrap(), written);
            assert_eq!(spacing.apply(written).unwrap(), written, "applied twice");
        }
    }

    #[test]
    fn control_characters_are_written_as_python_does() {
        let json = serde_json::to_string("\"\\\u{8}\u{c}\n\r\t\u{1}\u{7f}/").unwrap();
        let written = "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u007f/\"";
        assert_eq!(Spacing::PYTHON.apply(&json).unwrap(), written);
    }

    #[test]
    fn broken_text_is_an_error_and_no_panic() {
        for bad in ["\"", "\"\\", "\"\\ud800\"", "\"\\u12\"", "{\"a\": \"é\\"] {
            assert!(Spacing::PYTHON.apply(bad).is_err(), "{bad:?}");
        }
    }
}
