//! What came out.

use std::path::Path;

use popkit_coordinator::machine::End;
use popkit_coordinator::runtime::Ended;
use serde::Serialize;
use serde_json::Value;

use crate::command::power::status::{Stand, end_text, read};
use crate::error::CliError;
use crate::exit::Exit;
use crate::output::{self, VERSION, age, short};
use crate::session::{Place, SessionSite};

/// The last line as JSON, version 1.
#[derive(Serialize)]
struct EndedView<'a> {
    v: u8,
    r#type: &'static str,
    session: &'a str,
    end: &'a End,
    running_seconds: Option<u64>,
    completed: Value,
    record: Option<String>,
}

/// Tells what came out.
pub(super) async fn tell(
    is_json: bool,
    ended: &Ended,
    (place, site): (&Place, &SessionSite),
    record: Option<&Path>,
) -> Result<(), CliError> {
    let own = |session: Option<&str>| session == Some(ended.session.as_str());
    let looked = read(site).await?;
    let looked = looked.filter(|looked| own(looked.kept.as_ref().map(|kept| &*kept.id)));
    let stand = looked.map(|looked| looked.stand);
    let completed = ended.completed.as_ref().and_then(|json| json.decode::<Value>().ok());
    let completed = completed.unwrap_or_default();
    let record = record.map(|file| file.display().to_string());
    if is_json {
        let view = EndedView {
            v: VERSION,
            r#type: "session.ended",
            session: &ended.session,
            end: &ended.end,
            running_seconds: stand.as_ref().map(|stand| stand.running_seconds),
            completed,
            record,
        };
        return output::json(&view);
    }
    text(ended, stand.as_ref(), &completed)?;
    let (session, shown) = (&ended.session, place.shown());
    row("kept as", format!("the document completed:{session} in {shown}, for 24 hours"))?;
    record.map_or(Ok(()), |file| row("record", format!("`popkit power replay {file}`")))
}

fn text(ended: &Ended, stand: Option<&Stand>, completed: &Value) -> Result<(), CliError> {
    let end = serde_json::to_value(&ended.end).unwrap_or_default();
    row("session", format!("{}: {}", ended.session, end_text(&end)))?;
    let names = completed.get("phases_completed").and_then(Value::as_array);
    let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
    let results = |phase: &Value| phase.as_array().map_or(0, Vec::len);
    let by_phase = completed.get("results_by_phase").and_then(Value::as_object);
    let results: usize = by_phase.map_or(0, |all| all.values().map(results).sum());
    let phases = if names.is_empty() { "none finished".to_owned() } else { names.join(", ") };
    row("phases", short(&phases, 400))?;
    let count = |name: &str| completed.get(name).and_then(Value::as_u64).unwrap_or(0);
    let (insights, patterns) = (count("insights_shared"), count("patterns_learned"));
    row("results", format!("{results}, insights {insights}, patterns {patterns}"))?;
    let broken = completed.get("violations").and_then(Value::as_array).map_or(0, Vec::len);
    if broken > 0 {
        row("violations", broken)?;
    }
    if let Some(stand) = stand {
        let agents: Vec<&str> = stand.agents.keys().map(String::as_str).collect();
        row("agents", short(&agents.join(", "), 400))?;
        row("time", age(std::time::Duration::from_secs(stand.running_seconds)))?;
    }
    Ok(())
}

fn row(name: &str, text: impl std::fmt::Display) -> Result<(), CliError> {
    output::line(format!("{name:<10} {text}"))
}

/// The exit code of a session that ended so.
pub(super) fn exit(end: &End) -> Exit {
    if *end == End::Completed { Exit::Done } else { Exit::Failed }
}
