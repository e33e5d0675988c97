//! The variables of a child, and how much one word of it may hold.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use popkit_protocol::{Failure, Task};

use crate::agent::TaskContext;

/// The largest checkpoint that is put into a variable: all variables and arguments share
/// the room that the system gives them.
const INLINE_BYTES: usize = 32 * 1024;
/// The most of one argument, or of one variable with its name. Linux takes no string of
/// 128 KiB; a little is kept free.
const WORD_BYTES: usize = 120 * 1024;
/// How the variables begin that belong to one attempt of one task.
const PREFIX: &str = "POPKIT_";
/// The variable of this name is about the program, not about a task.
const LOG: &str = "POPKIT_LOG";

/// The files of an attempt.
#[derive(Debug)]
pub(super) struct Files {
    /// Where the child may write its result.
    pub(super) result: PathBuf,
    /// Where it finds the checkpoint.
    pub(super) checkpoint: PathBuf,
}

impl Files {
    /// Files in this folder; the checkpoint is written where there is one.
    pub(super) async fn new(folder: &Path, task: &Task) -> std::io::Result<Self> {
        let files =
            Self { result: folder.join("result.json"), checkpoint: folder.join("checkpoint.json") };
        if let Some(checkpoint) = &task.checkpoint {
            tokio::fs::write(&files.checkpoint, checkpoint.as_str()).await?;
        }
        Ok(files)
    }
}

/// The variables that tell a child about its attempt.
pub(super) fn own(cx: &TaskContext, agent: &str, files: &Files) -> BTreeMap<String, OsString> {
    let task = cx.task();
    let own: [(&str, OsString); 6] = [
        ("POPKIT_TASK_ID", task.id().as_str().into()),
        ("POPKIT_TASK_TITLE", task.spec.title.as_str().into()),
        ("POPKIT_ATTEMPT", task.attempt.to_string().into()),
        ("POPKIT_FENCE", cx.fence().to_string().into()),
        ("POPKIT_AGENT", agent.into()),
        ("POPKIT_RESULT_FILE", files.result.as_os_str().into()),
    ];
    let mut env: BTreeMap<String, OsString> =
        own.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    if let Some(checkpoint) = &task.checkpoint {
        env.insert("POPKIT_CHECKPOINT_FILE".to_owned(), files.checkpoint.as_os_str().into());
        if checkpoint.len() <= INLINE_BYTES {
            env.insert("POPKIT_CHECKPOINT".to_owned(), checkpoint.as_str().into());
        }
    }
    env
}

/// The inherited variables that a child must not see: where the runner is itself a task,
/// its own task, result file and checkpoint are not the child's.
pub(crate) fn foreign(inherited: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let is_task = |name: &OsString| {
        name.as_encoded_bytes().starts_with(PREFIX.as_bytes()) && name.as_os_str() != LOG
    };
    inherited.filter(is_task).collect()
}

/// Checks the size of every argument and variable: the system's own refusal would neither
/// say which one it is nor what the limit is.
pub(crate) fn check(argv: &[OsString], env: &[(OsString, OsString)]) -> Result<(), Failure> {
    for (number, word) in argv.iter().enumerate() {
        within(&format_args!("word {} of the command", number + 1), word.len())?;
    }
    for (name, value) in env {
        within(&format_args!("variable {}", short(name)), name.len() + 1 + value.len())?;
    }
    Ok(())
}

fn within(what: &dyn std::fmt::Display, size: usize) -> Result<(), Failure> {
    if size <= WORD_BYTES {
        return Ok(());
    }
    let text = format!(
        "{what} has {size} bytes; the limit is {WORD_BYTES}: put it into a file, or read the \
         task from standard input"
    );
    Err(Failure::new("command", text))
}

/// A name fit for a message: it may be what is too long.
fn short(name: &OsStr) -> String {
    popkit_protocol::limits::cut(&name.to_string_lossy(), 64).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_log_filter_is_inherited() {
        let names = ["POPKIT_TASK_ID", "PATH", "POPKIT_LOG", "POPKIT_CHECKPOINT", "MY_POPKIT_X"];
        let gone = foreign(names.into_iter().map(OsString::from));
        assert_eq!(gone, ["POPKIT_TASK_ID", "POPKIT_CHECKPOINT"]);
    }

    #[test]
    fn what_is_too_long_is_named_with_the_limit() {
        let long = || OsString::from("x".repeat(WORD_BYTES + 1));
        let text = |argv: &[OsString], env: &[(OsString, OsString)]| {
            check(argv, env).map_err(|error| error.text)
        };
        assert_eq!(text(&["x".repeat(WORD_BYTES).into()], &[]), Ok(()));
        let argv = text(&["sh".into(), long()], &[]).unwrap_err();
        assert!(argv.starts_with("word 2 of the command has 122881 bytes; the limit is 122880"));
        let env = text(&[], &[("BIG".into(), long())]).unwrap_err();
        assert!(env.starts_with("variable BIG has 122885 bytes"), "{env}");
    }
}
