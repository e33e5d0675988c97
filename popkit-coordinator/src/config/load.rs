//! [`Config::load`] and [`Config::parse`].

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::read::{Field, Read, Report};
use super::{Config, ConfigError, Warning};

/// Bytes of the largest file.
const MAX_BYTES: usize = 1024 * 1024;

/// JSON, but for comments.
const SYNTAX: ParseOptions = ParseOptions {
    allow_comments: true,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// As [`Config::parse`]; also when the file cannot be read or is not UTF-8.
    pub fn load(path: impl AsRef<Path>) -> Result<(Self, Vec<Warning>), ConfigError> {
        let path = path.as_ref();
        let whole = |message: String| {
            let mut report = Report::new("", path);
            report.mistake("", 0, message);
            report.finish().map(|warnings| (Self::default(), warnings))
        };
        let mut bytes = Vec::new();
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        let read = File::open(path).and_then(|file| file.take(limit).read_to_end(&mut bytes));
        if let Err(error) = read {
            return whole(format!("cannot read the file: {error}"));
        }
        match String::from_utf8(bytes) {
            Ok(text) => Self::parse(&text, path),
            Err(_) => whole("the text is not UTF-8; save the file as UTF-8".to_owned()),
        }
    }

    /// Reads a configuration from text; `path` is the file that is named in what is said about
    /// it. With it come warnings: unknown keys, and keys that have no effect in popkit.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with all that is wrong, in the order of the file: a value has another
    /// type or is out of range, a key comes twice, a key asks for what popkit refuses, the text
    /// is larger than 1 MiB. An error of syntax comes alone.
    pub fn parse(text: &str, path: &Path) -> Result<(Self, Vec<Warning>), ConfigError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut report = Report::new(text, path);
        let mut config = Self::default();
        if text.len() > MAX_BYTES {
            report.mistake("", 0, "the file is larger than 1 MiB, the limit of a configuration");
            return report.finish().map(|warnings| (config, warnings));
        }
        match parse_to_ast(text, &CollectOptions::default(), &SYNTAX) {
            Err(error) => {
                let message = format!("this is not JSON: {}", lower(&error.kind().to_string()));
                report.mistake("", error.range().start, message);
            }
            Ok(parsed) => match &parsed.value {
                None => report.mistake("", 0, "the file is empty; `popkit power init` writes one"),
                Some(root) => {
                    let root = Field::new(root, String::new(), &mut report);
                    config = Self::read(&root, &mut report).unwrap_or_default();
                    config.settle(&mut report);
                }
            },
        }
        report.finish().map(|warnings| (config, warnings))
    }
}

fn lower(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(rest).collect()
}
