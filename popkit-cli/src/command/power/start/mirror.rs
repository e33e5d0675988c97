//! The files of a native session.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use popkit_coordinator::config::NativeConfig;
use popkit_coordinator::machine::End;
use popkit_coordinator::native::files::{
    AgentStatus, FileError, FileInsight, InsightsFile, PowerAgent, PowerState, StateFile,
};
use popkit_protocol::{
    AgentId, Clock as _, Envelope, Insight, Message, MessageId, Party, RandomIds, SystemClock,
};
use serde_json::Value;
use tokio::time::sleep;

use crate::command::power::status::Stand;
use crate::error::CliError;
use crate::output;
use crate::session::SessionSite;

/// Mirrors a session into the files that people see, and takes in the insights that agents
/// write there.
#[derive(Debug)]
pub(super) struct Mirror<'s> {
    site: &'s SessionSite,
    every: Duration,
    /// Absent where nobody wants it.
    insights: Option<InsightsFile>,
    state: StateFile,
    /// Insights that the session and the file have both had, by their ids.
    known: BTreeSet<String>,
    has_begun: bool,
    last: PowerState,
    has_failed: bool,
}

impl<'s> Mirror<'s> {
    /// Of this session, in the files of this project. Nothing is read or written yet.
    pub(super) fn new(site: &'s SessionSite, project: &Path, native: &NativeConfig) -> Self {
        let insights = project.join(&native.insights_file_path);
        Self {
            site,
            every: native.poll_interval(),
            insights: native.use_insights_file.then(|| InsightsFile::new(insights)),
            state: StateFile::new(project.join(&native.state_file_path)),
            known: BTreeSet::new(),
            has_begun: false,
            last: PowerState::default(),
            has_failed: false,
        }
    }

    /// Mirrors until it is dropped. What goes wrong is told once; it is in nobody's way.
    pub(super) async fn run(&mut self) {
        loop {
            if let Err(error) = self.round().await {
                if !std::mem::replace(&mut self.has_failed, true) {
                    output::note(format!("note: the files of the session: {error}"));
                }
            } else {
                self.has_failed = false;
            }
            sleep(self.every).await;
        }
    }

    /// Says in the file how it ended.
    pub(super) async fn finish(mut self, end: &End) {
        let status = match end {
            End::Completed => AgentStatus::Completed,
            End::TimedOut => AgentStatus::Timeout,
            _ => AgentStatus::Failed,
        };
        let now = SystemClock.now();
        let mut state = self.last.clone();
        for agent in state.agents.values_mut().filter(|agent| agent.completed_at.is_none()) {
            (agent.status, agent.completed_at) = (status, Some(now));
        }
        if *end == End::Completed {
            state.current_phase = state.phases.len().checked_sub(1);
        }
        if let Err(error) = self.write_state(state).await {
            output::note(format!("note: the files of the session: {error}"));
        }
    }

    async fn round(&mut self) -> Result<(), CliError> {
        let Some(status) = self.site.value("coordinator:status").await? else { return Ok(()) };
        let stand = Stand::read(&status)?;
        if stand.end.is_some() {
            return Ok(());
        }
        self.share(stand.phase.as_deref()).await?;
        let state = self.standing(&stand).await;
        self.write_state(state).await
    }

    /// Insights, both ways.
    async fn share(&mut self, phase: Option<&str>) -> Result<(), CliError> {
        let Some(file) = self.insights.clone() else { return Ok(()) };
        let of_session = self.site.list("insights").await?;
        let of_session = of_session.into_iter().filter_map(|one| serde_json::from_value(one).ok());
        let is_new = |insight: &Insight| !self.known.contains(insight.id.as_str());
        let new: Vec<Insight> = of_session.filter(is_new).collect();
        let for_file: Vec<FileInsight> =
            new.iter().map(|insight| FileInsight::of(insight, phase)).collect();
        // Entries of others get ids where they have none.
        let found = blocking(move || {
            file.merge(&for_file)?;
            file.read()
        });
        let found = found.await?;
        self.known.extend(new.iter().map(|insight| insight.id.to_string()));
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        for entry in found {
            let Some(id) = entry.id.clone() else { continue };
            // What is there at the beginning is of an earlier session, or told already.
            if self.known.insert(id.clone()) && !is_first {
                self.publish(entry, &id).await?;
            }
        }
        Ok(())
    }

    async fn publish(&self, entry: FileInsight, id: &str) -> Result<(), CliError> {
        let Ok(agent) = AgentId::new(&entry.agent) else { return Ok(()) };
        let (from, now) = (Party::Agent(agent), SystemClock.now());
        let content = entry.content;
        let mut insight = Insight::new(&RandomIds, now, from.clone(), entry.kind, content);
        insight.tags = entry.tags;
        // Under the id of the file it is not written there again.
        if let Ok(id) = MessageId::new(id) {
            insight.id = id;
        }
        let message = Message::Insight(insight);
        let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
        self.site.post().await?.send(&envelope).await?;
        Ok(())
    }

    async fn standing(&self, stand: &Stand) -> PowerState {
        let states = self.site.maps("state:").await.unwrap_or_default();
        let mut state = PowerState::new(stand.objective.clone(), stand.phases.clone());
        state.current_phase = usize::try_from(stand.phase_index).ok();
        let phase = stand.phase.clone().unwrap_or_default();
        for (id, standing) in &stand.agents {
            let known = self.last.agents.get(id);
            let fields = states.get(id);
            let mut agent = PowerAgent::new(id.clone());
            agent.task = text(fields, "current_task");
            agent.phase.clone_from(&phase);
            agent.status = match standing.as_str() {
                "lost" => AgentStatus::Failed,
                "left" => AgentStatus::Completed,
                _ if agent.task.is_empty() => AgentStatus::Pending,
                _ => AgentStatus::Running,
            };
            let now = SystemClock.now();
            agent.started_at = known.and_then(|known| known.started_at).or(Some(now));
            if matches!(agent.status, AgentStatus::Failed | AgentStatus::Completed) {
                agent.completed_at = known.and_then(|known| known.completed_at).or(Some(now));
            }
            state.agents.insert(id.clone(), agent);
        }
        state
    }

    /// Where something changed.
    async fn write_state(&mut self, mut state: PowerState) -> Result<(), CliError> {
        state.updated_at = self.last.updated_at;
        if state == self.last {
            return Ok(());
        }
        state.updated_at = Some(SystemClock.now());
        let (file, new) = (self.state.clone(), state.clone());
        blocking(move || file.write(&new).map(drop)).await?;
        self.last = state;
        Ok(())
    }
}

fn text(fields: Option<&BTreeMap<String, Value>>, name: &str) -> String {
    let value = fields.and_then(|fields| fields.get(name)).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

/// Files block; that is for threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, CliError> {
    let done = tokio::task::spawn_blocking(work).await;
    let done = done.map_err(|error| CliError::failed(error.to_string()))?;
    done.map_err(|error| CliError::failed(crate::error::with_cause(&error)))
}
