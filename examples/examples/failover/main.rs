//! A power session whose leader dies. Two coordinators run it, one leads and one stands by; three
//! agents work in it, all of them processes of their own. While a barrier waits for the agent
//! `cy`, this program kills the leader and `cy`. The other coordinator takes over, finds out that
//! `cy` is lost, removes it from the barrier by an event, and the two that are left complete the
//! session. Afterwards the example checks that no barrier was released twice, and that the inputs
//! that both leaders have recorded give the same session once more.
//!
//! Run it: `cargo run -p popkit-examples --example failover`. It plays on a SQLite file and
//! messages in files; with `-- redis://localhost:16379` on that server, in the session
//! `failover`. It prints a line for whatever happens, then
//!
//! ```text
//! outcome: Completed: build 3, test 2, report 2 results; 2 leaders; 3 barriers, released once each
//! replay: 123 inputs give the same 101 effects and the same state again
//! ```

mod agent;
mod check;
mod lead;
#[path = "../session/mod.rs"]
mod session;

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::runtime::CoordinatorOptions;
use session::{Failure, PLACE, Stage, end_with_parent, say};

/// The name of the session on a server.
const SESSION: &str = "failover";
/// The variable by which a coordinator learns where the inputs are recorded.
const RECORD: &str = "POPKIT_EXAMPLE_RECORD";

const PHASES: [&str; 3] = ["build", "test", "report"];
const TEAM: [&str; 3] = ["ann", "bea", "cy"];
/// Which of them is killed, while all wait for it at this barrier.
const VICTIM: (&str, &str) = ("cy", "phase-1");

/// Leases are short: the example shall end soon.
fn options(name: &str, record: impl Into<PathBuf>) -> CoordinatorOptions {
    CoordinatorOptions::new(name).with_lease(Duration::from_secs(2)).with_record(record)
}

async fn stage() -> Result<Stage, Failure> {
    end_with_parent()?;
    Stage::open(&std::env::var(PLACE)?, SESSION).await
}

/// A coordinator's process: leads, or stands by.
async fn coordinator(name: &str) -> Result<(), Failure> {
    let coordinator = stage().await?.coordinator(options(name, std::env::var(RECORD)?))?;
    let ended = coordinator.run(&Shutdown::new()).await?.ok_or("the session was left")?;
    say(format!("  coordinator {name}: the session is over: {:?}", ended.end))
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments.as_slice() {
        [] => lead::lead(None).await,
        ["agent", name] => match stage().await {
            Ok(stage) => agent::work(&stage, name).await,
            Err(error) => Err(error),
        },
        ["coordinator", name] => coordinator(name).await,
        [place] if place.contains("://") => lead::lead(Some(place)).await,
        _ => Err("usage: failover [redis://HOST:PORT]".into()),
    };
    let Err(error) = ended else { return ExitCode::SUCCESS };
    let _ = writeln!(std::io::stderr(), "failover: {error}");
    ExitCode::FAILURE
}
