//! Events as lines of text.

use popkit_protocol::{Actor, Change, Failure, TaskState, Timestamp};

use super::super::report::{cause, clean, seconds};
use super::super::watch::News;

/// How many lines of what a failed task said are shown.
const TAIL: usize = 10;

/// What a line is about, for its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    Good,
    Bad,
}

impl Tone {
    /// The text in the tone's colour.
    pub(super) fn paint(self, text: &str, color: bool) -> String {
        match self {
            Self::Good if color => format!("\x1b[32m{text}\x1b[0m"),
            Self::Bad if color => format!("\x1b[31m{text}\x1b[0m"),
            _ => text.to_owned(),
        }
    }
}

/// One event for people.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) tone: Tone,
    pub(super) text: String,
    /// More lines, of what the task said.
    pub(super) tail: Vec<String>,
}

/// The event as a line; `None` where it says nothing to people.
pub(super) fn line(news: &News<'_>, verbose: bool) -> Option<Line> {
    let agent = news.agent.as_ref().map(|agent| format!(" ({agent})")).unwrap_or_default();
    let lasted = news.lasted.map_or_else(|| "?".to_owned(), |span| seconds(span.as_secs_f64()));
    let mut tail = Vec::new();
    let (tone, text) = match &news.event.change {
        Change::Inserted { .. } => (Tone::Plain, "added".to_owned()),
        Change::Claimed { attempt: 1, .. } => (Tone::Plain, format!("started{agent}")),
        Change::Claimed { attempt, .. } => {
            (Tone::Plain, format!("attempt {attempt} started{agent}"))
        }
        Change::Progressed { progress } if verbose => {
            let percent = (progress.fraction * 100.0).round();
            (Tone::Plain, format!("{percent}% {}", clean(&progress.note)))
        }
        Change::Completed { .. } if news.state == TaskState::Review => {
            (Tone::Good, format!("ready for review after {lasted}{agent}"))
        }
        Change::Completed { .. } => (Tone::Good, format!("done in {lasted}{agent}")),
        Change::Retried { due, error } => {
            let again = match due.map(|due| due.since(news.event.at)) {
                Some(rest) => format!("again in {}", seconds(rest.as_secs_f64())),
                None => "again at once".to_owned(),
            };
            let (cause, number) = (cause(error), news.attempt);
            (Tone::Bad, format!("attempt {number} failed after {lasted}: {cause}; {again}{agent}"))
        }
        Change::Failed { error, .. } => {
            tail = last_lines(error);
            (Tone::Bad, format!("failed after {lasted}: {}{agent}", cause(error)))
        }
        Change::Snoozed { due } => {
            (Tone::Plain, format!("put off until {} after {lasted}{agent}", clock(*due)))
        }
        Change::Released => (Tone::Plain, format!("given back after {lasted}{agent}")),
        Change::Rescued { .. } => (Tone::Bad, format!("taken back: its holder fell silent{agent}")),
        Change::Cancelled { by, reason } => {
            (Tone::Bad, decision("cancelled", by, reason.as_deref()))
        }
        Change::Paused { by, reason } => (Tone::Plain, decision("paused", by, reason.as_deref())),
        Change::Resumed { by } => (Tone::Plain, decision("resumed", by, None)),
        Change::Requeued { by } => (Tone::Plain, decision("requeued", by, None)),
        Change::Approved { by } => (Tone::Good, decision("approved", by, None)),
        Change::Rejected { by, reason } => {
            (Tone::Bad, decision("sent back", by, reason.as_deref()))
        }
        _ => return None,
    };
    Some(Line { tone, text, tail })
}

fn decision(what: &str, by: &Actor, reason: Option<&str>) -> String {
    let by = clean(&by.to_string());
    let reason = reason.map(|reason| format!(": {}", clean(reason))).unwrap_or_default();
    format!("{what} by {by}{reason}")
}

/// The end of what the task said before it failed.
fn last_lines(error: &Failure) -> Vec<String> {
    let said: Vec<&str> = error.text.lines().skip(1).collect();
    let from = said.len().saturating_sub(TAIL);
    said.get(from..).unwrap_or_default().iter().map(|line| clean(line)).collect()
}

/// The time of day, UTC.
pub(super) fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_last_ten_lines() {
        let said: Vec<String> = (1..=12).map(|i| format!("line {i}")).collect();
        let error = Failure::new("exit", format!("exit code 3\n{}", said.join("\n")));
        assert_eq!(last_lines(&error), said[2..]);
    }
}
