//! `popkit power metrics`.

use serde::Serialize;
use serde_json::{Map, Value};

use super::replay::digest;
use super::status::{NO_SESSION, Stand, look};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, short};
use crate::session::Place;
use crate::table::{table, trimmed};

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    session: Option<&'a str>,
    is_over: bool,
    running_seconds: u64,
    agents: usize,
    phases_completed: usize,
    metrics: Map<String, Value>,
    /// Of the snapshot, as `popkit power replay` has it.
    sha256: Option<String>,
}

/// Shows the numbers of the session that runs, or of the last one.
pub(super) async fn run(cx: &Context) -> Result<Exit, CliError> {
    let looked = look(&Place::find(cx)?).await?;
    let Some(looked) = looked else {
        if cx.json {
            output::json(&NO_SESSION)?;
        } else {
            output::line("no session was here yet")?;
        }
        return Ok(Exit::Done);
    };
    let Stand { running_seconds, metrics, agents, .. } = &looked.stand;
    let phases_completed = looked.phases_completed();
    if cx.json {
        let view = View {
            v: VERSION,
            session: looked.kept.as_ref().map(|kept| kept.id.as_str()),
            is_over: looked.is_over(),
            running_seconds: *running_seconds,
            agents: agents.len(),
            phases_completed,
            metrics: metrics.clone(),
            sha256: looked.kept.as_ref().map(|kept| digest(&kept.snapshot)),
        };
        output::json(&view)?;
        return Ok(Exit::Done);
    }
    let mut rows = table(&["NUMBER", "VALUE"]);
    rows.add_row(["running_seconds".to_owned(), running_seconds.to_string()]);
    rows.add_row(["agents".to_owned(), agents.len().to_string()]);
    rows.add_row(["phases_completed".to_owned(), phases_completed.to_string()]);
    for (name, value) in metrics {
        match value {
            Value::Object(counts) => {
                for (of, count) in counts {
                    let name = format!("{} {}", short(name, 80), short(of, 40));
                    rows.add_row([name, short(&count.to_string(), 80)]);
                }
            }
            value => {
                rows.add_row([short(name, 80), short(&value.to_string(), 80)]);
            }
        }
    }
    output::line(trimmed(&rows))?;
    Ok(Exit::Done)
}
