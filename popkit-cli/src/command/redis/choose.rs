//! Docker, or a program of this machine.

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::process::Command;

use super::StartArgs;
use super::run::{Trouble, run};
use crate::error::CliError;

/// How long a program may take to tell of itself.
const PATIENCE: Duration = Duration::from_secs(10);
/// The oldest server that popkit works with.
const OLDEST: (u32, u32) = (7, 0);

/// What runs the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    /// A program of this machine.
    Local,
    /// A container.
    Docker,
}

/// A way to use compose files: the program and its first arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Compose(&'static [&'static str]);

impl Compose {
    /// The command, without the arguments of compose itself.
    pub(super) fn command(&self) -> Command {
        let (program, first) = self.0.split_first().unwrap_or((&"docker", &[]));
        let mut command = Command::new(program);
        command.args(first);
        command
    }
}

/// A server of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) path: PathBuf,
    /// As it tells it: `7.0.15`.
    pub(crate) version: String,
}

/// What will run the server.
pub(super) enum Choice {
    Local(Program),
    Docker(Compose),
}

/// Docker where it works, unless a program is wanted; else a program of this machine.
///
/// # Errors
///
/// Where neither is there, with the command that installs one.
pub(super) async fn choose(args: &StartArgs, last: Option<Engine>) -> Result<Choice, CliError> {
    // What has the data goes on with it.
    let local = args.local || args.acl || (!args.docker && last == Some(Engine::Local));
    if !local {
        match compose().await {
            Ok(compose) => return Ok(Choice::Docker(compose)),
            Err(why) if args.docker || last == Some(Engine::Docker) => {
                return Err(CliError::failed(format!(
                    "docker cannot be used: {why}; start its daemon, or take --local"
                )));
            }
            Err(_) => {}
        }
    }
    program().await.map(Choice::Local).map_err(CliError::failed)
}

/// How compose files are used here.
///
/// # Errors
///
/// Why they cannot be.
pub(crate) async fn compose() -> Result<Compose, Trouble> {
    if find("docker").is_none() {
        return Err("docker is not in PATH".to_owned());
    }
    let mut ask = Command::new("docker");
    run(ask.args(["version", "--format", "{{.Server.Version}}"]), PATIENCE).await?;
    let mut ask = Command::new("docker");
    if run(ask.args(["compose", "version"]), PATIENCE).await.is_ok() {
        return Ok(Compose(&["docker", "compose"]));
    }
    if find("docker-compose").is_some() {
        return Ok(Compose(&["docker-compose"]));
    }
    Err("it has no compose; install docker-compose-plugin".to_owned())
}

/// The server of this machine.
///
/// # Errors
///
/// Where there is none that is new enough, with the command that installs it.
pub(crate) async fn program() -> Result<Program, Trouble> {
    let mut why = None;
    for name in ["redis-server", "valkey-server"] {
        let Some(path) = find(name) else { continue };
        let mut ask = Command::new(&path);
        let told = run(ask.arg("--version"), PATIENCE).await;
        match told.as_deref().ok().and_then(version) {
            Some((version, found)) if found >= OLDEST => return Ok(Program { path, version }),
            Some((version, _)) => {
                why = Some(format!("{} is {version}, older than 7.0", path.display()));
            }
            None => why = Some(format!("{} does not tell its version", path.display())),
        }
    }
    let why = why.unwrap_or_else(|| "there is no redis-server and no docker".to_owned());
    Err(format!("{why}; install one: {}", installer()))
}

/// Reads `Redis server v=7.0.15 sha=00000000:0 …`; Valkey writes the same form.
fn version(line: &str) -> Option<(String, (u32, u32))> {
    let text = line.split_whitespace().find_map(|word| word.strip_prefix("v="))?;
    let mut parts = text.split('.');
    let numbers = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some((text.to_owned(), numbers))
}

/// The command that installs a server here.
fn installer() -> &'static str {
    let known = [
        ("apt-get", "sudo apt-get install redis-server"),
        ("dnf", "sudo dnf install redis"),
        ("apk", "sudo apk add redis"),
        ("pacman", "sudo pacman -S valkey"),
        ("brew", "brew install redis"),
    ];
    let found = known.iter().find(|(manager, _)| find(manager).is_some());
    found.map_or("Redis 7.0 or later, so that redis-server is in PATH", |(_, command)| command)
}

/// A program in PATH.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    let mut places = env::split_paths(&path).map(|dir| dir.join(&file));
    places.find(|place: &PathBuf| is_program(place))
}

fn is_program(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        path.metadata().is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    path.is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_servers_write_them() {
        let found = version("Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64");
        assert_eq!(found, Some(("7.0.15".to_owned(), (7, 0))));
        assert!(version("Redis server v=6.2.14").is_some_and(|(_, found)| found < OLDEST));
        assert_eq!(version("redis-server 7.0.15"), None);
    }
}
