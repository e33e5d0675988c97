//! What happens because time has passed.

use std::time::Duration;

use popkit_protocol::{Party, Timestamp};

use super::Machine;
use super::clock::LEAP;
use crate::machine::effect::{About, Doc, End};
use crate::machine::phase::{Breach, Stage};

/// How often the status is saved at least.
const STATUS_EVERY: Duration = Duration::from_secs(15);

impl Machine {
    /// When to give [`Input::Tick`](crate::machine::Input::Tick), unless another input comes
    /// before: when something is due, and after half of a leap at the latest, as a longer
    /// silence would count as a step of the clock. `None` once the session is over, and before
    /// anybody leads.
    #[must_use]
    pub fn next_wakeup(&self) -> Option<Timestamp> {
        if matches!(self.stage, Stage::Waiting | Stage::Over(_)) {
            return None;
        }
        let steady = self.clock.steady();
        let dues = [
            self.roster.next_due(&self.settings.agents),
            self.barriers.next_due(&self.settings.barriers),
            self.stage.due(&self.settings.agents),
            self.escalations.next_due(),
            self.end_of_time(),
        ];
        let first = dues.into_iter().flatten().min().unwrap_or(Timestamp::MAX);
        let within = first.max(steady).min(steady.after(LEAP / 2));
        Some(self.clock.on_the_wall(within))
    }

    pub(super) fn tick(&mut self) {
        if matches!(self.stage, Stage::Waiting | Stage::Over(_)) {
            return;
        }
        let steady = self.clock.steady();
        self.look_for_the_lost();
        self.look_for_drift();
        self.expire_questions();
        self.look_at_orphans();
        self.insights.expire(steady, self.settings.insights.ttl);
        self.forget_patterns();
        self.streams.close_idle(steady, self.settings.streams.idle);
        if steady.since(self.told_at) >= STATUS_EVERY {
            self.told_at = steady;
            self.save(Doc::Status);
        }
    }

    /// When the run time is up; `None` while a person decides about going on.
    fn end_of_time(&self) -> Option<Timestamp> {
        let left = self.runtime.saturating_sub(self.clock.running());
        self.frozen.is_none().then(|| self.clock.steady().after(left))
    }

    /// Whatever comes in: a phase that is late, too, would end before it.
    pub(super) fn look_at_the_run_time(&mut self) {
        let is_on = !matches!(self.stage, Stage::Waiting | Stage::Over(_));
        if is_on && self.clock.running() >= self.runtime {
            self.time_is_up();
        }
    }

    fn time_is_up(&mut self) {
        match crate::machine::phase::bounds(&self.objective, &self.settings).on_runtime {
            Breach::Note => {
                let text = "the run time is up".to_owned();
                self.runtime = Duration::MAX;
                self.violation(None, text);
            }
            Breach::End => self.finish(End::TimedOut),
            Breach::Ask => self.freeze(About::Runtime, "the run time is up: go on as long again?"),
        }
    }

    /// All wait for a person.
    pub(in crate::machine) fn freeze(&mut self, about: About, question: &str) {
        if self.escalations.is_open(&about) {
            return;
        }
        let steady = self.clock.steady();
        self.frozen.get_or_insert(steady);
        self.ask(about, question, Party::Everyone);
    }

    /// They go on, as if no time had passed.
    pub(in crate::machine) fn thaw(&mut self) {
        let is_held = [About::Runtime, About::Cost].iter().any(|a| self.escalations.is_open(a));
        let Some(since) = self.frozen.filter(|_| !is_held) else {
            return;
        };
        self.frozen = None;
        let span = self.clock.steady().since(since);
        self.barriers.put_off(span);
        self.stage.put_off(span);
    }
}
