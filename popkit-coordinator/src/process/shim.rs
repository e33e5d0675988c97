//! The process between the runner and the command.

#[cfg(unix)]
mod lifeline;
#[cfg(unix)]
mod serve;

use std::ffi::OsString;
use std::process::ExitCode;

/// Runs the shim: the body of the hidden subcommand of [`ShimCommand`].
///
/// `args` are the arguments behind that subcommand: `--grace-ms N --` and the
/// command with its arguments. Standard input has to be the runner's pipe:
/// one line with the length of the input in bytes, the input, and then nothing
/// until it closes. Call it from a thread without a tokio runtime, as
/// early in `main` as possible, and return what it returns.
///
/// The exit code is that of the command, 128 + n if signal n killed it, 127 if
/// it does not exist and 126 if it cannot be executed (with one line on
/// standard error), and 2 if the shim was not started by a runner. Often it
/// does not return, because the shim kills its own process group.
///
/// [`ShimCommand`]: super::ShimCommand
pub fn shim_main<I>(args: I) -> ExitCode
where
    I: IntoIterator<Item = OsString>,
{
    #[cfg(unix)]
    {
        serve::main(args.into_iter())
    }
    #[cfg(not(unix))]
    {
        drop(args);
        ExitCode::from(2)
    }
}
