//! Failover: the tasks of a session, and those whose agent is lost.
//!
//! Tasks of the store go back to their queue by the store alone; the machine sees it in the
//! log and tells. Work that was sent as a message has nobody else: the machine gives it to
//! another agent, within limits.

mod job;

use popkit_protocol::message::{ResultMessage, TaskMessage};
use popkit_protocol::session::Orphan;
use popkit_protocol::{AgentId, Json, Message, Object, Party, TaskId, TaskState};

use super::Machine;
use super::effect::{About, Action, Doc, Event};
use super::input::{Assignment, TaskChange, TaskNews};
use super::phase::task_of;
pub(super) use job::Jobs;
use job::{Job, Lost};

/// Tasks that a session follows at once.
const JOBS: usize = 4096;

impl Machine {
    /// Work to be sent as a message.
    pub(super) fn assign(&mut self, assignment: Assignment) {
        let Assignment { task, agent, body } = assignment;
        if self.end().is_some() || self.jobs.0.contains_key(&task) || !self.has_room(&task) {
            return;
        }
        let tags = TaskMessage::new(body.clone()).tags().into_iter().collect();
        let phase = body.extension("phase").unwrap_or(0).max(self.objective.current_phase);
        if !self.fits(&Message::Task(TaskMessage::new(sent(&body, &task, None)))) {
            let reason = "the work is larger or deeper than a message may be; send a reference";
            self.put_aside("tasks", None, reason.to_owned(), task.as_str());
            return;
        }
        let job = Job { phase, tags, body: Some(body), wanted: agent, ..Job::default() };
        self.jobs.0.insert(task, job);
    }

    fn has_room(&mut self, task: &TaskId) -> bool {
        let has_room = self.jobs.0.len() < JOBS;
        if !has_room {
            let reason = "the session follows 4096 tasks, its limit; use more phases".to_owned();
            self.put_aside("tasks", None, reason, task.as_str());
        }
        has_room
    }

    /// The log of the store says something about a task.
    pub(super) fn task_news(&mut self, news: TaskNews) {
        let TaskNews { task, number, change } = news;
        if self.end().is_some() {
            return;
        }
        if let TaskChange::Inserted { phase, tags } = change {
            if !self.jobs.0.contains_key(&task) && self.has_room(&task) {
                let current = self.objective.current_phase;
                let phase = phase.unwrap_or(current).max(current);
                let job = Job { phase, tags, number, ..Job::default() };
                self.jobs.0.insert(task, job);
            }
            return;
        }
        let Some(job) = self.jobs.0.get_mut(&task).filter(|job| number > job.number) else {
            return;
        };
        job.number = number;
        match change {
            TaskChange::Inserted { .. } => {}
            TaskChange::Claimed { agent } => self.claimed(&task, agent),
            TaskChange::Rescued => self.orphan(&task),
            TaskChange::Released => job.holder = None,
            TaskChange::Ended { state } => self.job_ended(&task, state),
        }
    }

    fn claimed(&mut self, task: &TaskId, agent: AgentId) {
        let Some(job) = self.jobs.0.get_mut(task) else { return };
        job.holder = Some(agent.clone());
        if job.orphan.take().is_some() {
            self.withdraw(&About::Orphan(task.clone()));
            self.record(Event::TaskReassigned { task: task.clone(), agent });
            self.save(Doc::Orphans);
        }
    }

    fn job_ended(&mut self, task: &TaskId, state: TaskState) {
        let is_end = matches!(state, TaskState::Done | TaskState::Failed | TaskState::Cancelled);
        let Some(job) = self.jobs.0.get_mut(task).filter(|job| is_end && job.end.is_none()) else {
            return;
        };
        job.end = Some(state);
        job.holder = None;
        if job.orphan.take().is_some() {
            self.save(Doc::Orphans);
        }
        self.withdraw(&About::Orphan(task.clone()));
    }

    /// An agent says that it takes a task that lost its agent.
    pub(super) fn task_claimed(&mut self, agent: &AgentId, body: &Object) {
        let Some(task) = task_of(body) else { return };
        let is_free = |job: &Job| job.body.is_some() && job.orphan.is_some() && job.end.is_none();
        if self.roster.is_present(agent) && self.jobs.0.get(&task).is_some_and(is_free) {
            self.claimed(&task, agent.clone());
        }
    }

    /// A result ends the work that it names. One that names neither work nor a phase is of an
    /// agent that knows no names: it ends the first that its agent has.
    pub(super) fn job_result(&mut self, agent: &AgentId, result: &ResultMessage) {
        let named = task_of(&result.body);
        let is_sent = |task: &TaskId| self.jobs.0.get(task).is_some_and(|job| job.body.is_some());
        let task = match named {
            Some(task) => Some(task).filter(is_sent),
            None if result.body.extension::<u32>("phase").is_some() => None,
            None => {
                let held = self.jobs.held_by(agent).into_iter().cloned();
                held.into_iter().find(is_sent)
            }
        };
        let is_partial = result.body.get::<f64>("progress").is_some_and(|share| share < 1.0);
        if let Some(task) = task.filter(|_| !is_partial) {
            let has_failed = result.success() == Some(false);
            self.job_ended(&task, if has_failed { TaskState::Failed } else { TaskState::Done });
        }
    }

    /// An agent is gone, and with it the work that it was sent. Its tasks of the store are
    /// the store's to rescue.
    pub(super) fn orphan_jobs(&mut self, agent: &AgentId) {
        let held: Vec<TaskId> = self.jobs.held_by(agent).into_iter().cloned().collect();
        for task in held {
            if self.jobs.0.get(&task).is_some_and(|job| job.body.is_some()) {
                self.orphan(&task);
            }
        }
    }

    /// A task has lost its agent: everybody learns what it was and how far.
    fn orphan(&mut self, task: &TaskId) {
        let (wall, since) = (self.clock.wall(), self.clock.steady());
        let keep_context = self.settings.tasks.keep_context;
        let Some(job) = self.jobs.0.get_mut(task).filter(|job| job.end.is_none()) else { return };
        job.losses = job.losses.saturating_add(1);
        let Some(agent) = job.holder.take() else { return };
        let work = job.body.clone();
        let member = self.roster.get(&agent);
        let name = member.map_or_else(|| agent.to_string(), |m| m.state.agent.name.clone());
        let body = Object::default().with("task_id", task).and_then(|o| o.with("body", &work));
        let body = body.unwrap_or_default();
        let mut orphan = Orphan::new(agent.clone(), name, body.as_json().clone(), wall);
        if let Some(member) = member.filter(|_| keep_context) {
            let context = Json::encode(&member.state).unwrap_or_default();
            let full = orphan.clone().with_progress(member.state.progress).with_context(context);
            if self.fits(&Message::TaskOrphaned(full.clone())) {
                orphan = full;
            }
        }
        if !self.fits(&Message::TaskOrphaned(orphan.clone())) {
            orphan.task = Json::encode(task).unwrap_or_default();
        }
        let Some(job) = self.jobs.0.get_mut(task) else { return };
        job.orphan = Some(Lost { orphan: orphan.clone(), since, is_asked: false });
        self.record(Event::TaskOrphaned { task: task.clone(), agent });
        self.publish(Party::Everyone, Message::TaskOrphaned(orphan));
        self.save(Doc::Orphans);
    }

    /// Gives work that nobody has to the agent that has the least.
    pub(super) fn place_jobs(&mut self) {
        let current = self.objective.current_phase;
        let is_free = |job: &Job| {
            job.body.is_some() && job.holder.is_none() && job.end.is_none() && job.phase <= current
        };
        let free = self.jobs.0.iter().filter(|(_, job)| is_free(job));
        for task in free.map(|(task, _)| task.clone()).collect::<Vec<_>>() {
            let Some(job) = self.jobs.0.get(&task) else { continue };
            if job.losses > self.settings.tasks.attempts {
                let reason = format!("it has lost {} agents", job.losses);
                self.give_up(&task, &reason);
            } else if job.losses == 0 || self.settings.tasks.reassign {
                self.place(&task);
            }
        }
    }

    fn place(&mut self, task: &TaskId) {
        let Some(job) = self.jobs.0.get(task) else { return };
        let here = self.roster.present();
        let wanted = job.wanted.clone().filter(|agent| here.contains(agent));
        let least = here
            .iter()
            .min_by_key(|agent| (self.escalations.pauses(agent), self.jobs.held_by(agent).len()));
        let Some(agent) = wanted.or_else(|| least.cloned()) else { return };
        let body = job.body.clone().unwrap_or_default();
        let orphan = job.orphan.as_ref().map(|lost| &lost.orphan);
        let is_orphan = orphan.is_some();
        let full = Message::Task(TaskMessage::new(sent(&body, task, orphan)));
        let bare = Message::Task(TaskMessage::new(sent(&body, task, None)));
        let message = if self.fits(&full) { full } else { bare };
        self.tell(&agent, message);
        if is_orphan {
            self.claimed(task, agent);
        } else if let Some(job) = self.jobs.0.get_mut(task) {
            job.holder = Some(agent);
        }
    }

    /// An agent is back, or another start of it: it may not know what it was sent.
    pub(super) fn send_again(&mut self, agent: &AgentId) {
        let held: Vec<TaskId> = self.jobs.held_by(agent).into_iter().cloned().collect();
        for task in held {
            let Some(body) = self.jobs.0.get(&task).and_then(|job| job.body.as_ref()) else {
                continue;
            };
            let message = Message::Task(TaskMessage::new(sent(body, &task, None)));
            self.tell(agent, message);
        }
    }

    /// Nobody gets a task any more.
    pub(super) fn give_up(&mut self, task: &TaskId, reason: &str) {
        let Some(job) = self.jobs.0.get(task).filter(|job| job.end.is_none()) else { return };
        let is_sent = job.body.is_some();
        let (task, reason) = (task.clone(), reason.to_owned());
        self.record(Event::TaskGivenUp { task: task.clone(), reason: reason.clone() });
        if is_sent {
            self.job_ended(&task, TaskState::Failed);
        } else {
            self.act(Action::CancelTask { task, reason });
        }
    }

    /// A task that nobody takes up again needs a person.
    pub(super) fn look_at_orphans(&mut self) {
        let (steady, age) = (self.clock.steady(), self.settings.tasks.age);
        let mut old = Vec::new();
        for (task, job) in &mut self.jobs.0 {
            let Some(lost) = job.orphan.as_mut() else { continue };
            if !lost.is_asked && steady.since(lost.since) >= age {
                lost.is_asked = true;
                old.push(task.clone());
            }
        }
        for task in old {
            let question =
                format!("task {task} has lost its agent and nobody takes it: cancel it?");
            self.ask(About::Orphan(task), &question, Party::Coordinator);
        }
    }
}

/// What is sent: the work, its id, and how far the last agent was.
fn sent(body: &Object, task: &TaskId, orphan: Option<&Orphan>) -> Object {
    let with_id = body.clone().with_extension("task_id", task).unwrap_or_else(|_| body.clone());
    match orphan {
        None => with_id,
        Some(orphan) => with_id.clone().with_extension("orphan", orphan).unwrap_or(with_id),
    }
}
