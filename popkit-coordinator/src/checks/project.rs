//! The checks of a project.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use async_trait::async_trait;

use super::{Checker, command, drift, readme};
use crate::machine::{Check, Subject, Verdict};
use crate::process::{Runner, ShimCommand};

/// Answers checks for the project in a folder, as the [module](super) describes.
///
/// Cloning is cheap enough, and the clones do the same.
#[derive(Clone)]
pub struct Checks {
    pub(super) folder: PathBuf,
    pub(super) runner: Runner,
    pub(super) env: Vec<(OsString, OsString)>,
    pub(super) timeout: Duration,
    generator: Option<String>,
    runs_commands: bool,
}

/// What a check found, and why nobody can say where that is so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// What was found.
    pub verdict: Verdict,
    /// Why it is not met, or unknown, in one line.
    pub reason: Option<String>,
}

impl Answer {
    pub(super) const fn met() -> Self {
        Self { verdict: Verdict::Met, reason: None }
    }

    pub(super) fn unmet(reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { verdict: Verdict::Unmet { reason: reason.clone() }, reason: Some(reason) }
    }

    pub(super) fn unknown(reason: impl Into<String>) -> Self {
        Self { verdict: Verdict::Unknown, reason: Some(reason.into()) }
    }
}

impl Checks {
    /// How long a command may run, unless it is said otherwise: 10 minutes.
    pub const TIMEOUT: Duration = Duration::from_secs(600);

    /// The checks of the project in this folder. Commands are started through the shim.
    pub fn new(folder: impl Into<PathBuf>, shim: ShimCommand) -> Self {
        Self {
            folder: folder.into(),
            runner: Runner::new(shim),
            env: Vec::new(),
            timeout: Self::TIMEOUT,
            generator: None,
            runs_commands: true,
        }
    }

    /// With another time for each command.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// With variables for the commands, on top of this process's own.
    #[must_use]
    pub fn with_env(mut self, env: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        self.env.extend(env);
        self
    }

    /// With the command that makes all generated files anew, for `no_autogen_drift`. It runs by
    /// `sh -c` in the project's folder, and should change nothing where all is up to date.
    #[must_use]
    pub fn with_generator(mut self, command: impl Into<String>) -> Self {
        self.generator = Some(command.into());
        self
    }

    /// Runs no command of a criterion or a check: they are unknown. For criteria that come from
    /// where not everybody may start programs here, an issue for instance.
    #[must_use]
    pub fn without_commands(mut self) -> Self {
        self.runs_commands = false;
        self
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// As [`Checker::check`], with the reason also where nobody can say.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future stops the commands that it started.
    pub async fn look(&self, check: &Check) -> Answer {
        if let Some(command) = command::of(&check.text) {
            if !self.runs_commands {
                return Answer::unknown("commands are not run here");
            }
            return command::run(self, command).await;
        }
        let Subject::Documentation(name) = &check.subject else {
            return Answer::unknown("it is no command; write `$ COMMAND` to have it checked");
        };
        match (name.as_str(), &self.generator) {
            ("readme_version_match", _) => blocking(&self.folder, readme::check).await,
            ("no_autogen_drift", Some(generator)) => drift::regenerate(self, generator).await,
            ("no_autogen_drift", None) => drift::compare(self).await,
            _ => Answer::unknown(format!("there is no check {name:?}; write `$ COMMAND`")),
        }
    }
}

/// Reads files where that keeps nobody waiting.
pub(super) async fn blocking<F>(folder: &Path, look: F) -> Answer
where
    F: FnOnce(&Path) -> Answer + Send + 'static,
{
    let folder = folder.to_owned();
    let looked = tokio::task::spawn_blocking(move || look(&folder)).await;
    looked.unwrap_or_else(|e| Answer::unknown(format!("the check broke: {e}")))
}

#[async_trait]
impl Checker for Checks {
    async fn check(&self, check: &Check) -> Verdict {
        let answer = self.look(check).await;
        if let (Verdict::Unknown, Some(reason)) = (&answer.verdict, &answer.reason) {
            tracing::info!(check = check.text, reason, "nobody can say but a person");
        }
        answer.verdict
    }
}

// By hand: values of the environment often are secrets.
impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("Checks")
            .field("folder", &self.folder)
            .field("env", &names)
            .field("timeout", &self.timeout)
            .field("generator", &self.generator)
            .field("runs_commands", &self.runs_commands)
            .finish_non_exhaustive()
    }
}
