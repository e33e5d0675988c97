//! The record of a session, handled again.

use std::path::Path;

use popkit_coordinator::machine::{Action, Effect, Entry, Event, Machine, Start};
use popkit_coordinator::runtime::read_record;
use serde_json::Value;

use super::{Failure, Stage, journal};

/// Replays a record twice. Both must come to the same effects, to the state that the session
/// has kept, and to the events of its journal. Answers in words.
pub(crate) async fn replay(stage: &Stage, session: &str, record: &Path) -> Result<String, Failure> {
    let (start, entries) = read_record(record)?;
    let inputs = entries.len();
    let (machine, effects) = handled(start.clone(), entries.clone())?;
    let (_, again) = handled(start, entries)?;
    if effects != again {
        return Err("two replays of one record have come to different effects".into());
    }
    let kept: Value = serde_json::from_str(&stage.until("session:snapshot", "").await?)?;
    let replayed: Value = serde_json::from_str(machine.snapshot()?.as_str())?;
    if kept.pointer("/kept/machine") != Some(&replayed) {
        return Err("the replay of the record has come to another state than was kept".into());
    }
    if events(&effects) != journal(stage, session).await? {
        return Err("the replay of the record has other events than the journal".into());
    }
    Ok(format!("{inputs} inputs give the same {} effects and the same state again", effects.len()))
}

fn handled(start: Start, entries: Vec<Entry>) -> Result<(Machine, Vec<Effect>), Failure> {
    let (mut machine, mut effects) = (Machine::new(start)?, Vec::new());
    for entry in entries {
        machine.apply(entry, &mut effects)?;
    }
    Ok((machine, effects))
}

/// The events among the effects. For a later leader some come out once more.
fn events(effects: &[Effect]) -> Vec<Event> {
    let mut events = Vec::new();
    let mut last = 0;
    for effect in effects {
        if let Action::Record { number, event } = &effect.action
            && *number > last
        {
            last = *number;
            events.push(event.clone());
        }
    }
    events
}
