//! Network drives: the write-ahead log needs memory shared by all processes, which they do
//! not have.

use std::path::Path;

use crate::Result;

/// Refuses a path on a network drive, where that can be told. On other systems than Linux
/// it cannot, short of unsafe code.
#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail on Linux")]
pub(super) fn check(_: &Path) -> Result<()> {
    Ok(())
}

/// Refuses a path on a network drive.
#[cfg(target_os = "linux")]
pub(super) fn check(path: &Path) -> Result<()> {
    use crate::{Error, ErrorKind};
    // The folder exists; a path that cannot be resolved is refused elsewhere.
    let Some(folder) = path.parent().and_then(|dir| dir.canonicalize().ok()) else {
        return Ok(());
    };
    let Ok(table) = std::fs::read_to_string("/proc/self/mounts") else { return Ok(()) };
    match kind_of(&table, &folder).filter(|kind| is_network(kind)) {
        None => Ok(()),
        Some(kind) => {
            let message = format!(
                "it is on a network drive ({kind}), where SQLite is not safe; name a path on a \
                 local disk"
            );
            Err(Error::new(ErrorKind::InvalidConfig, message))
        }
    }
}

/// The type of the file system that a folder is on: that of the longest mount point above
/// it, of equal ones the last.
#[cfg(target_os = "linux")]
fn kind_of<'a>(table: &'a str, folder: &Path) -> Option<&'a str> {
    let entries = table.lines().filter_map(|line| {
        let mut words = line.split(' ');
        let (point, kind) = (words.nth(1)?, words.next()?);
        // Spaces are written as \040; other escapes do not occur in practice.
        let point = point.replace("\\040", " ");
        folder.starts_with(&point).then_some((point.len(), kind))
    });
    entries.max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

#[cfg(target_os = "linux")]
fn is_network(kind: &str) -> bool {
    const KINDS: [&str; 12] = [
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "ncpfs",
        "afs",
        "coda",
        "ceph",
        "lustre",
        "glusterfs",
        "fuse.sshfs",
    ];
    KINDS.contains(&kind)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_point_counts() {
        let table = "/dev/sda / ext4 rw 0 0\nsrv:/x /home nfs4 rw 0 0\n\
                     tmpfs /home/me/local\\040disk tmpfs rw 0 0\n/dev/b /homes ext4 rw 0 0\n";
        let kind = |path: &str| kind_of(table, Path::new(path));
        assert_eq!(kind("/var"), Some("ext4"));
        assert_eq!(kind("/home/me"), Some("nfs4"));
        assert_eq!(kind("/home/me/local disk/x"), Some("tmpfs"));
        assert_eq!(kind("/homes/x"), Some("ext4"));
        assert!(is_network("nfs4") && !is_network("ext4"));
    }
}
