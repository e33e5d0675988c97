//! How an agent works that is a command.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::agent::handle::AgentOptions;
use crate::plan::Template;
use crate::process::{ShimCommand, Stream};

/// Sees each line that the command prints. Must not block.
pub type LineSink = Arc<dyn Fn(Stream, &str) + Send + Sync>;

/// When something is started again that has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Restart {
    /// How often, after the first time.
    pub most: u32,
    /// The rest before the first of them; it doubles with each.
    pub delay: Duration,
    /// The longest rest.
    pub longest: Duration,
}

impl Default for Restart {
    /// 3 times, after 1 s, 2 s and 4 s: `limits.max_retries_on_failure` of the originals.
    fn default() -> Self {
        Self { most: 3, delay: Duration::from_secs(1), longest: Duration::from_secs(30) }
    }
}

impl Restart {
    /// Not at all.
    #[must_use]
    pub fn never() -> Self {
        Self { most: 0, ..Self::default() }
    }

    /// So often.
    #[must_use]
    pub fn times(most: u32) -> Self {
        Self { most, ..Self::default() }
    }

    /// With this rest before the first.
    #[must_use]
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// The rest before the start after so many failures; `None` where there is none.
    #[must_use]
    pub fn after(&self, failures: u32) -> Option<Duration> {
        if failures == 0 || failures > self.most {
            return None;
        }
        let doubled = self.delay.saturating_mul(2_u32.saturating_pow(failures - 1));
        Some(doubled.min(self.longest.max(self.delay)))
    }
}

/// An agent that is a command: started once for each phase, and for each task that it is sent.
#[derive(Clone)]
#[non_exhaustive]
pub struct NativeOptions {
    /// Who it is.
    pub agent: AgentOptions,
    /// The command: `{prompt}` is what to do, `{title}` the name of the phase, `{id}` the
    /// agent, `{attempt}` how often it was started for this.
    pub command: Template,
    /// The program that starts children.
    pub shim: ShimCommand,
    /// Where it runs.
    pub dir: PathBuf,
    /// Variables of the command beside those that popkit sets.
    pub env: BTreeMap<String, String>,
    /// How long one start may last; `None`: as long as the session.
    pub timeout: Option<Duration>,
    /// How long it has to end when it is stopped.
    pub grace: Duration,
    /// When it is started again.
    pub restart: Restart,
    /// Sees what it prints.
    pub output: Option<LineSink>,
}

impl NativeOptions {
    /// An agent of this command, in this folder.
    #[must_use]
    pub fn new(agent: AgentOptions, command: Template, shim: ShimCommand, dir: PathBuf) -> Self {
        Self {
            agent,
            command,
            shim,
            dir,
            env: BTreeMap::new(),
            timeout: None,
            grace: Duration::from_secs(5),
            restart: Restart::default(),
            output: None,
        }
    }

    /// With these variables.
    #[must_use]
    pub fn with_env(mut self, env: impl IntoIterator<Item = (String, String)>) -> Self {
        self.env.extend(env);
        self
    }

    /// With a limit on each start.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Option<Duration>) -> Self {
        self.timeout = timeout;
        self
    }

    /// Started again by this rule.
    #[must_use]
    pub fn with_restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Showing what it prints.
    #[must_use]
    pub fn with_output(mut self, output: LineSink) -> Self {
        self.output = Some(output);
        self
    }
}

impl fmt::Debug for NativeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the values of the environment: they may be secrets.
        f.debug_struct("NativeOptions")
            .field("agent", &self.agent)
            .field("command", &self.command)
            .field("dir", &self.dir)
            .field("env", &self.env.keys())
            .field("restart", &self.restart)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rests_double_up_to_the_longest() {
        let restart = Restart { longest: Duration::from_secs(3), ..Restart::default() };
        let rests: Vec<_> = (0..=4).map(|n| restart.after(n).map(|rest| rest.as_secs())).collect();
        assert_eq!(rests, [None, Some(1), Some(2), Some(3), None]);
        assert_eq!(Restart::never().after(1), None);
    }
}
