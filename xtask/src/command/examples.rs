//! `cargo xtask examples`: every example that needs no server runs to its end.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use crate::fault::Fault;
use crate::metadata::{self, Package};
use crate::step;
use crate::stopwatch::Stopwatch;
use crate::workspace::cargo;

/// The package that holds the examples.
const PACKAGE: &str = "popkit-examples";

/// An example whose name starts with one of these needs a server. Those for Upstash bring a double
/// of the service along.
const SERVERS: [&str; 2] = ["redis_", "postgres_"];

/// How long an example may run.
const DEADLINE: Duration = Duration::from_secs(120);

/// Builds all examples, then runs those that need no server.
pub(crate) fn run() -> Result<(), Fault> {
    let members = metadata::members()?.packages;
    let names = serverless(&members);
    if names.is_empty() {
        let wrong = format!("{PACKAGE} has no example that runs without a server");
        return Err(Fault::new(wrong, "list the examples in examples/Cargo.toml"));
    }
    let build = ["build", "--package", PACKAGE, "--all-features", "--examples"];
    step::run(&mut cargo(build))?;
    names.into_iter().try_for_each(run_one)
}

fn serverless(members: &[Package]) -> Vec<&str> {
    let package = members.iter().find(|package| package.name == PACKAGE);
    let targets = package.map(|package| package.targets.as_slice()).unwrap_or_default();
    targets
        .iter()
        .filter(|target| target.kind.iter().any(|kind| kind == "example"))
        .map(|target| target.name.as_str())
        .filter(|name| !SERVERS.iter().any(|server| name.starts_with(server)))
        .collect()
}

fn run_one(name: &str) -> Result<(), Fault> {
    let mut command = cargo(["run", "--quiet", "--package", PACKAGE, "--all-features"]);
    command.args(["--example", name]).stdin(Stdio::null());
    let line = step::announce(&command);
    match within(&mut command, DEADLINE) {
        Ok(Some(status)) => step::judge(&line, status),
        Ok(None) => Err(Fault::new(
            format!("`{line}` still runs after {}", step::seconds(DEADLINE)),
            "let the example end by itself",
        )),
        Err(error) => Err(step::unstartable(&line, &error)),
    }
}

/// Runs a command; `None` when it had to be ended at the deadline.
fn within(command: &mut Command, deadline: Duration) -> io::Result<Option<ExitStatus>> {
    let watch = Stopwatch::start();
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if watch.elapsed() > deadline {
            // `cargo run` has become the example by now, so this ends the example itself.
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn examples_with_a_server_are_left_out() {
        let target = |name: &str, kind: &str| json!({"name": name, "kind": [kind]});
        let targets = [
            target("popkit_examples", "lib"),
            target("quickstart_memory", "example"),
            target("redis_streams", "example"),
            target("postgres_queue", "example"),
            target("upstash_rest", "example"),
        ];
        let value = json!([
            {"name": "other", "version": "1.0.0", "targets": [target("other", "example")]},
            {"name": PACKAGE, "version": "1.0.0", "targets": targets},
        ]);
        let members: Vec<Package> = serde_json::from_value(value).unwrap();
        assert_eq!(serverless(&members), ["quickstart_memory", "upstash_rest"]);
    }

    #[test]
    #[cfg(unix)]
    fn an_endless_program_is_ended() {
        let late = within(Command::new("sleep").arg("600"), Duration::from_millis(20)).unwrap();
        assert_eq!(late, None);
        let status = within(&mut Command::new("true"), Duration::from_secs(20)).unwrap();
        assert!(status.is_some_and(|status| status.success()));
    }
}
