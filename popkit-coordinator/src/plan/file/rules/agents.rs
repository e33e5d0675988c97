//! Every task has an agent that can serve it.
//!
//! Where a plan lists no agents the runner brings its own, which can do whatever the
//! tasks ask for, except prompts: for those it may bring a command template, to every
//! agent that has none.

use std::collections::HashMap;

use popkit_protocol::Capability;

use crate::plan::file::read::{AgentDraft, Draft, Report, TaskDraft};

pub(super) fn check(draft: &Draft, prompts: bool, report: &mut Report) {
    let Some(agents) = &draft.agents else { return };
    if !prompts {
        check_prompts(agents, &draft.tasks, report);
    }
    // An agent that could not be read might have been the one.
    if agents.is_empty() || agents.iter().any(|agent| agent.capabilities.is_none()) {
        return;
    }
    let mut verdicts = HashMap::new();
    for task in &draft.tasks {
        let Some(wanted) = &task.capabilities else { continue };
        let wants_command = task.has_prompt && !prompts;
        let key = (wants_command, wanted.as_slice());
        let verdict = verdicts.entry(key).or_insert_with(|| nearest(agents, wants_command, wanted));
        if let Some((agent, missing)) = verdict
            && !missing.is_empty()
        {
            let message = unserved(task, agent, missing, agents, report);
            report.add(task.place, message);
        }
    }
}

fn check_prompts(agents: &[AgentDraft], tasks: &[TaskDraft], report: &mut Report) {
    if agents.iter().any(|agent| agent.has_command) {
        return;
    }
    let mut prompts = tasks.iter().filter(|task| task.has_prompt);
    let Some(first) = prompts.next() else { return };
    let who = match prompts.count() {
        0 => format!("{} has a prompt", first.label),
        1 => format!("{} and one more have prompts", first.label),
        more => format!("{} and {more} more have prompts", first.label),
    };
    let mend = r#"give an agent a command such as ["tool", "{prompt}"]"#;
    report.add(first.place, format!("{who}, but no agent has a command template ({mend})"));
}

/// The agent that lacks the least of what is wanted, and what it lacks.
fn nearest<'d>(
    agents: &'d [AgentDraft],
    prompt: bool,
    wanted: &'d [Capability],
) -> Option<(&'d AgentDraft, Vec<&'d Capability>)> {
    let fitting = agents.iter().filter(|agent| agent.has_command || !prompt);
    let lacks = fitting.map(|agent| {
        let has = |c: &&Capability| agent.capabilities.iter().flatten().any(|own| own == *c);
        (agent, wanted.iter().filter(|c| !has(c)).collect::<Vec<_>>())
    });
    lacks.min_by_key(|(_, missing)| missing.len())
}

fn unserved(
    task: &TaskDraft,
    agent: &AgentDraft,
    missing: &[&Capability],
    agents: &[AgentDraft],
    report: &mut Report,
) -> String {
    let list = missing.iter().map(|c| format!("\"{c}\"")).collect::<Vec<_>>().join(", ");
    let known = agents.iter().flat_map(|agent| agent.capabilities.iter().flatten());
    let known: Vec<&str> = known.map(Capability::as_str).collect();
    let nobody = missing.iter().find(|c| !known.contains(&c.as_str()));
    let meant = nobody.and_then(|c| report.nearest(c.as_str(), known.iter().copied()));
    let mend = match meant {
        Some(near) => format!("did you mean {near:?}?"),
        None => "add it there".to_owned(),
    };
    let (label, agent) = (&task.label, &agent.label);
    format!("no agent can serve {label}: {agent} comes nearest but lacks {list} ({mend})")
}
