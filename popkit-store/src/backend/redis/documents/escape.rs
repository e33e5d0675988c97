//! Content that a wire for text alone carries.

use bytes::Bytes;

/// Whether one of these is no UTF-8 text.
pub(super) fn is_needed(parts: &[Bytes]) -> bool {
    parts.iter().any(|part| std::str::from_utf8(part).is_err())
}

/// The same as text: `%xx` for every byte that is not ASCII, and for `%`. The scripts take it
/// back.
pub(super) fn escape(part: &Bytes) -> Bytes {
    let mut text = Vec::with_capacity(part.len() * 3);
    for byte in part {
        if byte.is_ascii() && *byte != b'%' {
            text.push(*byte);
        } else {
            text.extend(format!("%{byte:02x}").bytes());
        }
    }
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_escaped_and_nothing_else() {
        let bytes = Bytes::from_static(b"a%\xff\n\0\xc3\xa9");
        assert!(is_needed(&[Bytes::new(), bytes.clone()]));
        assert_eq!(escape(&bytes), "a%25%ff\n\0%c3%a9");
        assert!(!is_needed(&["é%".into(), Bytes::new()]));
    }
}
