//! What a command task carries.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The kind of tasks that bring their own command.
pub const KIND_COMMAND: &str = "command";
/// The kind of tasks that bring words for an agent's command template.
pub const KIND_PROMPT: &str = "prompt";

/// The payload of a task that a [`CommandAgent`](super::CommandAgent) executes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CommandTask {
    /// What to run.
    pub run: Run,
    /// Variables of the process.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Where it runs, relative to the agent's folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dir: Option<PathBuf>,
}

/// What to run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Run {
    /// A script for `sh -c`.
    Shell(String),
    /// A program and its arguments.
    Argv(Vec<String>),
    /// Words for the agent's command template.
    Prompt(String),
}

// By hand: values of the environment are often secrets, which have no place in a log.
impl std::fmt::Debug for CommandTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names: Vec<_> = self.env.keys().collect();
        let mut shown = f.debug_struct("CommandTask");
        shown.field("run", &self.run).field("env", &names).field("dir", &self.dir).finish()
    }
}

impl CommandTask {
    /// Runs this, in the agent's folder.
    #[must_use]
    pub fn new(run: Run) -> Self {
        Self { run, env: BTreeMap::new(), dir: None }
    }

    /// With variables.
    #[must_use]
    pub fn with_env(mut self, env: BTreeMap<String, String>) -> Self {
        self.env = env;
        self
    }

    /// In this folder.
    #[must_use]
    pub fn with_dir(mut self, dir: Option<PathBuf>) -> Self {
        self.dir = dir;
        self
    }

    /// The kind of task that carries this.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self.run {
            Run::Prompt(_) => KIND_PROMPT,
            Run::Shell(_) | Run::Argv(_) => KIND_COMMAND,
        }
    }
}
