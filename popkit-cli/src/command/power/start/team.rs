//! Agents as child processes.

use std::ffi::OsString;
use std::sync::Arc;

use popkit_coordinator::native::{Fate, Restart, Team};
use popkit_coordinator::process::{ChildSpec, Exit as Ended, ShimCommand, Stream};
use popkit_protocol::duration;
use tokio::sync::mpsc;

use crate::SHIM;
use crate::context::Context;
use crate::error::CliError;
use crate::output::short;
use crate::session::{Agents, Place};

/// Lines that wait to be shown; more are dropped, since children must not wait for a terminal.
const LINES: usize = 4096;
/// How an error of this program begins.
const ERROR: &str = "popkit: ";

/// What members of the team say, and what becomes of them, as lines for people.
pub(super) type Lines = mpsc::Receiver<String>;

/// How agents are started.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) cx: &'a Context,
    pub(super) place: &'a Place,
    /// A process that ended badly is started again, and so is in it a command that failed.
    pub(super) agents: &'a Agents,
}

impl Plan<'_> {
    /// The agents `agent-1`, `agent-2` …, not started yet.
    ///
    /// # Errors
    ///
    /// Where this program does not know its own file.
    pub(super) fn team(&self) -> Result<(Team, Lines), CliError> {
        let (sender, lines) = mpsc::channel(LINES);
        let shim = shim()?;
        let env: Vec<(OsString, OsString)> = self.env();
        // What this process was told about its own place is not for its agents.
        let foreign: Vec<OsString> = std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| {
                let name = name.to_string_lossy();
                name.starts_with("POPKIT_") && name != "POPKIT_LOG"
            })
            .collect();
        let told = sender.clone();
        let mut team = Team::new(shim.clone(), Restart::times(self.agents.restarts))
            .with_sink(Arc::new(move |name, fate| say(&told, name, fate)));
        for number in 1..=self.agents.count {
            let name = format!("agent-{number}");
            let mut spec = ChildSpec::new(self.argv(&shim, &name));
            spec.dir = Some(self.agents.dir.clone());
            spec.env.clone_from(&env);
            spec.env_remove.clone_from(&foreign);
            spec.on_line = Some(self.hook(sender.clone(), name.clone()));
            team = team.with_member(name, spec);
        }
        Ok((team, lines))
    }

    fn argv(&self, shim: &ShimCommand, name: &str) -> Vec<OsString> {
        let mut argv: Vec<OsString> = vec![shim.program.clone().into()];
        argv.extend(["agent", "run", name, "--period"].map(OsString::from));
        argv.push(duration::format(self.agents.period).into());
        argv.extend(["--restarts".into(), self.agents.restarts.to_string().into()]);
        if self.cx.verbose > 0 {
            argv.push("-v".into());
        }
        argv.push("--".into());
        argv.extend(self.agents.command.iter().map(OsString::from));
        argv
    }

    fn env(&self) -> Vec<(OsString, OsString)> {
        let env = self.place.children_env();
        env.into_iter().map(|(name, value)| (name.into(), value.into())).collect()
    }

    /// Errors of an agent's process are always shown, all else where more is asked for.
    fn hook(
        &self,
        sender: mpsc::Sender<String>,
        name: String,
    ) -> popkit_coordinator::process::LineHook {
        let is_verbose = self.cx.verbose > 0;
        Arc::new(move |stream, line| {
            if is_verbose || (stream == Stream::Stderr && line.starts_with(ERROR)) {
                // Full or closed: see above.
                let _ = sender.try_send(format!("{name}: {}", short(line, 400)));
            }
        })
    }
}

/// This program, as a shim.
///
/// # Errors
///
/// Where it does not know its own file.
pub(super) fn shim() -> Result<ShimCommand, CliError> {
    let program = std::env::current_exe()
        .map_err(|e| CliError::failed(format!("cannot find the program's own file: {e}")))?;
    Ok(ShimCommand { program, args: vec![OsString::from(SHIM)] })
}

fn say(sender: &mpsc::Sender<String>, name: &str, fate: &Fate) {
    let text = match fate {
        Fate::Started { start: 1 } | Fate::Ended(Ended::Code(0) | Ended::Cancelled) => return,
        Fate::Started { start } => format!("{name} is started again (start {start})"),
        Fate::Restarts(ended) => format!("{name} ended badly ({ended}) and is started again"),
        Fate::Ended(ended) => {
            format!("{name} ended badly ({ended}) and is not started again")
        }
        Fate::Refused(error) => format!("{name} cannot be started: {error}"),
        _ => return,
    };
    // Full or closed: see above.
    let _ = sender.try_send(text);
}
