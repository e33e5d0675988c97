//! Telling how far the plan is.

use std::sync::Arc;

use popkit_protocol::{Message, Party, Timestamp};

use super::monitor::Monitor;
use super::report::{Voice, complete, phase, told};
use super::{Ending, PlanProgress, Supervisor};
use crate::inbox::Post;

impl Supervisor {
    /// Telling everybody of the progress, and asking people, as this sender: `coordinator`,
    /// or an agent.
    ///
    /// | Message | When |
    /// |---|---|
    /// | `PROGRESS` | the counts or the share that is over have changed, at most once in a while |
    /// | `OBJECTIVE_UPDATE` | a phase begins; all has ended |
    /// | `HUMAN_REQUIRED` | a blocker is escalated; again after a restart, while it stands |
    ///
    /// A message that cannot be sent stops nothing; a question to a person is asked again.
    #[must_use]
    pub fn with_post(mut self, post: Post, sender: Party) -> Self {
        self.voice = Some(Voice::new(post, sender));
        self
    }
}

impl Monitor {
    /// Tells what is new since it was told last.
    pub(super) async fn tell(&mut self, now: Timestamp) {
        if self.supervisor.voice.is_none() {
            return;
        }
        let look = self.progress();
        if look.phase != self.told.phase {
            self.told.phase = look.phase;
            if let Some(message) = look.phase.and_then(|place| phase(&look, place)) {
                self.say(now, message).await;
            }
        }
        let is_early = |last: &PlanProgress| now.since(last.at) < self.supervisor.tell_every;
        if self.told.look.as_deref().is_none_or(|last| !is_early(last)) {
            self.tell_progress(now, &look).await;
        }
    }

    /// The last word.
    pub(super) async fn tell_end(&mut self, ending: Ending) {
        if self.supervisor.voice.is_none() {
            return;
        }
        let (now, look) = (self.supervisor.clock.now(), self.progress());
        self.tell_progress(now, &look).await;
        if ending == Ending::Complete {
            let message = complete(&self.summary(ending));
            self.say(now, message).await;
        }
    }

    async fn tell_progress(&mut self, now: Timestamp, look: &PlanProgress) {
        if self.told.look.as_deref().is_some_and(|last| says_the_same(last, look)) {
            return;
        }
        self.say(now, told(look, &self.supervisor.name)).await;
        self.told.look = Some(Arc::new(PlanProgress { at: now, ..look.clone() }));
    }

    async fn say(&mut self, now: Timestamp, message: Message) {
        let Some(voice) = &self.supervisor.voice else { return };
        if let Err(error) = voice.say(now, Party::Everyone, message).await {
            self.tally.unsent += 1;
            tracing::warn!(%error, "a message was not sent");
        }
    }
}

/// Whether a message about one look says the same as one about the other.
fn says_the_same(one: &PlanProgress, other: &PlanProgress) -> bool {
    let counts = |look: &PlanProgress| {
        let ended = (look.done, look.failed, look.cancelled, look.skipped);
        (look.total, ended, look.running, look.coming, look.waiting, look.blocked)
    };
    let share = |look: &PlanProgress| (look.percent(), look.phase);
    counts(one) == counts(other) && share(one) == share(other)
}
