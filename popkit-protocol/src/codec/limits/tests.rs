use proptest::prelude::*;

use super::*;

fn check(text: &str) -> Result<&str, CodecError> {
    Limits::default().check(text.as_bytes())
}

fn kind(text: &str) -> CodecErrorKind {
    check(text).unwrap_err().kind()
}

#[test]
fn size_is_checked_to_the_byte() {
    let limits = Limits::default().with_bytes(10);
    assert!(limits.check(b"[1,2,3,45]").is_ok());
    let error = limits.check(b"[1,2,3,456]").unwrap_err();
    assert_eq!(error.kind(), CodecErrorKind::TooLarge);
    assert!(error.to_string().contains("11 bytes, the limit is 10"), "{error}");
}

#[test]
fn depth_is_checked_before_anything_is_parsed() {
    let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(check(&nested(32)).is_ok());
    assert_eq!(kind(&nested(33)), CodecErrorKind::TooDeep);
    assert_eq!(kind(&"{\"a\":".repeat(50_000)), CodecErrorKind::TooDeep, "no JSON");
    assert!(check("[\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\"]").is_ok(), "in a text");
    assert!(check(&format!("[{}1]", "[],".repeat(1000))).is_ok(), "side by side");
    let deepest = Limits::default().with_depth(usize::MAX);
    assert_eq!(deepest.depth, Limits::DEEPEST);
    assert!(deepest.check(nested(100).as_bytes()).is_ok());
    assert!(deepest.check(nested(101).as_bytes()).is_err());
    let public = Limits { bytes: usize::MAX, depth: usize::MAX };
    assert!(public.check(nested(100_000).as_bytes()).is_err(), "the field is no way around");
}

#[test]
fn a_key_that_is_there_twice_is_refused_at_any_depth() {
    for text in [
        "{\"a\":1,\"a\":1}",
        "[{\"b\":[{\"a\":1,\"c\":2,\"a\":3}]}]",
        "{\"a\":1,\"\\u0061\":2}",
        "{\"\":1,\"\":2}",
    ] {
        assert_eq!(kind(text), CodecErrorKind::Malformed, "{text}");
        assert!(check(text).unwrap_err().reason().contains("twice"), "{text}");
    }
    assert!(check("[{\"a\":1},{\"a\":{\"a\":2}}]").is_ok());
}

#[test]
fn what_is_no_json_is_refused() {
    for text in ["", " ", "{", "{}{}", "{} x", "{'a':1}", "[NaN]", "[Infinity]", "[1e999]", "[01]"]
    {
        assert_eq!(kind(text), CodecErrorKind::Malformed, "{text}");
    }
    for text in ["\"\\ud800\"", "\"\\udc00\\ud800\"", "{\"\\ud83d\":1}"] {
        assert_eq!(kind(text), CodecErrorKind::Malformed, "a lone surrogate: {text}");
    }
    let error = Limits::default().check(b"{\"a\":\"\xff\"}").unwrap_err();
    assert!(error.reason().contains("not UTF-8 from byte 6"), "{error}");
    let long = format!("{{\"{0}\":1,\"{0}\":1}}", "x\n".repeat(1000).escape_debug());
    let error = check(&long).unwrap_err().to_string();
    assert!(error.len() < 300 && !error.contains('\n'), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = Limits::default().check(&bytes);
    }

    #[test]
    fn the_scanner_and_the_parser_agree_about_depth(
        depth in 1..40_usize, limit in 1..40_usize, objects in any::<u64>(),
    ) {
        let is_object = |at: usize| objects >> (at % 64) & 1 == 1;
        let open: String = (0..depth).map(|at| if is_object(at) { "{\"{[\":" } else { "[" }).collect();
        let close: String =
            (0..depth).rev().map(|at| if is_object(at) { "}" } else { "]" }).collect();
        let text = format!("{open}0{close}");
        let fits = Limits::default().with_depth(limit).check(text.as_bytes()).is_ok();
        prop_assert_eq!(fits, depth <= limit, "{}", text);
    }
}
