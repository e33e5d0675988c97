//! A power session as the guide has it: three agents explore in parallel and share what they
//! find, stand at a barrier, design with what all of them have found, stand at a barrier,
//! implement with check-ins and a question to a person, and review. The agents are scripts, each
//! a process of its own. Afterwards the example checks what came out, and that the recorded
//! inputs give the same session once more.
//!
//! Run it: `cargo run -p popkit-examples --example power_mode`. It plays on a SQLite file and
//! messages in files; with `-- memory` in this process alone, with `-- redis://localhost:16379`
//! on that server, in the session `power-mode`. It prints a line for whatever happens, then
//!
//! ```text
//! outcome: Completed: explore 3, design 3, implement 3, review 3 results; 9 insights; 12 patterns; 1 answer
//! replay: 159 inputs give the same 140 effects and the same state again
//! ```

mod agent;
mod check;
mod lead;
mod person;
mod script;
#[path = "../session/mod.rs"]
mod session;

use std::io::Write as _;
use std::process::ExitCode;

use session::{Failure, PLACE, Stage, end_with_parent};

/// The name of the session on a server.
const SESSION: &str = "power-mode";

/// An agent's process.
async fn agent(name: &str) -> Result<(), Failure> {
    end_with_parent()?;
    let stage = Stage::open(&std::env::var(PLACE)?, SESSION).await?;
    agent::work(&stage, name).await
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let ended = match arguments.as_slice() {
        [] => lead::lead(None).await,
        ["agent", name] => agent(name).await,
        [place] if *place == "memory" || place.contains("://") => lead::lead(Some(place)).await,
        _ => Err("usage: power_mode [memory | redis://HOST:PORT]".into()),
    };
    let Err(error) = ended else { return ExitCode::SUCCESS };
    let _ = writeln!(std::io::stderr(), "power_mode: {error}");
    ExitCode::FAILURE
}
