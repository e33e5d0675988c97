//! Where a path leads.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Links that are followed: as many as systems do.
const LINKS: usize = 40;

/// A path, made absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// As it is written, without `.` and `..`.
    pub(super) lexical: PathBuf,
    /// As the system finds it: by its links, as far as it is there.
    pub(super) physical: PathBuf,
}

impl Place {
    /// Where a path leads from a folder.
    ///
    /// # Errors
    ///
    /// In words, why nobody can tell: a folder that cannot be looked into, links in a circle,
    /// a relative folder.
    pub(super) fn of(cwd: &Path, written: &str) -> Result<Self, String> {
        if written.is_empty() {
            return Err("it is empty".to_owned());
        }
        let whole = cwd.join(written);
        if !whole.is_absolute() {
            return Err("the working directory is not absolute".to_owned());
        }
        Ok(Self { lexical: normal(&whole), physical: physical(&whole)? })
    }

    /// The same of a folder that is known to be there.
    pub(super) fn of_folder(folder: &Path) -> Option<Self> {
        folder.is_absolute().then(|| {
            let lexical = normal(folder);
            let physical = physical(folder).unwrap_or_else(|_| lexical.clone());
            Self { lexical, physical }
        })
    }

    /// Both forms.
    pub(super) fn both(&self) -> [&Path; 2] {
        [&self.lexical, &self.physical]
    }
}

/// The path without `.` and `..`, as text alone.
fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// The path as the system finds it. Not by `canonicalize`: that knows nothing of a link to a
/// file that is not there yet, and a write through it makes that file.
fn physical(path: &Path) -> Result<PathBuf, String> {
    let mut rest: VecDeque<OsString> = parts(path);
    let mut at = PathBuf::new();
    let mut links = 0;
    while let Some(part) = rest.pop_front() {
        match Path::new(&part).components().next() {
            Some(Component::CurDir) | None => {}
            Some(Component::ParentDir) => {
                at.pop();
            }
            Some(Component::Normal(name)) => {
                let next = at.join(name);
                let Some(target) = link(&next)? else {
                    at = next;
                    continue;
                };
                links += 1;
                if links > LINKS {
                    return Err("its links lead in a circle".to_owned());
                }
                for part in parts(&target).into_iter().rev() {
                    rest.push_front(part);
                }
            }
            Some(Component::Prefix(_) | Component::RootDir) => at.push(&part),
        }
    }
    Ok(at)
}

fn parts(path: &Path) -> VecDeque<OsString> {
    path.components().map(|part| part.as_os_str().to_owned()).collect()
}

/// Where a link leads; `None` for what is none, or is not there.
fn link(path: &Path) -> Result<Option<PathBuf>, String> {
    let found = path.symlink_metadata().and_then(|found| match found.is_symlink() {
        true => path.read_link().map(Some),
        false => Ok(None),
    });
    match found {
        Err(error) if is_absent(&error) => Ok(None),
        found => found.map_err(|error| format!("{} cannot be looked at: {error}", path.display())),
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(written: &str) -> Place {
        Place::of(Path::new("/none/app"), written).unwrap()
    }

    #[test]
    fn a_path_that_is_not_there_is_what_it_says() {
        for (written, leads) in [
            ("a/./b//c", "/none/app/a/b/c"),
            ("src/auth/../../.env", "/none/app/.env"),
            ("../../../../x", "/x"),
            ("/y/z/..", "/y"),
        ] {
            assert_eq!(place(written).both(), [Path::new(leads); 2], "{written}");
        }
    }

    #[test]
    fn what_nobody_can_tell_is_refused() {
        for (cwd, written) in [("/w", ""), ("w", "a"), ("/w", "a\0b")] {
            let there = Place::of(Path::new(cwd), written);
            assert!(there.is_err(), "{written:?}: {there:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_also_to_what_is_not_there() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        std::fs::create_dir_all(root.join("real/deep")).unwrap();
        symlink("real/deep", root.join("short")).unwrap();
        symlink(root.join("gone/.env"), root.join("dangling")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        let physical = |written: &str| Place::of(&root, written).map(|place| place.physical);
        assert_eq!(physical("short/new").unwrap(), root.join("real/deep/new"));
        assert_eq!(physical("dangling").unwrap(), root.join("gone/.env"));
        // The system takes `..` of where the link leads.
        assert_eq!(physical("short/../x").unwrap(), root.join("real/x"));
        assert!(physical("loop/x").unwrap_err().contains("circle"));
    }
}
