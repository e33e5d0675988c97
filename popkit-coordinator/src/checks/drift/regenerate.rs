//! With a generator: does it change anything?

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::checks::project::{Answer, Checks};
use crate::checks::{command, git};

/// How many files are named.
const SHOWN: usize = 5;

/// Runs the generator, and compares the files before and after.
pub(in crate::checks) async fn regenerate(checks: &Checks, generator: &str) -> Answer {
    match run(checks, generator).await {
        Ok(answer) => answer,
        Err(reason) => Answer::unknown(reason),
    }
}

async fn run(checks: &Checks, generator: &str) -> Result<Answer, String> {
    let index = Index::new(checks).await?;
    let before = index.tree(checks).await?;
    let ended = command::start(checks, generator).await;
    let finished = ended.map_err(|e| format!("the generator cannot be run: {e}"))?;
    if !finished.exit.success() {
        let said = command::said(checks, &finished);
        return Ok(Answer::unmet(format!("the generator failed with {said}")));
    }
    let after = index.tree(checks).await?;
    let args = ["diff-tree", "-r", "-z", "--name-only", &before, &after];
    let changed = git::names(&git::ask(checks, args, &[]).await?);
    if changed.is_empty() {
        return Ok(Answer::met());
    }
    let more = changed.len().saturating_sub(SHOWN);
    let mut names: Vec<String> = changed.into_iter().take(SHOWN).collect();
    if more > 0 {
        names.push(format!("{more} more"));
    }
    Ok(Answer::unmet(format!("the generator changed {}; look at it", names.join(", "))))
}

/// Copies an index with its time: a file that was written in the second in which git wrote the
/// index may have been changed behind that without any sign of it, and git knows such files by
/// this time.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::copy(from, to)?;
    let time = fs::metadata(from)?.modified()?;
    fs::OpenOptions::new().write(true).open(to)?.set_modified(time)
}

/// An index of our own, so that what people have staged stays as it is.
struct Index {
    _folder: tempfile::TempDir,
    file: PathBuf,
}

impl Index {
    async fn new(checks: &Checks) -> Result<Self, String> {
        let refuse = |e: io::Error| format!("cannot make a temporary folder: {e}");
        let folder = tempfile::tempdir().map_err(refuse)?;
        let file = folder.path().join("index");
        let path = git::ask(checks, ["rev-parse", "--git-path", "index"], &[]).await?;
        let path = String::from_utf8_lossy(&path);
        let (from, to) = (checks.folder().join(path.trim_end_matches('\n')), file.clone());
        let copied = tokio::task::spawn_blocking(move || copy(&from, &to)).await;
        // It knows which files have not changed, so that they need not be read. Without it all
        // are: slower, and as good.
        if !matches!(copied, Ok(Ok(()))) {
            let _ = tokio::fs::remove_file(&file).await;
        }
        Ok(Self { _folder: folder, file })
    }

    /// The name of the tree of all files as they are now.
    async fn tree(&self, checks: &Checks) -> Result<String, String> {
        let env = [(OsString::from("GIT_INDEX_FILE"), self.file.clone().into())];
        git::ask(checks, ["add", "--all", ":/"], &env).await?;
        let tree = git::ask(checks, ["write-tree"], &env).await?;
        Ok(String::from_utf8_lossy(&tree).trim().to_owned())
    }
}
