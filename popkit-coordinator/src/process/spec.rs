//! What to run.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// The program that plays the shim: usually the running program itself.
///
/// It is started as `program args… --grace-ms N -- command…` and has to pass
/// everything after `args` to [`shim_main`](super::shim_main), before it
/// reads its standard input or writes to its standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShimCommand {
    /// The program, best as an absolute path (`std::env::current_exe`).
    pub program: PathBuf,
    /// Arguments in front of the shim's own, such as a hidden subcommand.
    pub args: Vec<OsString>,
}

/// One of the two output streams of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// A function that sees each line of output as it arrives.
///
/// The line comes without its line ending, invalid UTF-8 replaced; a line
/// longer than 16 KiB arrives in pieces. Lines of one stream are in order; the
/// order between the streams is not known.
///
/// It is called on the task that polls the run and must not block: while it
/// runs, no output is read, no timeout fires and no cancellation is seen. Hand
/// the line to a channel with a `try_send` and drop what does not fit.
pub type LineHook = Arc<dyn Fn(Stream, &str) + Send + Sync>;

/// A command and the bounds it runs within.
///
/// Make one with [`ChildSpec::new`] and set the fields that differ.
#[derive(Clone)]
#[non_exhaustive]
pub struct ChildSpec {
    /// The command and its arguments. A command without a `/` is looked up on
    /// the child's `PATH`; one with a `/` is relative to `dir`.
    pub argv: Vec<OsString>,
    /// The working directory; `None` is the runner's.
    pub dir: Option<PathBuf>,
    /// Variables to set for the child, on top of the runner's own. They win over
    /// `env_remove`.
    pub env: Vec<(OsString, OsString)>,
    /// Whether to start from an empty environment instead of the runner's.
    pub env_clear: bool,
    /// Variables of the runner that the child does not inherit.
    pub env_remove: Vec<OsString>,
    /// What the child reads from its standard input, which then ends.
    pub input: Vec<u8>,
    /// How long the child may run, from its start. `None` is for ever.
    pub timeout: Option<Duration>,
    /// How long the group has between SIGTERM and SIGKILL when it is stopped.
    pub grace: Duration,
    /// How many bytes to keep of each stream: the first half and the last.
    pub output_limit: usize,
    /// Sees the output line by line, not bounded by `output_limit`.
    pub on_line: Option<LineHook>,
}

impl ChildSpec {
    /// How long a group has to end after SIGTERM, unless set: 5 seconds.
    pub const DEFAULT_GRACE: Duration = Duration::from_secs(5);

    /// How many bytes of each stream are kept, unless set: 64 KiB.
    pub const DEFAULT_OUTPUT_LIMIT: usize = 64 * 1024;

    /// A command in the runner's directory and environment, without input,
    /// without a timeout and with the default bounds.
    pub fn new<I>(argv: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<OsString>,
    {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            dir: None,
            env: Vec::new(),
            env_clear: false,
            env_remove: Vec::new(),
            input: Vec::new(),
            timeout: None,
            grace: Self::DEFAULT_GRACE,
            output_limit: Self::DEFAULT_OUTPUT_LIMIT,
            on_line: None,
        }
    }
}

// By hand because of the hook, and because values of the environment and the
// input often hold secrets, which have no place in a log.
impl fmt::Debug for ChildSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.env.iter().map(|(name, _)| name).collect();
        f.debug_struct("ChildSpec")
            .field("argv", &self.argv)
            .field("dir", &self.dir)
            .field("env", &names)
            .field("env_clear", &self.env_clear)
            .field("env_remove", &self.env_remove)
            .field("input_len", &self.input.len())
            .field("timeout", &self.timeout)
            .field("grace", &self.grace)
            .field("output_limit", &self.output_limit)
            .field("on_line", &self.on_line.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_holds_no_secrets() {
        let mut spec = ChildSpec::new(["true"]);
        spec.env = vec![("TOKEN".into(), "hunter2".into())];
        spec.input = b"hunter2".to_vec();
        let shown = format!("{spec:?}");
        assert!(shown.contains("TOKEN"), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
