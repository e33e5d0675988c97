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
    /// Where the watch began, of other channels too.
    began: Cursor,
    /// What it has read itself.
    read: Cursor,
    is_due: bool,
}

impl Kept {
    /// # Errors
    ///
    /// A file that holds something else: it is not for us to replace.
    pub(super) fn new(file: Option<PathBuf>, start: &Start) -> Result<Self, CliError> {
        let began = match start {
            Start::After(cursor) => cursor.clone(),
            _ => Cursor::new(),
        };
        let kept = Self { file, began, read: Cursor::new(), is_due: false };
        kept.stored()?;
        Ok(kept)
    }

    /// What the file holds. It may serve several watches, each of its own channels.
    fn stored(&self) -> Result<Cursor, CliError> {
        let Some(file) = self.file.as_ref().filter(|file| file.is_file()) else {
            return Ok(Cursor::new());
        };
        let text = input::text(&file.to_string_lossy())?;
        if text.trim().is_empty() {
            return Ok(Cursor::new());
        }
        let place = format!("--save {}", file.display());
        text.trim().parse::<Cursor>().map_err(|error| CliError::from(error).at(place))
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
            self.read.set(channel.clone(), place.clone());
        }
        self.is_due = true;
    }

    /// Keeps it, beside the places of channels that this watch does not read.
    pub(super) fn save(&mut self) -> Result<(), CliError> {
        if let Some(file) = self.file.as_ref().filter(|_| self.is_due) {
            let places = self.began.clone().into_iter().chain(self.stored()?);
            let whole: Cursor = places.chain(self.read.clone()).collect();
            whole::write_private(file, format!("{whole}\n").as_bytes())?;
            self.is_due = false;
        }
        Ok(())
    }
}
