//! The files of a project.

use std::fs;
use std::path::Path;

use crate::checks::git;
use crate::checks::project::Checks;

/// More files are not looked at.
const MOST: usize = 20_000;
/// Folders that hold no sources, where git does not say so.
const LEFT_OUT: [&str; 5] = ["node_modules", "target", "vendor", "dist", "__pycache__"];

/// The files of a project, by their paths in it.
#[derive(Debug)]
pub(super) struct Tree {
    pub(super) files: Vec<String>,
    /// Those that differ from the last commit; `None` where there is none, or no git.
    pub(super) changed: Option<Vec<String>>,
}

impl Tree {
    pub(super) async fn of(checks: &Checks) -> Result<Self, String> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let Ok(listed) = git::ask(checks, list, &[]).await else {
            let folder = checks.folder().to_owned();
            let walked = tokio::task::spawn_blocking(move || walk(&folder)).await;
            let files = walked.map_err(|e| format!("the check broke: {e}"))??;
            return Ok(Self { files, changed: None });
        };
        let files = git::names(&listed);
        if files.len() > MOST {
            return Err(too_many());
        }
        let diff = ["diff", "HEAD", "-z", "--name-only", "--no-renames", "--relative"];
        let Ok(changed) = git::ask(checks, diff, &[]).await else {
            return Ok(Self { files, changed: None });
        };
        let mut changed = git::names(&changed);
        let new = ["ls-files", "-z", "--others", "--exclude-standard"];
        changed.extend(git::names(&git::ask(checks, new, &[]).await?));
        Ok(Self { files, changed: Some(changed) })
    }
}

fn too_many() -> String {
    format!("there are more than {MOST} files; set a generator")
}

/// All files but hidden ones, without following links.
fn walk(root: &Path) -> Result<Vec<String>, String> {
    let mut files = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = match fs::read_dir(&folder) {
            Err(e) if prefix.is_empty() => return Err(format!("cannot read the folder: {e}")),
            Err(_) => continue,
            Ok(entries) => entries,
        };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Ok(kind) = entry.file_type() else { continue };
            if name.starts_with('.') || LEFT_OUT.contains(&name.as_str()) {
                continue;
            }
            if kind.is_dir() {
                folders.push((entry.path(), format!("{prefix}{name}/")));
            } else if kind.is_file() {
                files.push(format!("{prefix}{name}"));
            }
        }
        if files.len() > MOST || folders.len() > MOST {
            return Err(too_many());
        }
    }
    files.sort();
    Ok(files)
}
