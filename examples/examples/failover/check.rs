//! Whether all came out as it should.

use std::collections::{BTreeMap, BTreeSet};

use popkit_coordinator::machine::{End, Event, Removal};
use popkit_protocol::Object;
use popkit_protocol::session::CompletedSession;

use crate::session::{Failure, Stage, journal};
use crate::{PHASES, TEAM, VICTIM};

/// What came out, in words; an error where anything is off.
pub(crate) async fn outcome(stage: &Stage, session: &str) -> Result<String, Failure> {
    let text = stage.until(&format!("completed:{session}"), "").await?;
    let completed: CompletedSession = serde_json::from_str(&text)?;
    check("the phases", &completed.phases_completed, &PHASES.map(str::to_owned).to_vec())?;
    let mut results = Vec::new();
    for (number, phase) in PHASES.iter().enumerate() {
        let of_phase: Vec<Object> =
            completed.results_by_phase.get(phase).ok_or("a phase without results")?;
        let by: Vec<String> = of_phase.iter().filter_map(|result| result.get("agent")).collect();
        let wanted = if number == 0 { team() } else { left() };
        check(&format!("results of {phase}"), &by.len(), &wanted.len())?;
        check(&format!("whose results of {phase}"), &by.into_iter().collect(), &wanted)?;
        results.push(format!("{phase} {}", wanted.len()));
    }
    let (leaders, barriers) = story(&journal(stage, session).await?)?;
    let results = results.join(", ");
    Ok(format!(
        "Completed: {results} results; {leaders} leaders; {barriers} barriers, released once each"
    ))
}

fn check<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), Failure> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {wanted:?}").into())
}

fn team() -> BTreeSet<String> {
    TEAM.map(str::to_owned).into()
}

/// Those that are not killed.
fn left() -> BTreeSet<String> {
    team().into_iter().filter(|name| name != VICTIM.0).collect()
}

/// One opening of a barrier, by its events.
#[derive(Default)]
struct Opening {
    members: BTreeSet<String>,
    shrunk: BTreeSet<String>,
    releases: usize,
}

/// How many have led, and how many barriers there were.
fn story(journal: &[Event]) -> Result<(usize, usize), Failure> {
    let (mut epochs, mut lost) = (Vec::new(), Vec::new());
    let mut barriers: BTreeMap<String, Opening> = BTreeMap::new();
    for event in journal {
        match event {
            Event::Led { epoch } => epochs.push(*epoch),
            Event::AgentLost { agent } => lost.push(agent.to_string()),
            Event::BarrierOpened { barrier, members, .. } => {
                let opening = barriers.entry(barrier.clone()).or_default();
                check("openings of one name", &opening.members.len(), &0)?;
                opening.members = members.iter().map(ToString::to_string).collect();
            }
            Event::BarrierShrunk { barrier, agent, why } => {
                check("why it shrank", why, &Removal::Lost)?;
                barriers.entry(barrier.clone()).or_default().shrunk.insert(agent.to_string());
            }
            Event::BarrierReleased { barrier, arrived, .. } => {
                let opening = barriers.entry(barrier.clone()).or_default();
                opening.releases += 1;
                // Whoever has not arrived was removed by an event before.
                let waited_for: BTreeSet<String> =
                    opening.members.difference(&opening.shrunk).cloned().collect();
                let arrived = arrived.iter().map(ToString::to_string).collect();
                check(&format!("who stood at {barrier}"), &waited_for, &arrived)?;
            }
            Event::Ended { end } => check("the end", end, &End::Completed)?,
            _ => {}
        }
    }
    check("leaders", &epochs.len(), &2)?;
    check("epochs that grow", &epochs.is_sorted_by(|one, next| one < next), &true)?;
    check("who was lost", &lost, &vec![VICTIM.0.to_owned()])?;
    check("barriers", &barriers.len(), &PHASES.len())?;
    for (name, opening) in &barriers {
        check(&format!("releases of {name}"), &opening.releases, &1)?;
        let shrunk: BTreeSet<String> =
            if name == VICTIM.1 { [VICTIM.0.to_owned()].into() } else { BTreeSet::new() };
        check(&format!("who was removed from {name}"), &opening.shrunk, &shrunk)?;
    }
    Ok((epochs.len(), barriers.len()))
}
