//! The report, for people and as JSON.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use super::stand::state_line;
use super::{Looked, Stand};
use crate::error::CliError;
use crate::output::{self, VERSION, short};
use crate::session::Place;
use crate::table::{table, trimmed};

/// The JSON form, version 1.
#[derive(Serialize)]
struct View<'a> {
    v: u8,
    session: SessionView<'a>,
}

#[derive(Serialize)]
struct SessionView<'a> {
    id: Option<&'a str>,
    place: String,
    objective: &'a str,
    status: &'a str,
    is_over: bool,
    end: Option<&'a Value>,
    phases: &'a [String],
    phase: Option<&'a str>,
    phase_index: u32,
    barrier: Option<&'a str>,
    waiting_for: &'a [String],
    agents: &'a BTreeMap<String, String>,
    questions: &'a [Value],
    tasks: u64,
    insights: u64,
    running_seconds: u64,
    epoch: u64,
    leader: Option<&'a Value>,
    updated_at: &'a str,
    completed: Option<&'a Value>,
}

/// As JSON.
pub(super) fn json(looked: &Looked, place: &Place) -> Result<(), CliError> {
    let Looked { kept, stand, leader, questions, completed } = looked;
    let session = SessionView {
        id: kept.as_ref().map(|kept| kept.id.as_str()),
        place: place.shown(),
        objective: &stand.objective,
        status: &stand.status,
        is_over: looked.is_over(),
        end: stand.end.as_ref(),
        phases: &stand.phases,
        phase: stand.phase.as_deref(),
        phase_index: stand.phase_index,
        barrier: stand.barrier.as_deref(),
        waiting_for: &stand.waiting_for,
        agents: &stand.agents,
        questions,
        tasks: stand.tasks,
        insights: stand.insights,
        running_seconds: stand.running_seconds,
        epoch: stand.epoch,
        leader: leader.as_ref(),
        updated_at: &stand.updated_at,
        completed: completed.as_ref(),
    };
    output::json(&View { v: VERSION, session })
}

/// For people.
pub(super) fn text(looked: &Looked, place: &Place) -> Result<(), CliError> {
    let Looked { kept, stand, leader, questions, .. } = looked;
    let id = kept.as_ref().map_or_else(|| "of another program".to_owned(), |k| short(&k.id, 80));
    row("session", format!("{id} ({})", place.shown()))?;
    row("objective", short(&stand.objective, 200))?;
    row("state", state_line(stand))?;
    if !stand.phases.is_empty() {
        row("phases", short(&stand.phases.join(", "), 400))?;
    }
    if let Some(barrier) = &stand.barrier {
        row("barrier", format!("{}, {}", short(barrier, 80), waits(stand)))?;
    } else if !stand.waiting_for.is_empty() {
        row("waits for", short(&stand.waiting_for.join(", "), 400))?;
    }
    row("leader", leads(looked, leader.as_ref()))?;
    let counts = [("results", stand.count("results")), ("insights", stand.insights)];
    let counts = counts.map(|(name, count)| format!("{name} {count}")).join(", ");
    row("counts", format!("{counts}, open tasks {}", stand.tasks))?;
    if !stand.agents.is_empty() {
        let mut rows = table(&["AGENT", "STANDING"]);
        for (agent, standing) in &stand.agents {
            rows.add_row([short(agent, 80), short(standing, 40)]);
        }
        output::line(format!("\n{}", trimmed(&rows)))?;
    }
    if !questions.is_empty() {
        let mut rows = table(&["QUESTION", "FROM", "WHAT"]);
        for question in questions {
            let field = |name: &str| question.get(name).and_then(Value::as_str).unwrap_or("-");
            let what = short(field("decision_needed"), 120);
            rows.add_row([short(field("decision_id"), 80), short(field("from_agent"), 80), what]);
        }
        output::line(format!("\n{}", trimmed(&rows)))?;
        output::note("`popkit approve ID` and `popkit deny ID` answer, in a terminal of your own");
    }
    Ok(())
}

fn row(name: &str, text: impl std::fmt::Display) -> Result<(), CliError> {
    output::line(format!("{name:<10} {text}"))
}

fn waits(stand: &Stand) -> String {
    match stand.waiting_for.as_slice() {
        [] => "all are there".to_owned(),
        names => format!("waits for {}", short(&names.join(", "), 400)),
    }
}

fn leads(looked: &Looked, leader: Option<&Value>) -> String {
    let field = |name: &str| leader.and_then(|held| held.get(name)).and_then(Value::as_str);
    match (field("name"), looked.is_over()) {
        (Some(name), _) => {
            format!("{} since {}", short(name, 80), short(field("since").unwrap_or("-"), 40))
        }
        (None, true) => "nobody, it is over".to_owned(),
        (None, false) => "nobody; `popkit power start --resume` goes on with it".to_owned(),
    }
}
