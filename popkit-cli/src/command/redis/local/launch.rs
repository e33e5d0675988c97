//! Starting a server, until it answers.

use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::found::{Found, look};
use super::{config, log, users};
use crate::command::redis::choose::Program;
use crate::command::redis::home::{Home, Record};
use crate::error::CliError;
use crate::exit::Exit;
use crate::whole;

/// How long it may take to load its data.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks.
const REST: Duration = Duration::from_millis(20);

/// Starts the server as a process that outlives this one, and waits until it answers.
///
/// # Errors
///
/// Where it ends at once, with the reason from its log; where it still loads its data after a
/// minute: it is left at work.
pub(in super::super) async fn launch(
    home: &Home,
    record: &Record,
    program: &Program,
) -> Result<(), CliError> {
    if record.acl {
        users::write(home, record.port)?;
    }
    let conf = home.file("redis.conf");
    whole::write_private(&conf, config::text(home, record)?.as_bytes())?;
    let log = home.file("redis.log");
    let start = log::length(&log);
    let mut child = command(&program.path, &conf, &log)?.spawn().map_err(|e| {
        CliError::io(Exit::Failed, format!("{} does not start", program.path.display()), &e)
    })?;
    let reach = record.config(home)?;
    let begun = Instant::now();
    loop {
        // Looked at first: a server that is there may be another one that was quicker.
        let ended = child.try_wait().ok().flatten();
        if let Some(status) = ended {
            let (why, log) = (log::reason(&log, start), log.display());
            let message = format!("redis-server ended at once ({status}): {why}; see {log}");
            return Err(CliError::failed(message));
        }
        if let Ok(Found::Ours(redis)) = look(home, &reach, record.port).await {
            let answered = redis.ping().await;
            // Nothing is under way any more.
            let _ = redis.close().await;
            if answered.is_ok() {
                return Ok(());
            }
        }
        if begun.elapsed() >= PATIENCE {
            let message = format!(
                "redis-server is not ready after {PATIENCE:?}; it may still load its data: see {} \
                 and popkit redis status",
                log.display()
            );
            return Err(CliError::new(Exit::TryAgain, message));
        }
        sleep(REST).await;
    }
}

/// The command, with the log in place of a terminal.
fn command(program: &Path, conf: &Path, log: &Path) -> Result<Command, CliError> {
    let failed = |e| CliError::io(Exit::Failed, format!("cannot write {}", log.display()), &e);
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // What is wrong with its configuration a server says on its output alone.
    let output = options.open(log).map_err(failed)?;
    let errors = output.try_clone().map_err(failed)?;
    let mut command = Command::new(program);
    command.arg(conf).stdin(Stdio::null()).stdout(output).stderr(errors);
    // Ctrl-C in this terminal is not for it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    Ok(command)
}
