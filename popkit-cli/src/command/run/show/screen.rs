//! The one thing a run shows itself through.

use std::io::IsTerminal as _;

use popkit_coordinator::process::Stream;
use popkit_protocol::{Clock as _, SystemClock, TaskId, Timestamp};

use super::super::report::{Outcome, Report, clean, table};
use super::super::watch::{Board, News};
use super::bars::Bars;
use super::json::{self, Lines};
use super::text::{Tone, clock, line};
use crate::context::Context;
use crate::output;

/// How wide the column of task ids may become.
const WIDEST: usize = 32;

/// What is known when a run begins.
#[derive(Debug)]
pub(in super::super) struct Began<'b> {
    /// The plan's name.
    pub(in super::super) plan: &'b str,
    /// What it is for.
    pub(in super::super) objective: &'b str,
    /// When.
    pub(in super::super) at: Timestamp,
    /// The store's URL, without secrets.
    pub(in super::super) store: String,
    /// Tasks of the plan.
    pub(in super::super) tasks: usize,
    /// Those that are done already.
    pub(in super::super) done: usize,
    /// Agents and their slots.
    pub(in super::super) agents: Vec<(String, u32)>,
    /// Tasks inserted.
    pub(in super::super) inserted: Vec<&'b TaskId>,
    /// Tasks tried again.
    pub(in super::super) requeued: &'b [TaskId],
    /// Tasks whose text changed before they ended: they and their history made way.
    pub(in super::super) replaced: Vec<&'b TaskId>,
    /// Tasks that are no longer in the plan.
    pub(in super::super) removed: Vec<&'b TaskId>,
    /// Tasks that are done, with a text that is no longer the plan's.
    pub(in super::super) changed: &'b [TaskId],
}

/// Where a run is seen.
#[derive(Debug)]
pub(in super::super) struct Screen {
    json: Option<Lines>,
    bars: Option<Bars>,
    quiet: bool,
    verbose: bool,
    color: bool,
    width: usize,
}

impl Screen {
    /// For these tasks.
    pub(in super::super) fn new<'i>(
        cx: &Context,
        quiet: bool,
        tasks: impl Iterator<Item = &'i TaskId>,
    ) -> Self {
        let width = tasks.map(|id| id.as_str().len()).max().unwrap_or(0).min(WIDEST);
        let stderr = std::io::stderr();
        let moves = stderr.is_terminal() && std::env::var_os("TERM").is_some_and(|t| t != "dumb");
        Self {
            json: cx.json.then(Lines::new),
            bars: (moves && !quiet).then(|| Bars::new(width)),
            quiet,
            verbose: cx.verbose > 0,
            color: cx.color.wanted(&stderr),
            width,
        }
    }

    /// Whether the output of children is wanted.
    pub(in super::super) fn wants_output(&self) -> bool {
        self.verbose
    }

    /// Something to know, unless nothing is wanted.
    pub(in super::super) fn note(&self, text: &str) {
        if !self.quiet {
            self.warn(text);
        }
    }

    /// Something to know in any case.
    pub(in super::super) fn warn(&self, text: &str) {
        match &self.bars {
            Some(bars) => bars.line(text),
            None => output::note(text),
        }
    }

    /// The run begins.
    pub(in super::super) fn began(&mut self, began: &Began<'_>) {
        if let Some(lines) = &mut self.json {
            lines.write("run.started", &json::began(began));
        }
        let slots: u32 = began.agents.iter().map(|(_, slots)| slots).sum();
        let (tasks, agents) = (began.tasks, began.agents.len());
        self.note(&format!("{}: {}", began.plan, clean(began.objective)));
        let done =
            if began.done > 0 { format!(", {} done before", began.done) } else { String::new() };
        self.note(&format!(
            "{}{done}; {}, {}",
            count(tasks, "task"),
            count(agents, "agent"),
            count(slots as usize, "slot"),
        ));
        let told = |what: &str, ids: Vec<&TaskId>| {
            if !ids.is_empty() {
                self.note(&format!("{what}: {}", join(&ids)));
            }
        };
        told("trying again", began.requeued.iter().collect());
        told("replaced, their text changed", began.replaced.clone());
        told("no longer in the plan", began.removed.clone());
        told("changed since it ran (--fresh runs it again)", began.changed.iter().collect());
    }

    /// Something happened to a task.
    pub(in super::super) fn news(&mut self, news: &News<'_>) {
        if let Some(lines) = &mut self.json {
            lines.write("task.event", &json::event(news));
        }
        let Some(line) = line(news, self.verbose) else { return };
        if self.quiet && line.tail.is_empty() && line.tone != Tone::Bad {
            return;
        }
        let (time, id, width) = (clock(news.event.at), news.event.task.as_str(), self.width);
        let text = line.tone.paint(&line.text, self.color);
        self.warn(&format!("{time} {id:width$}  {text}"));
        for said in line.tail {
            self.warn(&format!("         {id:width$}  | {said}"));
        }
    }

    /// A child printed a line.
    pub(in super::super) fn output(&mut self, task: &TaskId, stream: Stream, line: &str) {
        let stream = match stream {
            Stream::Stdout => "stdout",
            Stream::Stderr => "stderr",
        };
        if let Some(lines) = &mut self.json {
            lines.write("task.output", &json::output(task, stream, line));
        }
        let width = self.width;
        self.note(&format!("         {:width$}  | {}", task.as_str(), clean(line)));
    }

    /// Time passed.
    pub(in super::super) fn update(&mut self, board: &Board) {
        if let Some(bars) = &mut self.bars {
            bars.update(board, SystemClock.now());
        }
    }

    /// The bars are no longer needed.
    pub(in super::super) fn settle(&mut self) {
        if let Some(bars) = self.bars.take() {
            bars.clear();
        }
    }

    /// The run is over.
    pub(in super::super) fn finished(&mut self, report: &Report) {
        self.settle();
        if let Some(lines) = &mut self.json {
            lines.write("run.finished", &json::finished(report));
        }
        self.note("");
        self.note(&table(report));
        if report.outcome == Outcome::Interrupted {
            let counts = report.counts;
            self.warn(&format!(
                "interrupted with {} of {} done; run it again to go on",
                counts.done, counts.total
            ));
            return;
        }
        for problem in &report.problems {
            self.warn(&Tone::Bad.paint(&clean(problem), self.color));
        }
    }
}

fn count(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}

/// The first of these names, and how many more there are.
fn join(ids: &[&TaskId]) -> String {
    const SHOWN: usize = 10;
    let shown: Vec<&str> = ids.iter().take(SHOWN).map(|id| id.as_str()).collect();
    match ids.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
