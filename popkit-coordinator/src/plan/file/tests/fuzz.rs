use proptest::prelude::*;

use super::*;

const FORMATS: [Format; 3] = [Format::Toml, Format::Yaml, Format::Json];
const FULL: [&str; 3] =
    [include_str!("full.toml"), include_str!("full.yaml"), include_str!("full.json")];

/// Reads the text in every format; each error must be whole lines with the file's name.
fn survive(bytes: &[u8]) {
    for format in FORMATS {
        if let Err(error) = Plan::parse_bytes(bytes, format, Path::new("p.x"), false) {
            let text = error.to_string();
            assert_eq!(text.lines().count(), error.issues().len(), "{text}");
            assert!(text.lines().all(|line| line.starts_with("p.x:")), "{text}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survive(&bytes);
    }

    #[test]
    fn no_text_panics(text in ".{0,200}") {
        survive(text.as_bytes());
    }

    #[test]
    fn no_marks_panic(text in r#"[-\[\]{}:,"'#&*!|>%@=?.~<a1é\\ \t\r\n]{0,120}"#) {
        survive(text.as_bytes());
    }

    #[test]
    fn no_wound_panics(
        which in 0..3_usize,
        at in any::<prop::sample::Index>(),
        cut in 0..40_usize,
        put in prop::collection::vec(any::<u8>(), 0..4),
    ) {
        let mut bytes = FULL[which].as_bytes().to_vec();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, put);
        survive(&bytes);
    }

    #[test]
    fn lines_that_change_places_do_not_panic(which in 0..3_usize, a in 0..40_usize, b in 0..40_usize) {
        let mut lines: Vec<_> = FULL[which].lines().collect();
        let count = lines.len();
        lines.swap(a % count, b % count);
        survive(lines.join("\n").as_bytes());
    }
}

#[test]
fn deep_nesting_is_refused() {
    let deep = 100_000;
    for text in [
        "[".repeat(deep),
        "{\"a\":".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        "a: {".repeat(deep),
        format!("a = {}", "[".repeat(deep)),
        format!("a = {}1{}", "[".repeat(deep), "]".repeat(deep)),
        format!("a = {}", "{a=".repeat(deep)),
        format!("[{}a]", "a.".repeat(deep)),
        format!("a = 1\n{}", "[[a]]\n".repeat(deep)),
    ] {
        survive(text.as_bytes());
    }
    for (format, text) in [
        (Format::Json, format!("{}{}", "[".repeat(65), "]".repeat(65))),
        (Format::Yaml, format!("{}x", "- ".repeat(65))),
        (Format::Toml, format!("a = {}{}", "[".repeat(64), "]".repeat(64))),
    ] {
        let error = parse(&text, format).unwrap_err();
        assert!(
            error.ends_with("more than 64 levels of lists and tables inside each other"),
            "{error}"
        );
    }
}
