//! Finds a missing directory or command before anything is started.
//!
//! Only to name the cause in an error: the answer may be outdated by the time
//! the command is executed, and then the shim reports it. In doubt (a
//! directory that may not be searched, no `PATH`) the shim gets to try.

use std::ffi::{OsStr, OsString};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::ProcessError;
use super::spec::ChildSpec;

enum Found {
    Executable,
    NotExecutable,
    Missing,
    Unknown,
}

/// Checks the directory and the command of `spec`.
pub(super) fn check(spec: &ChildSpec) -> Result<(), ProcessError> {
    let command = spec.argv.first().ok_or(ProcessError::EmptyCommand)?;
    check_directory(spec)?;

    let dir = spec.dir.as_deref().unwrap_or_else(|| Path::new(""));
    let candidates = if command.as_bytes().contains(&b'/') {
        vec![dir.join(command)]
    } else if let Some(path) = search_path(spec) {
        // An empty element of PATH means the working directory.
        std::env::split_paths(&path).map(|element| dir.join(element).join(command)).collect()
    } else {
        return Ok(());
    };
    find(command, candidates, spec)
}

/// Checks the directory alone.
pub(super) fn check_directory(spec: &ChildSpec) -> Result<(), ProcessError> {
    match &spec.dir {
        Some(dir) if !dir.is_dir() => Err(ProcessError::MissingDirectory { dir: dir.clone() }),
        _ => Ok(()),
    }
}

fn find(command: &OsStr, candidates: Vec<PathBuf>, spec: &ChildSpec) -> Result<(), ProcessError> {
    let mut denied = None;
    for candidate in candidates {
        match probe(&candidate) {
            Found::Executable | Found::Unknown => return Ok(()),
            Found::NotExecutable => denied = denied.or(Some(candidate)),
            Found::Missing => {}
        }
    }
    Err(match denied {
        Some(path) => ProcessError::NotExecutable { path },
        None => {
            ProcessError::CommandNotFound { command: command.to_owned(), dir: spec.dir.clone() }
        }
    })
}

fn probe(path: &Path) -> Found {
    match path.metadata() {
        Ok(meta) if meta.is_file() && meta.permissions().mode() & 0o111 != 0 => Found::Executable,
        Ok(_) => Found::NotExecutable,
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Found::Missing,
            _ => Found::Unknown,
        },
    }
}

/// The `PATH` the child will have.
fn search_path(spec: &ChildSpec) -> Option<OsString> {
    let set = spec.env.iter().rev().find(|(name, _)| name == "PATH");
    match set {
        Some((_, value)) => Some(value.clone()),
        None if spec.env_clear || spec.env_remove.iter().any(|name| name == "PATH") => None,
        None => std::env::var_os("PATH"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn verdict(spec: &ChildSpec) -> String {
        check(spec).map_or_else(|error| error.to_string(), |()| "ok".to_owned())
    }

    #[test]
    fn names_what_is_missing() {
        let dir = tempfile::tempdir().unwrap();
        let plain = dir.path().join("plain");
        fs::write(&plain, "").unwrap();

        assert_eq!(verdict(&ChildSpec::new(Vec::<OsString>::new())), "the command is empty");
        assert_eq!(verdict(&ChildSpec::new(["sh"])), "ok");

        let mut spec = ChildSpec::new(["popkit-no-such-command"]);
        assert!(verdict(&spec).contains("\"popkit-no-such-command\" was not found"));
        spec.dir = Some(dir.path().join("gone"));
        assert!(verdict(&spec).contains("gone\" does not exist"));

        let mut spec = ChildSpec::new(["./plain"]);
        spec.dir = Some(dir.path().to_owned());
        assert!(verdict(&spec).contains("plain\" is not an executable file"));
        fs::set_permissions(&plain, fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(verdict(&spec), "ok");
    }

    #[test]
    fn looks_on_the_path_of_the_child() {
        let dir = tempfile::tempdir().unwrap();
        let mut spec = ChildSpec::new(["sh"]);
        spec.env = vec![("PATH".into(), dir.path().into())];
        assert!(verdict(&spec).contains("\"sh\" was not found"));

        // Without any PATH the lookup is the system's business.
        spec.env.clear();
        spec.env_clear = true;
        assert_eq!(verdict(&spec), "ok");
        spec.env_clear = false;
        spec.env_remove = vec!["PATH".into()];
        assert_eq!(verdict(&spec), "ok");
    }
}
