//! The report as Markdown.

use super::model::{Checked, Outcome, Report};
use super::table::{note, seconds, summary};

/// The whole report.
pub(super) fn markdown(report: &Report) -> String {
    let outcome = match report.outcome {
        Outcome::Done => "done",
        Outcome::Failed => "failed",
        Outcome::Interrupted => "interrupted",
    };
    let mut lines = vec![
        format!("# {}: {outcome}", report.plan),
        String::new(),
        cell(&report.objective),
        String::new(),
        format!("{}.", summary(report)),
        String::new(),
        format!("From {} to {}.", report.started_at, report.ended_at),
        String::new(),
        "| Task | State | Tries | Wait | Work | Agent | Note |".to_owned(),
        "|---|---|---:|---:|---:|---|---|".to_owned(),
    ];
    lines.extend(report.tasks.iter().map(|task| {
        format!(
            "| `{}` | {} | {} | {} | {} | {} | {} |",
            task.id,
            task.state,
            task.attempts,
            seconds(task.wait_seconds),
            seconds(task.work_seconds),
            task.agent.as_deref().unwrap_or("-"),
            cell(&note(task)),
        )
    }));
    if !report.critical_path.tasks.is_empty() {
        let ids = report.critical_path.tasks.iter().map(|id| format!("`{id}`"));
        let path = ids.collect::<Vec<_>>().join(" > ");
        let time = seconds(report.critical_path.seconds);
        lines.extend([String::new(), format!("Critical path ({time}): {path}.")]);
    }
    if !report.criteria.is_empty() {
        lines.extend([String::new(), "## Success criteria".to_owned(), String::new()]);
    }
    for criterion in &report.criteria {
        let mark = if criterion.result == Checked::Passed { "x" } else { " " };
        let detail = criterion.detail.as_deref().map(cell);
        let detail = detail.map(|text| format!(": {text}")).unwrap_or_default();
        lines.push(format!("- [{mark}] {}{detail}", cell(&criterion.name)));
    }
    if !report.problems.is_empty() {
        lines.extend([String::new(), "## Problems".to_owned(), String::new()]);
        lines.extend(report.problems.iter().map(|problem| format!("- {}", cell(problem))));
    }
    lines.join("\n") + "\n"
}

/// A text that stays within its line and its cell.
fn cell(text: &str) -> String {
    let line: Vec<&str> = text.lines().map(str::trim).collect();
    line.join(" ").replace('|', "\\|")
}
