//! Whether all came out as it should.

use std::collections::BTreeSet;

use popkit_coordinator::machine::{End, Event};
use popkit_coordinator::runtime::Ended;
use popkit_protocol::Object;
use popkit_protocol::session::CompletedSession;

use crate::script::{ASKS, FOUND, PERSON, PHASES, TEAM};
use crate::session::{Failure, Stage, journal};

/// What came out, in words; an error where anything is off.
pub(crate) async fn outcome(
    stage: &Stage,
    session: &str,
    ended: &Ended,
) -> Result<String, Failure> {
    let completed = ended.completed.as_ref().ok_or("what came out is not kept")?;
    let completed: CompletedSession = completed.decode()?;
    let insights = u64::try_from(FOUND.len() + TEAM.len())?;
    check("the end", &ended.end, &End::Completed)?;
    check("the phases", &completed.phases_completed, &PHASES.map(str::to_owned).to_vec())?;
    check("the insights", &completed.insights_shared, &insights)?;
    check("the violations", &completed.violations, &Vec::new())?;
    let mut results = Vec::new();
    for phase in PHASES {
        let of_phase: Vec<Object> =
            completed.results_by_phase.get(phase).ok_or("a phase without results")?;
        judge(phase, &of_phase)?;
        results.push(format!("{phase} {}", of_phase.len()));
    }
    let answers = story(&journal(stage, session).await?)?;
    let results = results.join(", ");
    let (insights, patterns) = (completed.insights_shared, completed.patterns_learned);
    Ok(format!(
        "{:?}: {results} results; {insights} insights; {patterns} patterns; {answers} answer",
        ended.end
    ))
}

fn check<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, wanted: &T) -> Result<(), Failure> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{what}: {found:?} instead of {wanted:?}").into())
}

/// The names of all.
fn team() -> BTreeSet<String> {
    TEAM.iter().map(|(name, _)| (*name).to_owned()).collect()
}

/// Each agent has told one result, and it says what the script wants.
fn judge(phase: &str, results: &[Object]) -> Result<(), Failure> {
    let by: Vec<String> = results.iter().filter_map(|result| result.get("agent")).collect();
    check(&format!("results of {phase}"), &by.len(), &TEAM.len())?;
    check(&format!("whose results of {phase}"), &by.iter().cloned().collect(), &team())?;
    for result in results {
        let by: String = result.get("agent").unwrap_or_default();
        let said: Object = result.get("result").unwrap_or_default();
        check(&format!("success of {by} in {phase}"), &said.get("success"), &Some(true))?;
        match phase {
            "design" => {
                let others = FOUND.iter().filter(|(finder, ..)| *finder != by).count();
                check(&format!("what {by} built on"), &said.get("built_on"), &Some(others))?;
                check(&format!("what {by} was handed"), &said.get("results_of"), &Some(team()))?;
            }
            "implement" => {
                check(&format!("tool calls of {by}"), &said.get("tool_calls"), &Some(6))?;
                let allowed = (by == ASKS.0).then_some(true);
                check(&format!("what {by} was allowed"), &said.get("allowed"), &allowed)?;
            }
            "review" => {
                check(&format!("what {by} was handed"), &said.get("results_of"), &Some(team()))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Each barrier was released once, by all; nobody was lost; the person has answered.
fn story(journal: &[Event]) -> Result<usize, Failure> {
    let mut released = Vec::new();
    let mut answers = Vec::new();
    for event in journal {
        match event {
            Event::BarrierReleased { barrier, arrived, .. } => {
                let arrived: BTreeSet<String> = arrived.iter().map(ToString::to_string).collect();
                check(&format!("who stood at {barrier}"), &arrived, &team())?;
                released.push(barrier.clone());
            }
            Event::Answered { approved, by, .. } => answers.push((*approved, by.clone())),
            Event::AgentLost { .. } | Event::BarrierShrunk { .. } | Event::PartDropped { .. } => {
                return Err(format!("nobody should be missing: {event:?}").into());
            }
            _ => {}
        }
    }
    let barriers: Vec<String> = (0..PHASES.len()).map(|phase| format!("phase-{phase}")).collect();
    check("the barriers", &released, &barriers)?;
    check("the answers", &answers, &vec![(true, PERSON.to_owned())])?;
    Ok(answers.len())
}
