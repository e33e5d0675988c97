//! Where to begin, and keeping how far was read.

use std::path::{Path, PathBuf};

use popkit_transport::{Cursor, Start};

use super::WatchArgs;
use crate::error::CliError;
use crate::{input, whole};

/// Where to begin.
///
/// A file that is also the one to save to need not be there yet: nothing was read then.
pub(super) fn start(args: &WatchArgs) -> Result<Start, CliError> {
    let Some(from) = args.from.as_deref() else {
        return Ok(if args.once { Start::Earliest } else { Start::Now });
    };
    match from {
        "now" => Ok(Start::Now),
        "start" => Ok(Start::Earliest),
        _ => match from.strip_prefix('@') {
            None => cursor(from).map_err(|e| e.at("--from")),
            Some(path) => {
                let path = Path::new(path);
                if args.save.as_deref() == Some(path) && !path.exists() {
                    return Ok(Start::Earliest);
                }
                let text = input::text(&path.to_string_lossy())?;
                cursor(&text).map_err(|e| e.at(path.display()))
            }
        },
    }
}

fn cursor(text: &str) -> Result<Start, CliError> {
    let text = text.trim();
    if !text.starts_with('{') {
        return Err(CliError::usage("expected now, start, a cursor in JSON, or @FILE"));
    }
    text.parse::<Cursor>().map(Start::After).map_err(CliError::from)
}

/// A file that holds how far was read.
#[derive(Debug)]
pub(super) struct Kept {
    file: Option<PathBuf>,
    /// What was read before, of other channels too: a file may serve several watches.
    cursor: Cursor,
    is_due: bool,
}

impl Kept {
    pub(super) fn new(file: Option<PathBuf>, start: &Start) -> Self {
        let cursor = match start {
            Start::After(cursor) => cursor.clone(),
            _ => Cursor::new(),
        };
        Self { file, cursor, is_due: false }
    }

    /// Whether it is kept at all.
    pub(super) fn is_wanted(&self) -> bool {
        self.file.is_some()
    }

    /// Whether something was read that is not kept.
    pub(super) fn is_due(&self) -> bool {
        self.is_due
    }

    /// So far was read, and shown.
    pub(super) fn note(&mut self, read: &Cursor) {
        for (channel, place) in read.iter() {
            self.cursor.set(channel.clone(), place.clone());
        }
        self.is_due = true;
    }

    /// Keeps it.
    pub(super) fn save(&mut self) -> Result<(), CliError> {
        if let Some(file) = self.file.as_ref().filter(|_| self.is_due) {
            whole::write_private(file, format!("{}\n", self.cursor).as_bytes())?;
            self.is_due = false;
        }
        Ok(())
    }
}
