//! `popkit power replay`.

use std::path::PathBuf;

use clap::Args;
use popkit_coordinator::machine::{Content, Doc, Machine};
use popkit_coordinator::runtime::{RecordError, read_record};
use popkit_protocol::Json;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::status::{Stand, state_line};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, short};

/// The arguments of `popkit power replay`.
#[derive(Debug, Args)]
pub(crate) struct ReplayArgs {
    /// The record: of --record, or in the folder records/ of the session's room
    file: PathBuf,
}

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    session: String,
    objective: &'a str,
    entries: usize,
    status: serde_json::Value,
    sha256: String,
}

/// Makes the session once more, and shows what became of it.
pub(super) fn run(args: &ReplayArgs, cx: &Context) -> Result<Exit, CliError> {
    let (start, log) = read_record(&args.file).map_err(|error| match error {
        RecordError::Io { file, source } => {
            CliError::io(Exit::Data, format!("cannot read {}", file.display()), &source)
        }
        other => CliError::data(other.to_string()),
    })?;
    let entries = log.len();
    let place = args.file.display();
    let machine = Machine::replay(start, log);
    let machine = machine.map_err(|error| CliError::data(error.to_string()).at(&place))?;
    let snapshot = machine.snapshot();
    let snapshot = snapshot.map_err(|error| CliError::failed(error.to_string()))?;
    let (status, sha256) = (status_of(&machine)?, digest(&snapshot));
    let objective = machine.objective();
    if cx.json {
        let (session, objective) = (objective.id.to_string(), objective.description.as_str());
        let view = View { v: VERSION, session, objective, entries, status, sha256 };
        output::json(&view)?;
        return Ok(Exit::Done);
    }
    let stand = Stand::read(&status)?;
    output::line(format!("session    {}", objective.id))?;
    output::line(format!("objective  {}", short(&objective.description, 200)))?;
    output::line(format!("inputs     {entries}"))?;
    output::line(format!("state      {}", state_line(&stand)))?;
    let agents = stand.agents.iter().map(|(id, standing)| format!("{id} {standing}"));
    output::line(format!("agents     {}", agents.collect::<Vec<_>>().join(", ")))?;
    let (tasks, insights) = (stand.tasks, stand.insights);
    let results = stand.count("results");
    output::line(format!("counts     results {results}, insights {insights}, open tasks {tasks}"))?;
    output::line(format!("sha256     {sha256}"))?;
    Ok(Exit::Done)
}

/// What the status document of this machine says.
pub(super) fn status_of(machine: &Machine) -> Result<serde_json::Value, CliError> {
    match machine.document(&Doc::Status) {
        Some(Content::Text(json)) => json.decode().map_err(|e| CliError::data(e.to_string())),
        _ => Ok(serde_json::Value::Null),
    }
}

/// The SHA-256 of a snapshot, by which two are compared.
pub(super) fn digest(snapshot: &Json) -> String {
    let digest = Sha256::digest(snapshot.as_str().as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
