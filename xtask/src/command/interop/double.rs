//! The double as a child process.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use serde::Deserialize;

use crate::fault::Fault;
use crate::step;
use crate::workspace::{cargo, root};

/// Where a double listens, and who is let in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Place {
    pub(super) url: String,
    pub(super) token: String,
    pub(super) read_only_token: String,
}

/// A double that runs; ended on drop.
#[derive(Debug)]
pub(super) struct Double {
    child: Child,
    place: Place,
}

/// Builds the program, with the features that the tests build it with.
pub(super) fn build() -> Result<(), Fault> {
    let members = ["build", "--workspace", "--exclude", "xtask", "--all-features"];
    step::run(cargo(members).args(["--bin", "upstash-double"]))
}

impl Double {
    /// Starts a double, broken in the way named.
    pub(super) fn start(broken: Option<&str>) -> Result<Self, Fault> {
        let program =
            root().join(format!("target/debug/upstash-double{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(&program);
        command.args(broken).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child =
            command.spawn().map_err(|error| step::unstartable("upstash-double", &error))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // Where nothing comes, the line is no JSON.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        match serde_json::from_str(&line) {
            Ok(place) => Ok(Self { child, place }),
            Err(_) => {
                end(&mut child);
                let wrong = "upstash-double does not say where it listens";
                Err(Fault::new(wrong, "mend what its output above says"))
            }
        }
    }

    /// Where it listens.
    pub(super) fn place(&self) -> &Place {
        &self.place
    }
}

impl Drop for Double {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Closes the pipe, which is the order to end, and waits.
fn end(child: &mut Child) {
    drop(child.stdin.take());
    // It fails only for a process that is gone.
    let _ = child.wait();
}
