//! An agent that is a command, for as long as its session lasts.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Envelope, Objective, Timestamp};
use popkit_store::{Document, StateKey, StateStore};
use popkit_transport::Transport;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::child::{Job, Worked, work};
use super::options::NativeOptions;
use super::prompt::Briefing;
use super::said::Said;
use super::waiting::Waiting;
use crate::Shutdown;
use crate::agent::handle::{AgentError, AgentHandle, Barrier, Ended, Order, Ruling};

/// How long one look for orders lasts.
const LOOK: Duration = Duration::from_secs(5);
/// The rest after an error that may pass.
const REST: Duration = Duration::from_millis(500);
/// How long, after a shutdown, it still tries to say what it was saying, and that it leaves.
const PARTING: Duration = Duration::from_secs(3);
/// How long insights are waited for at the beginning of a job, and how often they are asked for.
const PULL: Duration = Duration::from_millis(250);
const PULLS: usize = 4;
/// Insights, notes and messages that are remembered for the next prompt, the newest of each.
const REMEMBERED: usize = 20;

/// Takes part in a session by a command: stands at barriers, starts the command when a phase
/// begins or a task is sent, reports what came out, shares what it found.
///
/// What the command gets:
///
/// | | |
/// |---|---|
/// | `{prompt}` | objective, phase, what was said to it, results of the phase before, what others found |
/// | standard input | the same as one JSON object |
/// | `POPKIT_AGENT`, `POPKIT_OBJECTIVE` | who it is, what for |
/// | `POPKIT_PHASE`, `POPKIT_PHASE_INDEX`, or `POPKIT_TASK_ID` | what it is started for |
/// | `POPKIT_ATTEMPT` | which start it is, from 1 |
/// | `POPKIT_INBOX` | `runner`: its inbox is read here, and what comes is given to the next start |
/// | `POPKIT_RESULT_FILE` | where it may write JSON: `approach`, `context`, `confidence`, `insights`, `usage`; all of it is reported |
///
/// Lines `INSIGHT[tag,tag]: text` of its output are shared as insights. It ends well with exit
/// code 0; else it is started again, by the options, and reported as failed after that.
#[derive(Debug)]
pub struct NativeAgent {
    options: Arc<NativeOptions>,
    session: AgentHandle,
    documents: Arc<dyn StateStore>,
    briefing: Briefing,
    queue: VecDeque<Waiting>,
    running: Option<(Job, CancellationToken)>,
    /// Barriers at which it stands as soon as it has finished what it does.
    waiting: Vec<Barrier>,
}

impl NativeAgent {
    /// Joins the session whose documents these are.
    ///
    /// # Errors
    ///
    /// As [`AgentHandle::join`].
    pub async fn join(
        transport: Arc<dyn Transport>,
        documents: Arc<dyn StateStore>,
        options: NativeOptions,
    ) -> Result<Self, AgentError> {
        let agent = options.agent.clone();
        let session = AgentHandle::join(transport, Arc::clone(&documents), agent).await?;
        Ok(Self {
            options: Arc::new(options),
            session,
            documents,
            briefing: Briefing::default(),
            queue: VecDeque::new(),
            running: None,
            waiting: Vec::new(),
        })
    }

    /// Who it is in the session.
    #[must_use]
    pub fn session(&self) -> &AgentHandle {
        &self.session
    }

    /// Works until the session is over, which it answers with; `None` where the shutdown came
    /// first, or the coordinator sent the agent away. Then the command is stopped and the
    /// agent leaves; one that the shutdown stops in the middle of its work does not: its next
    /// start does its part, or the session finds it lost. A transport that cannot be reached is
    /// waited for, after the shutdown for some seconds only.
    ///
    /// # Errors
    ///
    /// [`AgentError`] that waiting does not cure: another start of the agent has joined, say.
    ///
    /// # Cancel safety
    ///
    /// Dropped, its command is stopped; the agent is lost to the session, not gone.
    pub async fn run(mut self, shutdown: &Shutdown) -> Result<Option<Ended>, AgentError> {
        let mut jobs = JoinSet::new();
        let ended = tokio::select! {
            ended = self.serve(&mut jobs, shutdown) => ended,
            () = overdue(shutdown) => Ok(None),
        };
        let is_busy = self.running.is_some() || !self.queue.is_empty();
        if let Some((_, cancel)) = self.running.take() {
            cancel.cancel();
        }
        while jobs.join_next().await.is_some() {}
        let left = self.briefing.messages.len();
        if left > 0 {
            let agent = &self.options.agent.agent;
            tracing::warn!(%agent, left, "messages came after the last start of the command");
        }
        match ended {
            Ok(ended) => {
                // Whoever is stopped in the middle does not say that it leaves: its part would
                // not be waited for any more, though its next start would do it.
                if ended.is_none() && !(is_busy && shutdown.is_draining()) {
                    self.leave().await;
                }
                Ok(ended)
            }
            Err(error) => Err(error),
        }
    }

    async fn leave(&self) {
        match timeout(PARTING, self.session.leave()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "the agent could not say that it leaves"),
            Err(_) => tracing::warn!("the agent could not say in time that it leaves"),
        }
    }

    async fn serve(
        &mut self,
        jobs: &mut JoinSet<Worked>,
        shutdown: &Shutdown,
    ) -> Result<Option<Ended>, AgentError> {
        loop {
            if !shutdown.is_draining() {
                self.start(jobs);
            }
            tokio::select! {
                biased;
                () = shutdown.draining() => return Ok(None),
                Some(worked) = jobs.join_next(), if !jobs.is_empty() => match worked {
                    Ok(worked) => self.finished(worked).await?,
                    Err(error) => {
                        tracing::error!(%error, "the work of an agent ended in a panic");
                        if let Some((job, cancel)) = self.running.take() {
                            self.finished(Worked::broken(job, &cancel)).await?;
                        }
                    }
                },
                order = self.session.next(LOOK) => match order {
                    Ok(Some(order)) => {
                        if let Some(end) = self.obey(order).await? {
                            return Ok(end);
                        }
                    }
                    Ok(None) => {}
                    Err(AgentError::Ended { .. }) => return Ok(self.session.ended()),
                    Err(error) if error.is_retryable() => {
                        tracing::warn!(%error, "an agent cannot hear, trying again");
                        sleep(REST).await;
                    }
                    Err(error) => return Err(error),
                },
            }
        }
    }

    /// Does what it is told; answers where that is to end.
    async fn obey(&mut self, order: Order) -> Result<Option<Option<Ended>>, AgentError> {
        match order {
            Order::Phase(start) => {
                self.stop_other(start.phase_index);
                self.brief().await;
                self.take(Waiting::phase(start, self.briefing.without_messages()));
            }
            Order::Task(work) => {
                self.brief().await;
                if let Some(task) = work.id {
                    self.take(Waiting::task(task, work.body, self.briefing.without_messages()));
                }
            }
            Order::Question(question) => self.hear(Some(Said::question(&question, self.now()))),
            Order::Answer(answer) => self.hear(Some(Said::answer(&answer, self.now()))),
            Order::Other(received) => {
                let me = &self.options.agent.agent;
                self.hear(Said::other(&received, me, self.now()));
            }
            Order::Barrier(barrier) => {
                self.waiting.push(barrier);
                self.stand().await?;
            }
            Order::BarrierEnded(end) => self.waiting.retain(|barrier| !end.is_of(barrier)),
            Order::Insight(insight) => remember(&mut self.briefing.insights, *insight),
            Order::Redirect { reason, suggestion } => {
                remember(&mut self.briefing.notes, format!("{reason}: {suggestion}"));
            }
            Order::Drift(alert) => remember(&mut self.briefing.notes, alert.message),
            Order::Abort(ruling) => {
                if let Some(ended) = self.session.ended() {
                    return Ok(Some(Some(ended)));
                }
                if !self.is_an_answer(&ruling).await {
                    let notes = ruling.notes.unwrap_or_default();
                    tracing::warn!(notes, "the coordinator sends this agent away");
                    return Ok(Some(None));
                }
            }
            Order::Ended(ended) => return Ok(Some(Some(ended))),
            // A person's answer the command reads by itself.
            _ => {}
        }
        Ok(None)
    }

    /// Whether a no is the answer to what the command asked: that ends only what it asked for.
    async fn is_an_answer(&self, ruling: &Ruling) -> bool {
        let Some(id) = &ruling.decision else { return false };
        let Ok(key) = StateKey::new(format!("approval:{id}")) else { return false };
        loop {
            match self.documents.load(&key).await {
                Ok(found) => return found.is_some(),
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, "an agent cannot read what was asked, trying again");
                    sleep(REST).await;
                }
                // To go for nothing is worse than to stay for nothing.
                Err(error) => {
                    tracing::error!(%error, "an agent cannot read what was asked, it stays");
                    return true;
                }
            }
        }
    }

    fn now(&self) -> Timestamp {
        self.options.agent.clock.now()
    }

    /// Keeps what was said for the next start of the command.
    fn hear(&mut self, said: Option<Said>) {
        let Some(said) = said else { return };
        if self.briefing.messages.len() >= REMEMBERED {
            let agent = &self.options.agent.agent;
            tracing::warn!(%agent, "the oldest message gives way: too many before the next start");
        }
        remember(&mut self.briefing.messages, said);
    }

    fn take(&mut self, waiting: Waiting) {
        let is_known = self.queue.iter().any(|other| other.job == waiting.job)
            || self.running.as_ref().is_some_and(|(running, _)| *running == waiting.job);
        if !is_known {
            self.queue.push_back(waiting);
        }
    }

    /// What is done of another phase is late: it ends.
    fn stop_other(&mut self, phase: u32) {
        let is_other = |job: &Job| matches!(job, Job::Phase(_, of) if *of != phase);
        self.queue.retain(|waiting| !is_other(&waiting.job));
        if let Some((job, cancel)) = &self.running
            && is_other(job)
        {
            cancel.cancel();
        }
    }

    /// Starts the next job, where none runs.
    fn start(&mut self, jobs: &mut JoinSet<Worked>) {
        if self.running.is_some() || self.session.is_paused() {
            return;
        }
        let Some(waiting) = self.queue.pop_front() else { return };
        let said = std::mem::take(&mut self.briefing.messages);
        let order = waiting.begin(&self.options.agent, said);
        let cancel = CancellationToken::new();
        self.running = Some((order.job.clone(), cancel.clone()));
        match &order.job {
            Job::Phase(name, _) => self.session.works_on(name.as_str()),
            Job::Task(task) => self.session.works_on(task.as_str()),
        }
        self.session.progress(0.0);
        jobs.spawn(work(Arc::clone(&self.options), order, cancel));
    }

    async fn finished(&mut self, worked: Worked) -> Result<(), AgentError> {
        self.running = None;
        self.briefing.notes.clear();
        for found in worked.found {
            self.say(Ok(self.session.shared(found.kind, found.content, found.tags))).await?;
        }
        if let Some(report) = worked.report {
            let is_phase = matches!(worked.job, Job::Phase(..));
            self.say(match worked.job {
                Job::Phase(_, index) => self.session.phase_report(index, report),
                Job::Task(task) => self.session.task_result(&task, report),
            })
            .await?;
            if is_phase {
                self.session.rests();
            }
        }
        self.stand().await
    }

    /// Says something until it is said: the same message each time, as the one that seemed to
    /// fail may have come through.
    async fn say(&self, what: Result<Envelope, AgentError>) -> Result<(), AgentError> {
        match what {
            Ok(envelope) => self.insist(async || self.session.say(&envelope).await).await,
            Err(AgentError::Content(error)) => {
                tracing::error!(%error, "something of an agent has no form as a message");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    async fn insist(
        &self,
        say: impl AsyncFn() -> Result<(), AgentError>,
    ) -> Result<(), AgentError> {
        loop {
            match say().await {
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, "an agent cannot speak, trying again");
                    sleep(REST).await;
                }
                said => return said,
            }
        }
    }

    /// Stands at the barriers that wait for it, once it has nothing to do.
    async fn stand(&mut self) -> Result<(), AgentError> {
        if self.running.is_some() || !self.queue.is_empty() {
            return Ok(());
        }
        for barrier in std::mem::take(&mut self.waiting) {
            self.insist(async || self.session.arrive(&barrier).await).await?;
        }
        Ok(())
    }

    /// Reads what the session is for, and asks what others have found meanwhile: an agent
    /// without tags gets it by asking alone.
    async fn brief(&mut self) {
        for _ in 0..PULLS {
            match self.session.pull(std::iter::empty::<String>(), PULL).await {
                Ok(found) if found.is_empty() => break,
                Ok(found) => {
                    found.into_iter().for_each(|one| remember(&mut self.briefing.insights, one));
                }
                // It begins without them; they come by and by.
                Err(error) => {
                    tracing::debug!(%error, "no insights at the beginning of a job");
                    break;
                }
            }
        }
        let Ok(key) = StateKey::new("objective") else { return };
        if let Ok(Some(found)) = self.documents.load(&key).await
            && let Document::Text(text) = found.value
            && let Ok(objective) = serde_json::from_slice::<Objective>(&text)
        {
            self.briefing.objective = Some(objective);
        }
    }
}

/// When what is under way is not waited for any more.
async fn overdue(shutdown: &Shutdown) {
    shutdown.draining().await;
    tokio::select! {
        () = sleep(PARTING) => {}
        () = shutdown.stopping() => {}
    }
}

fn remember<T>(all: &mut Vec<T>, one: T) {
    if all.len() >= REMEMBERED {
        all.remove(0);
    }
    all.push(one);
}
