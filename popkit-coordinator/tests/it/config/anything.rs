//! Whatever stands in the file.

use std::path::Path;

use popkit_coordinator::config::Config;
use popkit_coordinator::machine::Settings;
use popkit_coordinator::mode::Mode;
use proptest::prelude::*;

/// What is put in place of a part of the file.
const PARTS: [&str; 12] =
    ["", "\"", "{", "}", "[", "]", ",", "null", "-1", "1e999", "\u{0}", "\"\\ud800ü\""];

proptest! {
    #[test]
    fn a_file_that_was_damaged_is_read_or_refused(
        from in 0_usize..7000,
        length in 0_usize..40,
        part in 0..PARTS.len(),
    ) {
        let mut text = Config::example();
        let from = (0..=from.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let to = (from + length).min(text.len());
        text.replace_range(from..to, PARTS[part]);
        match Config::parse(&text, Path::new("config.json")) {
            Ok((config, _)) => {
                let _: Settings = config.settings(Mode::File, None);
                prop_assert!(config.redis.url().starts_with("redis://"));
            }
            Err(error) => {
                let lines = error.to_string().lines().count();
                prop_assert_eq!(lines, error.mistakes().len());
                prop_assert!(lines > 0);
            }
        }
    }
}
