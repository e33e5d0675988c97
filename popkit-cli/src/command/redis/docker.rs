//! The compose file.

use std::time::Duration;

use tokio::process::Command;

use super::choose::Compose;
use super::home::{Home, Record};
use super::run::{Trouble, run};
use crate::error::CliError;
use crate::whole;

/// The file itself: an installed program has it with it.
const FILE: &str = include_str!("../../../assets/redis/compose.yaml");
/// How long an image may take to come.
const PULL: Duration = Duration::from_secs(600);
/// How long anything else may take; a server has a minute to end in good order.
const PATIENCE: Duration = Duration::from_secs(90);

/// Starts the container and waits until it is healthy; nothing where it runs already.
pub(super) async fn start(home: &Home, record: &Record, with: &Compose) -> Result<(), CliError> {
    write(home)?;
    let mut up = command(home, record, with);
    told("start", run(up.args(["up", "-d", "--wait", "redis"]), PULL).await).map(drop)
}

/// Stops the container; its volume stays.
pub(super) async fn stop(home: &Home, record: &Record, with: &Compose) -> Result<(), CliError> {
    write(home)?;
    let mut stop = command(home, record, with);
    told("stop", run(stop.args(["stop", "--timeout", "60"]), PATIENCE).await).map(drop)
}

/// The last lines of its log.
pub(super) async fn log(
    home: &Home,
    record: &Record,
    with: &Compose,
    lines: usize,
) -> Result<Vec<String>, CliError> {
    write(home)?;
    let count = lines.to_string();
    let mut logs = command(home, record, with);
    logs.args(["logs", "--no-color", "--no-log-prefix", "--tail", &count, "redis"]);
    let text = told("show the log of", run(&mut logs, PATIENCE).await)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// Starts Redis Commander beside it.
pub(super) async fn commander(
    home: &Home,
    record: &Record,
    with: &Compose,
) -> Result<(), CliError> {
    write(home)?;
    let mut up = command(home, record, with);
    up.args(["--profile", "debug", "up", "-d", "--wait"]);
    told("start Redis Commander beside", run(&mut up, PULL).await).map(drop)
}

fn write(home: &Home) -> Result<(), CliError> {
    home.make()?;
    whole::write(&home.file("compose.yaml"), FILE.as_bytes()).map(drop)
}

fn command(home: &Home, record: &Record, with: &Compose) -> Command {
    let mut command = with.command();
    command.arg("--file").arg(home.file("compose.yaml"));
    command.env("POPKIT_REDIS_PORT", record.port.to_string());
    command
}

fn told(what: &str, result: Result<String, Trouble>) -> Result<String, CliError> {
    result.map_err(|why| {
        CliError::failed(format!(
            "docker could not {what} Redis: {why}; see docker ps -a and docker logs popkit-redis, \
             or take redis-server with --local"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compose_file_keeps_what_popkit_promises() {
        for line in [
            "image: redis:7-alpine",
            "container_name: popkit-redis",
            "container_name: popkit-redis-commander",
            "- \"127.0.0.1:${POPKIT_REDIS_PORT:-16379}:6379\"",
            "- \"127.0.0.1:18081:8081\"",
            "- --appendonly\n      - \"yes\"",
            "- --appendfsync\n      - always",
            "- --maxmemory-policy\n      - noeviction",
            "profiles: [\"debug\"]",
            "redis_data:/data",
            "healthcheck:",
        ] {
            assert!(FILE.contains(line), "{line}");
        }
        // Nothing listens anywhere but on this machine.
        let ports = FILE
            .lines()
            .map(str::trim)
            .filter(|line| line.ends_with("79\"") || line.ends_with("81\""));
        assert!(ports.clone().count() == 2 && ports.clone().all(|p| p.contains("\"127.0.0.1:")));
    }
}
