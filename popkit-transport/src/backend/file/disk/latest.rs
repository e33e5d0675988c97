//! Latest values: one file per key, replaced as a whole.

use std::fs;
use std::io;
use std::path::Path;

use popkit_protocol::id;

use super::files;
use super::record::{Parsed, Record, Spot, parse};
use crate::LatestKey;

const FOLDER: &str = "latest";

/// Replaces the value of a key. The record's number is that of the change.
pub(in crate::backend::file) fn write(
    folder: &Path,
    epoch: u64,
    key: &LatestKey,
    record: &Record<'_>,
    synced: bool,
) -> io::Result<()> {
    let folder = folder.join(FOLDER);
    if !folder.is_dir() {
        files::private_folder(&folder)?;
    }
    let mut bytes = Vec::new();
    record.encode(Spot { epoch, at: 0 }, &mut bytes);
    // The key behind the record: its file name has lost what case it was.
    bytes.extend_from_slice(key.as_str().as_bytes());
    files::replace(&folder.join(name_of(key)), &bytes, synced)
}

/// A dot cannot begin an id's file name, so temporary files are told apart.
fn name_of(key: &LatestKey) -> String {
    format!("k-{}", id::file_name(key.as_str()))
}

/// Hands out each value that changed after the change `seen`, oldest change first.
pub(in crate::backend::file) fn since(
    (folder, epoch): (&Path, u64),
    seen: u64,
    mut each: impl FnMut(LatestKey, &Record<'_>),
) -> io::Result<()> {
    let mut found = Vec::new();
    read_all(folder, |bytes| {
        if let Some((key, record)) = split(bytes, epoch)
            && record.number > seen
        {
            found.push((record.number, bytes.to_vec(), key));
        }
    })?;
    found.sort_unstable_by_key(|(number, ..)| *number);
    for (_, bytes, key) in found {
        if let Parsed::Record(record, _) = parse(&bytes, Spot { epoch, at: 0 }) {
            each(key, &record);
        }
    }
    Ok(())
}

/// Removes what crashed appenders left; only under the lock.
pub(in crate::backend::file) fn sweep(folder: &Path) -> io::Result<()> {
    let folder = folder.join(FOLDER);
    if folder.is_dir() { files::sweep(&folder) } else { Ok(()) }
}

/// The number of the last change.
pub(in crate::backend::file) fn last_change(folder: &Path, epoch: u64) -> io::Result<u64> {
    let mut last = 0;
    read_all(folder, |bytes| {
        last = last.max(split(bytes, epoch).map_or(0, |(_, record)| record.number));
    })?;
    Ok(last)
}

fn split(bytes: &[u8], epoch: u64) -> Option<(LatestKey, Record<'_>)> {
    let Parsed::Record(record, length) = parse(bytes, Spot { epoch, at: 0 }) else { return None };
    let key = str::from_utf8(bytes.get(length..)?).ok()?;
    Some((LatestKey::new(key).ok()?, record))
}

fn read_all(folder: &Path, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let entries = match fs::read_dir(folder.join(FOLDER)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if !entry.file_name().to_string_lossy().starts_with("k-") {
            continue;
        }
        match fs::read(entry.path()) {
            // Replaced just now: the next look finds the new one.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            // One that cannot be read is no value; the next change replaces it.
            bytes => each(&bytes?),
        }
    }
    Ok(())
}
