//! Tasks for people. Readable without colour, safe on a terminal.

use std::fmt::Write as _;

use popkit_protocol::{
    Clock as _, EdgePolicy, Progress, SystemClock, Task, TaskMetrics, Timestamp, duration,
};

use crate::output::{age, clean, short, time};
pub(in crate::command::task) use crate::table::{table, trimmed};

/// The table of tasks of `list`.
pub(in crate::command::task) fn tasks(tasks: &[Task]) -> String {
    let mut table = table(&["ID", "STATE", "PRI", "TRY", "AGENT", "AGE", "KIND", "TITLE"]);
    let now = SystemClock.now();
    for task in tasks {
        let agent = task.hold.as_ref().map_or("-", |hold| hold.agent.as_str());
        let tries = format!("{}/{}", task.attempt, task.spec.retry.max_attempts);
        table.add_row([
            task.id().to_string(),
            state(task),
            task.priority.to_string(),
            tries,
            agent.to_owned(),
            age(now.since(task.created_at)),
            task.spec.kind.to_string(),
            short(&task.spec.title, 48),
        ]);
    }
    trimmed(&table)
}

/// Where a task stands, in a word or two.
pub(in crate::command::task) fn state(task: &Task) -> String {
    match (task.pending(), &task.progress) {
        (Some(pending), _) => pending.to_string(),
        (None, Some(progress)) if task.hold.is_some() => {
            format!("{} {:.0}%", task.state, progress.fraction * 100.0)
        }
        _ => task.state.to_string(),
    }
}

/// A report of progress.
pub(in crate::command::task) fn progress(progress: &Progress) -> String {
    let share = format!("{:.0}%", progress.fraction * 100.0);
    if progress.note.is_empty() { share } else { format!("{share} {}", progress.note) }
}

/// Everything about a task, as `show` writes it: one `key: value` per line.
pub(in crate::command::task) fn task(task: &Task) -> String {
    let spec = &task.spec;
    let mut page = Page(String::new());
    page.line("id", spec.id.as_str());
    page.line("title", &spec.title);
    page.line("state", &state(task));
    page.line("kind", spec.kind.as_str());
    page.line("priority", &task.priority.to_string());
    page.line("attempt", &format!("{} of {}", task.attempt, spec.retry.max_attempts));
    if let Some(hold) = &task.hold {
        page.line("held by", &format!("{} until {}", hold.agent, time(hold.deadline)));
    }
    page.line("progress", &task.progress.as_ref().map(progress).unwrap_or_default());
    let needs: Vec<String> = spec.needs.iter().map(need).collect();
    page.line("needs", &needs.join(", "));
    if task.open_parents > 0 {
        page.line("open needs", &task.open_parents.to_string());
    }
    let requires: Vec<&str> = spec.requires.iter().map(AsRef::as_ref).collect();
    page.line("requires", &requires.join(", "));
    page.line("only for", spec.agent.as_ref().map_or("", AsRef::as_ref));
    page.line("tags", &spec.tags.join(", "));
    page.line("unique", spec.unique.as_ref().map_or("", AsRef::as_ref));
    page.line("timeout", &spec.timeout.map(duration::format).unwrap_or_default());
    page.line("review", if spec.review { "yes" } else { "" });
    times(&mut page, task);
    if !spec.payload.is_null() {
        page.line("payload", spec.payload.as_str());
    }
    page.line("checkpoint", task.checkpoint.as_ref().map_or("", |json| json.as_str()));
    page.line("result", task.result.as_ref().map_or("", |json| json.as_str()));
    page.block("description", &spec.description);
    let errors = task
        .errors
        .iter()
        .map(|entry| format!("{} attempt {}: {}", time(entry.at), entry.attempt, entry.failure));
    page.block("errors", &errors.collect::<Vec<_>>().join("\n"));
    page.0.trim_end().to_owned()
}

fn need(need: &popkit_protocol::Need) -> String {
    let policy = match need.on_failure {
        EdgePolicy::Cancel => ":cancel",
        EdgePolicy::Run => ":run",
        EdgePolicy::Ignore => ":ignore",
        _ => "",
    };
    format!("{}{policy}", need.task)
}

fn times(page: &mut Page, task: &Task) {
    let metrics = TaskMetrics::of(task);
    let text = |at: Option<Timestamp>| at.map(time).unwrap_or_default();
    let span = |span: Option<std::time::Duration>| {
        // Whole milliseconds: nobody reads nanoseconds here.
        let millis = |s: std::time::Duration| u64::try_from(s.as_millis()).unwrap_or(u64::MAX);
        span.map(|s| duration::format(std::time::Duration::from_millis(millis(s))))
            .unwrap_or_default()
    };
    page.line("due", &text(task.due_at));
    page.line("added", &time(task.created_at));
    page.line("changed", &time(task.updated_at));
    page.line("started", &text(task.started_at));
    page.line("ended", &text(task.ended_at));
    page.line("waited", &span(metrics.wait_time));
    page.line("worked", &span(metrics.work_time));
    page.line("cycle", &span(metrics.cycle_time));
}

struct Page(String);

impl Page {
    /// A line, where there is something to say.
    fn line(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            let value = clean(value).replace('\n', " ");
            let _ = writeln!(self.0, "{:<12}{value}", format!("{key}:"));
        }
    }

    /// Lines below a key, where there are any.
    fn block(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            let _ = writeln!(self.0, "{key}:");
            for line in clean(value).lines() {
                let _ = writeln!(self.0, "  {line}");
            }
        }
    }
}
