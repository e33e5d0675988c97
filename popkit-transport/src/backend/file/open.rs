//! Opening the folder of messages.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::classify::{corrupt, refused};
use super::disk::files;
use super::hub::Hub;
use super::shared::{Bounds, Shared};
use super::{FileOptions, FileTransport, append};
use crate::{Error, ErrorKind, Result};

/// What the file `transport` holds.
const MARKER: &str = "popkit messages 1\n";

pub(super) async fn open(options: FileOptions) -> Result<FileTransport> {
    let opened = tokio::task::spawn_blocking(move || open_blocking(options)).await;
    opened.unwrap_or_else(|error| {
        let message = "opening did not come to an end";
        Err(Error::new(ErrorKind::Unexpected, message).with_source(error))
    })
}

fn open_blocking(options: FileOptions) -> Result<FileTransport> {
    options.check()?;
    let synced = options.durability == popkit_protocol::Durability::PowerSafe;
    let root = prepare(&options.folder, synced)?;
    claim(&root, synced)?;
    let shared = Arc::new(Shared {
        producer: options.ids.producer(),
        latest_producer: options.ids.producer(),
        bounds: Bounds::of(options.keep, options.segment_bytes),
        root,
        clock: options.clock,
        ids: options.ids,
        durability: options.durability,
        keep: options.keep,
        poll: options.poll,
        hub: Hub::new(options.watch),
        closed: AtomicBool::new(false),
    });
    let writer = append::start(Arc::clone(&shared))?;
    Ok(FileTransport::new(shared, writer))
}

/// Makes the folders that are missing, and answers with the path without links above it.
fn prepare(folder: &Path, synced: bool) -> Result<PathBuf> {
    let refuse = |error| refused("make", folder, error);
    let path = std::path::absolute(folder).map_err(refuse)?;
    let mut missing: Vec<&Path> = path.ancestors().take_while(|dir| !exists(dir)).collect();
    while let Some(dir) = missing.pop() {
        files::private_folder(dir).map_err(refuse)?;
        if let Some(parent) = dir.parent().filter(|_| synced) {
            files::sync_folder(parent).map_err(refuse)?;
        }
    }
    check_safe(&path)?;
    fs::canonicalize(&path).map_err(refuse)
}

fn exists(path: &Path) -> bool {
    // A link that leads nowhere is there, too.
    path.symlink_metadata().is_ok()
}

/// Refuses a folder that somebody else could have put there, or can change.
fn check_safe(path: &Path) -> Result<()> {
    let found = path.symlink_metadata().map_err(|e| refused("look at", path, e))?;
    let shown = path.display();
    if found.is_symlink() {
        let message = format!("{shown} is a link; name the folder itself");
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    if !found.is_dir() {
        let message = format!("{shown} is no folder; name another");
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    #[cfg(unix)]
    if std::os::unix::fs::PermissionsExt::mode(&found.permissions()) & 0o022 != 0 {
        let message = format!("{shown} may be written by others; run: chmod go-w {shown}");
        return Err(Error::new(ErrorKind::PermissionDenied, message));
    }
    Ok(())
}

/// Makes an empty folder ours; refuses one that holds something else.
fn claim(root: &Path, synced: bool) -> Result<()> {
    let marker = root.join("transport");
    match fs::read(&marker) {
        Ok(found) if found == MARKER.as_bytes() => return Ok(()),
        Ok(found) if found.starts_with(b"popkit messages ") => {
            return Err(corrupt(&marker, "names a format that this version does not know"));
        }
        Ok(_) => return Err(corrupt(&marker, "is damaged, or not popkit's")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(refused("read", &marker, error)),
    }
    let mut entries = fs::read_dir(root).map_err(|e| refused("read", root, e))?;
    // Another process may be making it just now.
    let foreign = entries.find_map(|entry| {
        let name = entry.ok()?.file_name();
        let ours = name.to_string_lossy().starts_with(".new-") || name == "transport";
        (!ours).then_some(name)
    });
    if let Some(name) = foreign {
        let (root, name) = (root.display(), name.display());
        let message = format!("{root} is no folder of messages: it holds {name}; name another");
        return Err(Error::new(ErrorKind::InvalidConfig, message));
    }
    files::create_whole(&marker, MARKER.as_bytes(), synced)
        .map_err(|e| refused("make", &marker, e))?;
    Ok(())
}
