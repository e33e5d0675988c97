//! The report for people.

use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use popkit_protocol::TaskId;

use super::model::{Checked, Report, TaskReport};

/// A span as people read it: `3.2s`, `4m08s`, `2h05m`.
pub(in super::super) fn seconds(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() / 10.0;
    if tenths < 60.0 {
        return format!("{tenths:.1}s");
    }
    let whole = std::time::Duration::from_secs_f64(seconds.round().min(1e12)).as_secs();
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}h{minutes:02}m") } else { format!("{minutes}m{rest:02}s") }
}

/// The whole report as lines of text.
pub(in super::super) fn table(report: &Report) -> String {
    let mut lines = vec![tasks(report).to_string()];
    if !report.criteria.is_empty() {
        lines.push(String::new());
    }
    for criterion in &report.criteria {
        let result = match criterion.result {
            Checked::Passed => "holds",
            Checked::Failed => "does NOT hold",
            Checked::Skipped => "was not looked at",
        };
        lines.push(format!("criterion {}: {result}", criterion.name));
    }
    lines.push(String::new());
    lines.push(summary(report));
    if !report.critical_path.tasks.is_empty() {
        let time = seconds(report.critical_path.seconds);
        lines.push(format!("critical path {time}: {}", chain(&report.critical_path.tasks)));
    }
    lines.join("\n")
}

/// A chain of tasks, its middle left out where it is long.
fn chain(tasks: &[TaskId]) -> String {
    const SHOWN: usize = 12;
    let mut names: Vec<String> = tasks.iter().map(ToString::to_string).collect();
    if names.len() > SHOWN {
        let left_out = names.len() - SHOWN;
        names.splice(SHOWN / 2..SHOWN / 2 + left_out, [format!("… {left_out} more …")]);
    }
    names.join(" > ")
}

fn tasks(report: &Report) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["TASK", "STATE", "TRIES", "WAIT", "WORK", "AGENT", "NOTE"]);
    for task in &report.tasks {
        table.add_row([
            task.id.to_string(),
            task.state.to_owned(),
            task.attempts.to_string(),
            seconds(task.wait_seconds),
            seconds(task.work_seconds),
            task.agent.clone().unwrap_or_else(|| "-".to_owned()),
            note(task),
        ]);
    }
    for column in 2..=4 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// What a row says at its end.
pub(super) fn note(task: &TaskReport) -> String {
    let mut notes = Vec::new();
    if task.before {
        notes.push("done before");
    }
    if task.changed {
        notes.push("changed since it ran");
    }
    notes.extend(task.error.as_deref());
    notes.extend(task.reason.as_deref());
    notes.join("; ")
}

/// How much came out, in one line.
pub(super) fn summary(report: &Report) -> String {
    let counts = report.counts;
    let mut parts = vec![format!("{} of {} done", counts.done, counts.total)];
    if counts.done_before > 0 {
        parts.push(format!("{} of them before this run", counts.done_before));
    }
    for (count, what) in [
        (counts.failed, "failed"),
        (counts.cancelled, "cancelled"),
        (counts.skipped, "skipped"),
        (counts.open, "open"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    format!(
        "{}; {} of work in {} ({:.1} at a time)",
        parts.join(", "),
        seconds(report.work_seconds),
        seconds(report.wall_seconds),
        report.parallelism,
    )
}

#[cfg(test)]
mod tests {
    use super::{TaskId, chain, seconds};

    #[test]
    fn a_long_chain_is_cut_in_the_middle() {
        let ids =
            |n: usize| (0..n).map(|i| TaskId::new(i.to_string()).unwrap()).collect::<Vec<_>>();
        assert_eq!(chain(&ids(3)), "0 > 1 > 2");
        let long = "0 > 1 > 2 > 3 > 4 > 5 > … 88 more … > 94 > 95 > 96 > 97 > 98 > 99";
        assert_eq!(chain(&ids(100)), long);
    }

    #[test]
    fn spans_are_short() {
        for (span, text) in [
            (0.0, "0.0s"),
            (3.24, "3.2s"),
            (59.94, "59.9s"),
            (59.97, "1m00s"),
            (248.4, "4m08s"),
            (7500.0, "2h05m"),
            (-1.0, "0.0s"),
        ] {
            assert_eq!(seconds(span), text, "{span}");
        }
    }
}
