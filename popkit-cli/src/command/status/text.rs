//! The report for people.

use std::fmt::Write as _;

use popkit_protocol::{TaskId, Timestamp};

use super::agents::{AgentStatus, COUNTED};
use super::gather::Gathered;
use super::tasks::{Blocked, Phase};
use crate::output::{age, short, time};

/// The report: the tasks, what is in the way, the agents, what happened last.
pub(super) fn text(gathered: &Gathered) -> String {
    let mut report = gathered.report.clone();
    // What happened last comes last.
    let recent = std::mem::take(&mut report.recent);
    // Writing to a text never fails.
    let mut page = format!("{}\n{report}", gathered.title);
    if !gathered.has_tasks {
        // In place of how many there are.
        let rest = report.to_string();
        let rest = rest.split_once('\n').map_or("", |(_, rest)| rest);
        page = format!("{}\nno tasks yet\n{rest}", gathered.title).trim_end().to_owned();
    }
    part(&mut page, "phases", gathered.phases.iter().map(phase).collect());
    part(&mut page, "blocked", gathered.blocked.iter().map(blocked).collect());
    if let more @ 1.. = gathered.blocked_total.saturating_sub(gathered.blocked.len()) {
        let _ = write!(page, "\n  and {more} more");
    }
    let agents = gathered.agents.iter().map(|one| agent(one, report.at));
    part(&mut page, "agents", agents.collect());
    let lately =
        recent.iter().map(|entry| vec![time(entry.at), entry.task.to_string(), entry.what.clone()]);
    part(&mut page, "lately", lately.collect());
    page
}

/// A heading, and rows whose columns stand below each other.
fn part(page: &mut String, name: &str, rows: Vec<Vec<String>>) {
    if rows.is_empty() {
        return;
    }
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let _ = write!(page, "\n{name}:");
    for row in rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        let _ = write!(page, "\n  {}", line.trim_end());
    }
}

fn phase(phase: &Phase) -> Vec<String> {
    let Phase { name, total, running, failed, ended, .. } = phase;
    let mut told = format!("{ended} of {total} ended");
    for (count, word) in [(running, "running"), (failed, "failed")] {
        if *count > 0 {
            let _ = write!(told, ", {count} {word}");
        }
    }
    vec![short(name, 40), told]
}

fn blocked(task: &Blocked) -> Vec<String> {
    let waits: Vec<String> =
        task.waits_for.iter().map(|(id, stands)| format!("{id} ({stands})")).collect();
    let waits = match waits.is_empty() {
        // Released in the moment between two looks.
        true => "nothing any more".to_owned(),
        false => short(&waits.join(", "), 120),
    };
    let title = if task.title == task.id.as_str() { "" } else { &task.title };
    vec![task.id.to_string(), format!("waits for {waits}"), short(title, 60)]
}

fn agent(agent: &AgentStatus, now: Timestamp) -> Vec<String> {
    let heard = match (agent.heard_at, agent.is_silent) {
        (None, _) => "never heard".to_owned(),
        (Some(at), false) => format!("heard {} ago", age(now.since(at))),
        (Some(at), true) => format!("silent for {}", age(now.since(at))),
    };
    let doing = match &agent.doing {
        Some((task, share)) => format!("{} {:.0}%", short(task, 60), share * 100.0),
        None => match agent.holds.as_slice() {
            [] => "-".to_owned(),
            holds => short(&holds.iter().map(TaskId::as_str).collect::<Vec<_>>().join(", "), 60),
        },
    };
    let unread = match agent.unread {
        None | Some(0) => String::new(),
        Some(COUNTED) => format!("{COUNTED} unread or more"),
        Some(count) => format!("{count} unread"),
    };
    vec![agent.id.to_string(), heard, doing, unread]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_below_each_other() {
        let mut page = String::new();
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_owned()).collect();
        part(&mut page, "x", vec![row(&["a", "1", ""]), row(&["build", "22"])]);
        assert_eq!(page, "\nx:\n  a      1\n  build  22");
        part(&mut page, "none", Vec::new());
        assert!(!page.contains("none"));
    }
}
