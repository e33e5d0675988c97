//! The machine itself: all rooms of one session, and the one way in.

mod clock;
mod finish;
mod hear;
mod inspect;
mod outbox;
mod snapshot;
mod status;
mod tick;

use popkit_protocol::{Objective, Timestamp};
use serde::{Deserialize, Serialize};

use super::barrier::Barriers;
use super::effect::{Doc, Effect, Event};
use super::escalation::Escalations;
use super::failover::Jobs;
use super::input::{Entry, Input, Seen, Settings, Start, StartError};
use super::insight::Pool;
use super::pattern::Patterns;
use super::phase::{Phases, Stage};
use super::roster::{Roster, Streams};
use clock::SessionClock;
use outbox::Outbox;
pub use snapshot::{ReplayError, SnapshotError};
use status::Counters;

/// The state of one power session, and the rules by which it changes.
///
/// It does no I/O and reads no clock: time and inputs come in, effects come out. Equal inputs
/// at equal times make equal machines and equal effects, on every run and every platform.
///
/// ```
/// use popkit_coordinator::machine::{Action, Input, Machine, Start};
/// use popkit_protocol::{Objective, SequentialIds, Timestamp};
///
/// let now = Timestamp::from_millis(1_767_225_600_000);
/// let objective = Objective::new(&SequentialIds::default(), now, "Tidy the parser");
/// let mut machine = Machine::new(Start::new(objective, 7, now))?;
/// let mut effects = Vec::new();
/// machine.handle(now, Input::Lead { epoch: 1 }, &mut effects);
/// assert!(effects.iter().any(|effect| matches!(effect.action, Action::Save(_))));
///
/// // Whatever happens from here on: the snapshot is saved first, then the effects are done.
/// let again = Machine::restore(&machine.snapshot()?)?;
/// assert_eq!(again, machine);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub(super) settings: Settings,
    pub(super) objective: Objective,
    pub(super) clock: SessionClock,
    /// Inputs that were handled.
    handled: u64,
    pub(super) outbox: Outbox,
    pub(super) stage: Stage,
    pub(super) roster: Roster,
    pub(super) barriers: Barriers,
    pub(super) phases: Phases,
    pub(super) jobs: Jobs,
    pub(super) insights: Pool,
    pub(super) patterns: Patterns,
    pub(super) escalations: Escalations,
    pub(super) streams: Streams,
    seen: Seen,
    pub(super) counters: Counters,
    /// While a person decides whether the session runs on, nothing else is late.
    pub(super) frozen: Option<Timestamp>,
    /// How long the session may run, as allowed so far.
    pub(super) runtime: std::time::Duration,
    /// What it may cost, as allowed so far.
    pub(super) cost: Option<u64>,
    /// When it ended.
    ended_at: Timestamp,
    /// When the status was last saved.
    told_at: Timestamp,
}

impl Machine {
    /// A session that nobody leads yet: nothing happens before
    /// [`Input::Lead`](super::Input::Lead).
    ///
    /// # Errors
    ///
    /// [`StartError`] where the objective or a setting cannot work.
    pub fn new(start: Start) -> Result<Self, StartError> {
        let Start { objective, settings, seed, patterns, work, at } = start.checked()?;
        let limits = super::phase::bounds(&objective, &settings);
        let mut machine = Self {
            runtime: limits.runtime,
            cost: limits.cost_micros,
            settings,
            objective,
            clock: SessionClock::new(at),
            handled: 0,
            outbox: Outbox::new(seed),
            stage: Stage::Waiting,
            roster: Roster::default(),
            barriers: Barriers::default(),
            phases: Phases::default(),
            jobs: Jobs::default(),
            insights: Pool::default(),
            patterns: Patterns::default(),
            escalations: Escalations::default(),
            streams: Streams::default(),
            seen: Seen::default(),
            counters: Counters::default(),
            frozen: None,
            ended_at: at,
            told_at: at,
        };
        machine.remember(patterns);
        work.into_iter().for_each(|assignment| machine.assign(assignment));
        Ok(machine)
    }

    /// Handles one input and appends what is to be done. Save the [`snapshot`](Self::snapshot)
    /// or the [`entry`](Self::entry), then do the effects, then say so by
    /// [`Input::Done`](super::Input::Done). Several inputs may share one save.
    ///
    /// Never fails: what cannot be handled becomes a dead letter or a count. `now` may step in
    /// either direction.
    pub fn handle(&mut self, now: Timestamp, input: Input, effects: &mut Vec<Effect>) {
        self.clock.advance(now);
        self.handled = self.handled.saturating_add(1);
        self.take(input);
        self.look_at_the_run_time();
        self.advance();
        effects.append(&mut self.outbox.take());
    }

    /// The log's entry of the next input: keep it before its effects are done.
    #[must_use]
    pub fn entry(&self, at: Timestamp, input: Input) -> Entry {
        Entry { number: self.handled.saturating_add(1), at, input }
    }

    /// How many inputs were handled: the number of the log's last entry.
    #[must_use]
    pub fn handled(&self) -> u64 {
        self.handled
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Lead { epoch } => self.lead(epoch),
            Input::Tick => self.tick(),
            Input::Message(heard) => self.hear(*heard),
            Input::Malformed(malformed) => self.malformed(malformed),
            Input::Missed { channel, count } => self.counters.missed(&channel, count),
            Input::Join(join) => self.join(join),
            Input::Leave { agent, at } => self.leave(&agent, at),
            Input::Pull(pull) => self.pull(pull),
            Input::Assign(assignment) => self.assign(assignment),
            Input::Task(news) => self.task_news(news),
            Input::Spent(spending) => self.spent(&spending),
            Input::OpenBarrier(request) => self.open_named(request),
            Input::Decide(ruling) => self.decide(ruling),
            Input::Checked(checked) => self.checked(checked),
            Input::Skip { by } => self.skip(&by),
            Input::Stop { by } => self.stop(by.as_ref()),
            Input::Done { effects } => self.outbox.done(&effects),
        }
    }

    fn lead(&mut self, epoch: u64) {
        if !self.outbox.lead(epoch) {
            self.counters.stale_leads += 1;
            return;
        }
        self.record(Event::Led { epoch });
        self.roster.fresh_look(self.clock.steady());
        if self.stage == Stage::Waiting {
            self.stage = Stage::Gathering { since: self.clock.steady() };
            self.save(Doc::Objective);
        } else {
            self.ask_again();
        }
        self.save(Doc::Status);
    }
}
