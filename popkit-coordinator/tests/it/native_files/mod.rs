//! Files that mirror a native session.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[cfg(unix)]
mod crash;
mod insights;
mod state;

use std::fs;
use std::path::Path;

use popkit_coordinator::native::files::FileInsight;
use popkit_protocol::Timestamp;
use serde_json::Value;

/// A time, in seconds after a fixed one.
fn at(seconds: u64) -> Timestamp {
    Timestamp::from_millis(1_767_225_600_000 + seconds * 1000)
}

fn insight(number: u64) -> FileInsight {
    let mut insight = FileInsight::new("agent-1", format!("finding {number}"));
    insight.id = Some(format!("i-{number}"));
    insight.phase = Some("explore".to_owned());
    insight.tags = vec!["auth".to_owned()];
    insight.timestamp = Some(at(number));
    insight
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

/// The names in a folder, but for the lock.
fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name());
    let mut names: Vec<String> = files.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| !name.ends_with(".popkit-lock"));
    names.sort();
    names
}
