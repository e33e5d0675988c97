//! Values that may come from the command line, a file or standard input.

use std::fs::File;
use std::io::{self, Read};

use popkit_protocol::{Json, Timestamp, compat::autonomous};

use crate::error::CliError;
use crate::exit::Exit;

/// Bytes that are read from one file: what the largest document may have.
pub(crate) const MAX_BYTES: u64 = autonomous::MAX_BYTES as u64;

/// JSON as it was given: the text itself, `@FILE`, or `-` for standard input. `option` is
/// named in errors.
pub(crate) fn json(option: &str, given: &str) -> Result<Json, CliError> {
    let (place, text) = match given.strip_prefix('@') {
        Some(path) => (path, text(path).map_err(|e| e.at(option))?),
        None if given == "-" => ("standard input", text("-").map_err(|e| e.at(option))?),
        None => ("", given.to_owned()),
    };
    Json::from_text(&text).map_err(|e| {
        let error = CliError::data(e.to_string());
        let error = if place.is_empty() { error } else { error.at(place) };
        error.at(option)
    })
}

/// The text of a file, or of standard input for `-`.
pub(crate) fn text(path: &str) -> Result<String, CliError> {
    match path {
        "-" => read("standard input", Ok(io::stdin())),
        path => read(path, File::open(path)),
    }
}

/// A point in time as documents have it. Those of the originals name no zone; they count as UTC,
/// as everywhere in popkit.
pub(crate) fn time(text: &str) -> Option<Timestamp> {
    text.parse().or_else(|_| format!("{text}Z").parse()).ok()
}

fn read<R: Read>(place: &str, from: io::Result<R>) -> Result<String, CliError> {
    let mut text = String::new();
    let read = from.and_then(|r| r.take(MAX_BYTES + 1).read_to_string(&mut text));
    match read {
        Err(e) => Err(CliError::io(Exit::Data, format!("cannot read {place}"), &e)),
        Ok(n) if n as u64 > MAX_BYTES => {
            Err(CliError::data(format!("{place} is larger than {} MiB", MAX_BYTES >> 20)))
        }
        Ok(_) => Ok(text),
    }
}
