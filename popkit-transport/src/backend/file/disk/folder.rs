//! The folder of one channel.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use popkit_protocol::Channel;

use super::files;
use super::layout::folder_of;
use crate::backend::file::classify::{corrupt, refused};
use crate::backend::file::shared::Shared;
use crate::{Error, ErrorKind, Result};

/// The first line of the file `channel`.
const TITLE: &str = "popkit channel 1";

/// The folder of a channel.
#[derive(Debug, Clone)]
pub(in crate::backend::file) struct Folder {
    pub(in crate::backend::file) path: PathBuf,
    /// Tells this log from one that is made in its place later.
    pub(in crate::backend::file) epoch: u64,
}

/// The folder of a channel, made where it is missing.
pub(in crate::backend::file) fn ensure(shared: &Shared, channel: &Channel) -> Result<Folder> {
    let path = shared.root.join(folder_of(channel));
    if let Some(epoch) = read(&path, channel)? {
        return Ok(Folder { path, epoch });
    }
    make(shared, &path, channel).map_err(|e| refused("make", &path, e))?;
    match read(&path, channel)? {
        Some(epoch) => Ok(Folder { path, epoch }),
        None => {
            let message = format!("{} was removed just now; try again", path.display());
            Err(Error::new(ErrorKind::Unavailable, message))
        }
    }
}

fn make(shared: &Shared, path: &Path, channel: &Channel) -> io::Result<()> {
    let synced = shared.is_synced();
    files::private_folder(path)?;
    if synced {
        files::sync_folder(&shared.root)?;
    }
    // The half of 128 random bits.
    let epoch = u64::try_from(shared.ids.draw() >> 64).unwrap_or_default();
    let content = format!("{TITLE}\n{channel}\n{epoch:016x}\n");
    files::create_whole(&path.join("channel"), content.as_bytes(), synced).map(|_| ())
}

/// The epoch of a channel's folder; `None` where there is none.
pub(in crate::backend::file) fn read(path: &Path, channel: &Channel) -> Result<Option<u64>> {
    let file = path.join("channel");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Err(corrupt(&file, "is damaged"));
        }
        Err(error) => return Err(refused("read", &file, error)),
    };
    let mut lines = text.lines();
    let (title, name, epoch) = (lines.next(), lines.next(), lines.next());
    let epoch = epoch.and_then(|epoch| u64::from_str_radix(epoch, 16).ok());
    match (title, name, epoch) {
        (Some(TITLE), Some(name), Some(epoch)) if name == channel.as_str() => Ok(Some(epoch)),
        (Some(TITLE), Some(name), Some(_)) => {
            let what = format!("is about the channel {name:?}, not {channel}");
            Err(corrupt(&file, &what))
        }
        _ => Err(corrupt(&file, "is damaged, or not popkit's")),
    }
}
