//! The moving part of a terminal: one bar for all, one line per running task.

use std::collections::{BTreeMap, BTreeSet};

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use popkit_protocol::{TaskId, Timestamp};

use super::super::report::{clean, seconds};
use super::super::watch::Board;

/// Running tasks that get a line; terminals have an end.
const LINES: usize = 16;

/// The bars.
#[derive(Debug)]
pub(super) struct Bars {
    multi: MultiProgress,
    all: ProgressBar,
    running: BTreeMap<TaskId, ProgressBar>,
    width: usize,
}

impl Bars {
    pub(super) fn new(width: usize) -> Self {
        let multi = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let all = multi.add(ProgressBar::new(0).with_style(style("[{bar:30}] {pos}/{len} {msg}")));
        Self { multi, all, running: BTreeMap::new(), width }
    }

    /// A line above the bars.
    pub(super) fn line(&self, text: &str) {
        // Nobody is left to tell where the terminal is gone.
        let _ = self.multi.println(text);
    }

    /// Brings the bars to what the board says.
    pub(super) fn update(&mut self, board: &Board, now: Timestamp) {
        let (mut total, mut ended, mut failed) = (0_u64, 0_u64, 0_u64);
        let mut held = BTreeSet::new();
        for seen in board.all() {
            total += 1;
            ended += u64::from(seen.task.state.is_terminal());
            failed += u64::from(seen.task.state == popkit_protocol::TaskState::Failed);
            if seen.task.hold.is_some() {
                held.insert(seen.task.id());
            }
        }
        self.running.retain(|id, bar| {
            let stays = held.contains(id);
            if !stays {
                bar.finish_and_clear();
                self.multi.remove(bar);
            }
            stays
        });
        for id in held.iter().take(LINES) {
            let bar = self.running.entry((*id).clone()).or_insert_with(|| {
                self.multi.add(ProgressBar::new_spinner().with_style(style("  {msg}")))
            });
            bar.set_message(message(board, id, now, self.width));
        }
        self.all.set_length(total);
        self.all.set_position(ended);
        let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
        self.all.set_message(format!("tasks, {} running{failed}", held.len()));
    }

    /// Takes the bars away.
    pub(super) fn clear(&self) {
        let _ = self.multi.clear();
    }
}

fn message(board: &Board, id: &TaskId, now: Timestamp, width: usize) -> String {
    let Some(seen) = board.get(id) else { return id.to_string() };
    let since = seen.task.assigned_at.unwrap_or(now);
    let agent = seen.agent.as_ref().map(|agent| agent.as_str()).unwrap_or_default();
    let progress = seen.task.progress.as_ref().map(|progress| {
        format!(" {}% {}", (progress.fraction * 100.0).round(), clean(&progress.note))
    });
    let time = seconds(now.since(since).as_secs_f64());
    format!("{:width$}  {agent} {time}{}", id.as_str(), progress.unwrap_or_default())
}

fn style(template: &str) -> ProgressStyle {
    // The templates are constants; a test holds them.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use indicatif::ProgressStyle;

    #[test]
    fn the_templates_are_sound() {
        for template in ["[{bar:30}] {pos}/{len} {msg}", "  {msg}"] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
