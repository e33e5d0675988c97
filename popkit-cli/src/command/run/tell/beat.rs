//! Heartbeats of the agents, and how far the plan is.

use std::collections::HashMap;
use std::sync::Arc;

use popkit_coordinator::{Post, Shutdown};
use popkit_protocol::message::ProgressMessage;
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{
    AgentId, AgentState, Clock as _, Codec, Envelope, Message, Party, RandomIds, SystemClock, Task,
    TaskState, Timestamp, Topic,
};
use popkit_store::{CountQuery, PageRequest, TaskQuery};
use popkit_transport::{LatestKey, Publish, PublishOptions, Stamps};
use serde::Serialize;
use tokio::time::{MissedTickBehavior, interval};

use super::failures::Failures;
use super::voice::Station;

/// An agent is silent when so many heartbeats are missing.
const BEATS: u32 = 4;

/// Who beats.
#[derive(Debug, Clone)]
pub(super) struct Beating {
    pub(super) agents: Vec<AgentId>,
    /// Since when.
    pub(super) since: Timestamp,
    /// Names this run.
    pub(super) run: String,
    /// Whether the store holds this plan's tasks alone, and so counts them.
    pub(super) counts: bool,
}

/// How many tasks stand where, as messages have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    pub(super) total: u64,
    pub(super) done: u64,
    pub(super) running: u64,
    pub(super) failed: u64,
}

/// Beats until the shutdown begins, and then once more: an agent must not seem to be at
/// work that nobody does.
pub(super) async fn beat(
    station: Station,
    beating: Beating,
    shutdown: Shutdown,
    failures: Failures,
) {
    let post = station.post();
    // How things stand at the beginning is no progress.
    let mut told: Option<Counts> = None;
    let mut ticks = interval(station.tempo.beat);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let is_over = tokio::select! {
            biased;
            () = shutdown.draining() => true,
            _ = ticks.tick() => false,
        };
        heartbeats(&station, &beating, &failures).await;
        if is_over {
            return;
        }
        let counts = if beating.counts { count(&station).await } else { None };
        if let Some(counts) = counts.filter(|counts| told.as_ref() != Some(counts)) {
            if told.is_some() {
                progress(&post, &counts, &failures).await;
            }
            told = Some(counts);
        }
    }
}

/// One for each agent. They are replaced soon, so nobody waits for the disk.
async fn heartbeats(station: &Station, beating: &Beating, failures: &Failures) {
    let held = match held(station).await {
        Ok(held) => held,
        // The workers tell of a store that does not answer.
        Err(error) => return tracing::debug!(%error, "no heartbeats"),
    };
    let (now, channel) = (SystemClock.now(), station.session.channel(&Topic::Heartbeat));
    let has_latest = station.transport.capabilities().latest;
    let mut batch = Vec::with_capacity(beating.agents.len());
    for agent in &beating.agents {
        let name = agent.to_string();
        let identity = AgentIdentity::new(agent.clone(), name, &beating.run, beating.since);
        let mut state = AgentState::new(identity, now);
        if let Some(task) = held.get(agent) {
            let progress = task.progress.as_ref().map_or(0.0, |progress| progress.fraction);
            state = state.with_progress(progress).with_current_task(named(task));
        }
        let (from, message) = (Party::Agent(agent.clone()), Message::Heartbeat(state));
        let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
        let envelope = envelope.with_ttl(station.tempo.beat * BEATS);
        let payload = match Codec::default().encode(&envelope) {
            Ok(payload) => payload,
            Err(error) => return failures.note("heartbeats", &error),
        };
        let opts = PublishOptions::default().relaxed();
        let opts = if has_latest { opts.latest(LatestKey::from(agent)) } else { opts };
        batch.push(Publish::new(channel.clone(), payload).with_opts(opts));
    }
    match station.transport.publish_batch(batch).await {
        Err(error) => failures.note("heartbeats", &error),
        Ok(answers) => {
            if let Some(error) = answers.into_iter().find_map(Result::err) {
                failures.note("heartbeats", &error);
            }
        }
    }
}

/// In these states a task is held by an agent.
pub(in super::super) const HELD: [TaskState; 3] =
    [TaskState::Assigned, TaskState::Active, TaskState::Paused];

/// A task that each agent holds.
async fn held(station: &Station) -> popkit_store::Result<HashMap<AgentId, Task>> {
    let query = TaskQuery::all().in_states(HELD).page(PageRequest::first(1000));
    let tasks = station.tasks.query(query).await?.items;
    let held = tasks.into_iter().filter_map(|task| Some((task.hold.clone()?.agent, task)));
    Ok(held.collect())
}

/// A task, for people.
pub(in super::super) fn named(task: &Task) -> String {
    let (id, title) = (task.id(), task.spec.title.as_str());
    if title.is_empty() || title == id.as_str() { id.to_string() } else { format!("{id}: {title}") }
}

async fn count(station: &Station) -> Option<Counts> {
    let counts = station.tasks.counts(CountQuery::default()).await.ok()?;
    Some(Counts {
        total: counts.total(),
        done: counts.done,
        running: counts.assigned + counts.active,
        failed: counts.failed,
    })
}

/// `PROGRESS`, to everybody.
pub(super) async fn progress(post: &Post, counts: &Counts, failures: &Failures) {
    let share = match counts.total {
        0 => 1.0,
        #[expect(clippy::cast_precision_loss, reason = "a share of tasks")]
        total => counts.done as f64 / total as f64,
    };
    let plain = ProgressMessage::report(share);
    let body = plain.body.clone().with_extension("plan", counts);
    // Numbers always have a JSON form.
    say(post, Message::Progress(body.map_or(plain, ProgressMessage::new)), failures).await;
}

/// A message of the coordinator to everybody.
pub(super) async fn say(post: &Post, message: Message, failures: &Failures) {
    let (from, to, now) = (Party::Coordinator, Party::Everyone, SystemClock.now());
    let envelope = Envelope::new(&RandomIds, now, from, to, message);
    if let Err(error) = post.send(&envelope).await {
        failures.note("messages", &error);
    }
}

impl Station {
    /// A sender of its own.
    pub(super) fn post(&self) -> Post {
        let transport = Arc::clone(&self.transport);
        Post::new(transport, self.session.clone(), Stamps::new(&RandomIds))
    }
}
