//! `config.json`.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod anything;
mod choice;
mod defaults;
mod every_key;
mod keys;
mod mistakes;
#[cfg(feature = "schemars")]
mod schema;
mod settings;
mod warnings;

use std::path::Path;

use popkit_coordinator::config::{Config, ConfigError, Warning};

/// The file as it is shipped, by the table of the design; `api_url` and `streaming`, which
/// have no value there, as popkit has them.
const SHIPPED: &str = include_str!("shipped.json");

fn parse(text: &str) -> Result<(Config, Vec<Warning>), ConfigError> {
    Config::parse(text, Path::new("config.json"))
}

/// The configuration of a text that has nothing wrong or odd in it.
#[track_caller]
fn clean(text: &str) -> Config {
    let (config, warnings) = parse(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(warnings, [], "{text}");
    config
}

#[track_caller]
fn refused(text: &str) -> String {
    parse(text).expect_err(text).to_string()
}

fn warned(text: &str) -> Vec<String> {
    let (_, warnings) = parse(text).unwrap_or_else(|error| panic!("{error}"));
    warnings.iter().map(ToString::to_string).collect()
}

/// A file that says one thing.
fn file(key: &str, value: &str) -> String {
    let blocks: Vec<&str> = key.split('.').collect();
    let open = blocks.iter().map(|block| format!("{{{block:?}:")).collect::<String>();
    format!("{open}{value}{}", "}".repeat(blocks.len()))
}
