//! The project's own commands: `cargo xtask <command>`.
//!
//! Each command is a file in `command/`. A failure is one line on stderr that says what was wrong
//! and what mends it, and a non-zero exit code.
#![expect(clippy::print_stdout, reason = "a program for people reports on stdout")]

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod command;
mod fault;
mod find;
mod metadata;
mod parse;
mod step;
mod stopwatch;
mod tee;
mod workspace;

use fault::Fault;

/// Project commands of popkit.
#[derive(Debug, Parser)]
#[command(name = "xtask", bin_name = "cargo xtask", disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Find or install what the tests need
    Setup,
    /// Run setup, then every test of the workspace
    Test {
        /// Arguments for the test runner, such as a name to filter by; leaves the doc tests out
        #[arg(last = true)]
        extra: Vec<OsString>,
    },
    /// Run the official Upstash clients of other languages against the Upstash double; needs network
    Interop,
    /// Run every check but the tests: form, lints, docs, policy, examples, benches, packages
    Ci,
    /// Check that no Rust file has grown past its limit
    Sizes,
    /// Check that the published crates can be packaged
    Package {
        /// Build what is in the packages, too; takes minutes
        #[arg(long)]
        verify: bool,
    },
    /// Check licences and sources of the dependencies
    Policy,
    /// Run every example that needs no server
    Examples,
}

fn main() -> ExitCode {
    match run(Cli::parse().command) {
        Ok(code) => code,
        Err(fault) => {
            eprintln!("error: {fault}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<ExitCode, Fault> {
    match command {
        Command::Setup => command::setup::run()?,
        Command::Test { extra } => return command::test::run(&extra),
        Command::Interop => command::interop::run()?,
        Command::Ci => command::ci::run()?,
        Command::Sizes => command::sizes::run()?,
        Command::Package { verify } => command::package::run(verify)?,
        Command::Policy => command::policy::run()?,
        Command::Examples => command::examples::run()?,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn arguments_for_the_runner_follow_two_dashes() {
        let cli = Cli::try_parse_from(["xtask", "test", "--", "claim", "--no-capture"]).unwrap();
        let Command::Test { extra } = cli.command else {
            panic!("not the test command");
        };
        assert_eq!(extra, ["claim", "--no-capture"]);
        assert!(Cli::try_parse_from(["xtask", "test", "claim"]).is_err());
    }
}
