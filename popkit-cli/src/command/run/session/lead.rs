//! Beginning the session of a run, leading it beside the work, its end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::{End, Input, Policy, Settings, Start};
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions, Ended, Pace, RuntimeError};
use popkit_protocol::{Clock as _, IdSource as _, Objective, Party, RandomIds, SystemClock};
use popkit_store::{MemoryStore, Opened, StateStore};
use popkit_transport::{MemoryTransport, Transport};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::beats::{Team, beat};
use super::feed::{Feed, PHASE};
use super::judge::Judge;
use crate::command::run::begin::{Place, Ready};
use crate::command::run::report::CriterionReport;
use crate::command::run::tempo::Tempo;
use crate::command::run::watch::Board;
use crate::command::run::work::Setting;
use crate::error::CliError;

/// The longest run: what is beyond is stopped by the tasks' own limits.
const YEAR: Duration = Duration::from_secs(365 * 24 * 3600);
/// How long another coordinator of this room may be silent.
const LEASE: Duration = Duration::from_secs(15);
/// The rest before something is told again.
const AGAIN: Duration = Duration::from_millis(200);
/// How long the last words of a session may take.
const LAST: Duration = Duration::from_secs(5);

/// What a session is begun with.
#[derive(Debug)]
pub(in super::super) struct Stage<'s> {
    pub(in super::super) ready: &'s Ready,
    pub(in super::super) place: &'s Place,
    pub(in super::super) store: &'s Opened,
    pub(in super::super) transport: Option<&'s Arc<dyn Transport>>,
}

/// The session of a run.
///
/// In the room of a plan its documents and messages are the room's: `popkit power status`
/// shows it, agents and people can take part. In a store that others share it is in memory
/// alone: two plans there must not be taken for one session.
#[derive(Debug)]
pub(in super::super) struct RunSession {
    coordinator: Arc<Coordinator>,
    judge: Arc<Judge>,
    shutdown: Shutdown,
    leading: JoinSet<Result<Option<Ended>, RuntimeError>>,
    beating: JoinSet<()>,
    feed: Feed,
    news: mpsc::UnboundedSender<Vec<Input>>,
}

impl RunSession {
    /// Begins it, in the place of one that a run before it could not end, and leads it.
    ///
    /// # Errors
    ///
    /// A plan that is no session: too many phases, say; documents that cannot be written.
    pub(in super::super) async fn begin(
        stage: Stage<'_>,
        setting: &Setting,
    ) -> Result<Self, CliError> {
        let Stage { ready, place, store, .. } = stage;
        let judge = Arc::new(Judge::new(ready.plan.success.clone(), setting.clone()));
        let (documents, transport) = site(&stage);
        let tempo = Tempo::of(place);
        let pace = if place.is_billed() { Pace::BILLED } else { Pace::FREE };
        let name = format!("popkit run {} ({})", ready.plan.name, std::process::id());
        let options = CoordinatorOptions::new(name)
            .with_namespace(place.messages.session.clone())
            .with_lease(LEASE)
            .with_pace(pace);
        let coordinator = Coordinator::new(documents, transport, options).map_err(failed)?;
        let checker: Arc<Judge> = Arc::clone(&judge);
        let coordinator = Arc::new(coordinator.with_checker(checker));
        let start = start(ready, tempo);
        let feed = Feed::new(&ready.tag, &start.objective);
        coordinator.replace(start).await.map_err(failed)?;
        let members = ready.crew.members.iter();
        let team = Team {
            agents: members.map(|member| member.profile.agent().clone()).collect(),
            since: SystemClock.now(),
            run: format!("{}-{}", ready.plan.name, std::process::id()),
            every: tempo.beat,
            tasks: (!place.is_billed()).then(|| Arc::clone(&store.tasks)),
        };
        let shutdown = Shutdown::new();
        let (mut leading, mut beating) = (JoinSet::new(), JoinSet::new());
        let (leader, ending) = (Arc::clone(&coordinator), shutdown.clone());
        leading.spawn(async move { leader.run(&ending).await });
        let beaten = Arc::clone(&coordinator);
        beating.spawn(async move { beat(&beaten, &team).await });
        let (news, mut told) = mpsc::unbounded_channel::<Vec<Input>>();
        let fed = Arc::clone(&coordinator);
        beating.spawn(async move {
            while let Some(inputs) = told.recv().await {
                // Between two terms nothing is kept: it is told again.
                while !fed.tell_all(inputs.clone()).await {
                    sleep(AGAIN).await;
                }
            }
        });
        Ok(Self { coordinator, judge, shutdown, leading, beating, feed, news })
    }

    /// Tells it how all tasks stand when the run begins.
    pub(in super::super) fn tasks(&self, board: &Board) {
        self.tell(self.feed.all(board));
    }

    /// What turns news of tasks into inputs.
    pub(in super::super) fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Tells it what happened. The work never waits for that: documents may be slower than it,
    /// or cannot be written at all.
    pub(in super::super) fn tell(&self, inputs: Vec<Input>) {
        if !inputs.is_empty() {
            // What feeds the coordinator lives as long as this does.
            let _ = self.news.send(inputs);
        }
    }

    /// All tasks have ended well: the machine looks at the criteria, until `cancel`
    /// completes. Answers with what was found.
    pub(in super::super) async fn judge(
        mut self,
        board: &Board,
        cancel: impl Future<Output = ()> + Send,
    ) -> Vec<CriterionReport> {
        self.judge.open();
        // All of it once more: what is known changes nothing, what was lost on the way does.
        self.tell(self.feed.all(board));
        self.tell(self.feed.rest(board));
        let is_over = tokio::select! {
            () = async {
                match self.leading.join_next().await {
                    Some(Ok(Err(error))) => {
                        tracing::error!(%error, "the session of the run could not go on");
                    }
                    Some(Ok(Ok(Some(ended)))) if !matches!(ended.end, End::Completed) => {
                        tracing::warn!(end = ?ended.end, "the session of the run ended early");
                    }
                    _ => {}
                }
                // Whatever ended the session, the plan says what must hold.
                self.judge.rest().await;
            } => true,
            () = cancel => false,
        };
        let reports = self.judge.reports();
        if !is_over {
            self.stop().await;
        }
        reports
    }

    /// The run has ended otherwise: what must hold at the end is not looked at.
    pub(in super::super) async fn stop(mut self) {
        self.beating.shutdown().await;
        let end = async {
            // Between two terms it is told again; one that is over needs no stop.
            let stop = || Input::Stop { by: Some(Party::Human) };
            while !self.coordinator.tell(stop()).await {
                match timeout(AGAIN, self.leading.join_next()).await {
                    Ok(_) => break,
                    Err(_) => continue,
                }
            }
            while self.leading.join_next().await.is_some() {}
        };
        if timeout(LAST, end).await.is_err() {
            tracing::warn!("the session of the run was not ended; the next run replaces it");
        }
        self.shutdown.now();
        self.leading.shutdown().await;
    }
}

/// Where the session is.
fn site(stage: &Stage<'_>) -> (Arc<dyn StateStore>, Arc<dyn Transport>) {
    match stage.transport {
        Some(transport) if stage.place.is_own => {
            (Arc::clone(&stage.store.documents), Arc::clone(transport))
        }
        _ => (Arc::new(MemoryStore::new()), Arc::new(MemoryTransport::new())),
    }
}

/// With what the machine begins: the plan's phases that have tasks, its criteria, its agents.
fn start(ready: &Ready, tempo: Tempo) -> Start {
    let now = SystemClock.now();
    let plan = &ready.plan;
    let tags = ready.tasks.iter().flat_map(|task| &task.tags);
    let used: BTreeSet<&str> = tags.filter_map(|tag| tag.strip_prefix(PHASE)).collect();
    let phases = plan.phases.iter().filter(|phase| used.contains(phase.as_str()));
    let what = if plan.objective.is_empty() { &plan.name } else { &plan.objective };
    let objective = Objective::new(&RandomIds, now, what.as_str())
        .with_phases(phases.cloned())
        .with_success_criteria(plan.success.iter().map(|criterion| criterion.name.clone()));
    let mut settings = Settings::default();
    settings.agents.most = u32::try_from(ready.crew.members.len()).unwrap_or(u32::MAX).max(256);
    settings.agents.period = tempo.beat;
    // The edges between the tasks hold the phases apart.
    settings.phases.sync = false;
    settings.phases.policy = Policy::Fail;
    settings.limits.runtime = YEAR;
    settings.limits.tool_calls = u64::MAX;
    settings.drift.enabled = false;
    settings.documentation.enabled = false;
    // A criterion that does not hold is the end, and no question.
    settings.escalations.enabled = false;
    #[expect(clippy::cast_possible_truncation, reason = "the low bits of a random number")]
    let seed = RandomIds.draw() as u64;
    Start::new(objective, seed, now).with_settings(settings)
}

fn failed(error: RuntimeError) -> CliError {
    match error {
        RuntimeError::Start(error) => CliError::data(format!("the plan is no session: {error}")),
        RuntimeError::Documents { source, key } => CliError::from(source).at(key),
        error => CliError::failed(error.to_string()),
    }
}
