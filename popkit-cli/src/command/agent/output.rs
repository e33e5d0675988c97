//! The lines that the command of an agent prints.

use std::sync::Arc;

use popkit_coordinator::native::LineSink;
use popkit_coordinator::process::Stream;
use popkit_protocol::AgentId;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::output;

/// Lines that wait to be shown; more are dropped, since commands must not wait for a terminal.
const LINES: usize = 4096;

/// Shows lines on standard error; none, unless asked for.
#[derive(Debug)]
pub(super) struct Lines {
    shown: Option<(mpsc::Sender<String>, JoinSet<()>)>,
}

impl Lines {
    /// The lines of this agent, where they are wanted.
    pub(super) fn new(agent: &AgentId, is_wanted: bool) -> Self {
        if !is_wanted {
            return Self { shown: None };
        }
        let (sender, mut lines) = mpsc::channel::<String>(LINES);
        let agent = agent.clone();
        let mut shows = JoinSet::new();
        shows.spawn(async move {
            while let Some(line) = lines.recv().await {
                output::note(format!("{agent} | {}", output::clean(&line)));
            }
        });
        Self { shown: Some((sender, shows)) }
    }

    /// Where lines go.
    pub(super) fn sink(&self) -> Option<LineSink> {
        let (sender, _) = self.shown.as_ref()?;
        let sender = sender.clone();
        Some(Arc::new(move |_: Stream, line: &str| {
            // Full or closed: see above.
            let _ = sender.try_send(line.to_owned());
        }))
    }

    /// Shows what is left. All sinks must be gone.
    pub(super) async fn end(self) {
        if let Some((sender, mut shows)) = self.shown {
            drop(sender);
            while shows.join_next().await.is_some() {}
        }
    }
}
