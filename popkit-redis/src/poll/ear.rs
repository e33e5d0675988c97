//! What a poll hears, and what of it makes it ask.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::hint;
use super::shared::Poll;
use crate::StreamId;

impl Poll {
    /// Whether hints are wanted.
    pub(super) fn has_hints(&self) -> bool {
        self.source.is_some()
    }

    /// Listens to a channel for hints, where hints are wanted.
    pub(super) fn hear(self: &Arc<Self>, channel: &str) {
        let Some(source) = &self.source else { return };
        let mut state = self.lock();
        if let Some(ear) = state.ears.get_mut(channel) {
            // One that gave up is replaced.
            while ear.try_join_next().is_some() {}
            if !ear.is_empty() {
                return;
            }
        }
        let mut ear = JoinSet::new();
        ear.spawn(source.listen(channel.to_owned(), Arc::downgrade(self)));
        state.ears.insert(channel.to_owned(), ear);
        let wanted = state.ears.len();
        state.table.hints.want(wanted);
    }

    /// Hints of one channel come from now on. What came before is asked for.
    #[cfg(any(test, feature = "rest"))]
    pub(crate) fn hints_began(&self) {
        let mut state = self.lock();
        state.table.hints.began();
        state.table.pace.look(Instant::now());
        drop(state);
        self.changed.notify_one();
    }

    /// Hints of one channel come no more.
    #[cfg(any(test, feature = "rest"))]
    pub(crate) fn hints_ended(&self, were_proven: bool) {
        self.lock().table.hints.ended(were_proven);
        self.changed.notify_one();
    }

    /// Hints of one channel are known to arrive.
    #[cfg(any(test, feature = "rest"))]
    pub(crate) fn hints_proved(&self) {
        self.lock().table.hints.proved();
        self.changed.notify_one();
    }

    /// What was heard on a channel.
    #[cfg(any(test, feature = "rest"))]
    pub(crate) fn heard(&self, text: &[u8]) {
        let Some((key, id)) = hint::read(text) else { return };
        let mut state = self.lock();
        state.table.hints.come();
        state.table.hint(key, id, Instant::now());
        drop(state);
        self.changed.notify_one();
    }

    /// An entry was added by this process.
    pub(super) fn added(&self, key: &str, id: StreamId) {
        self.lock().table.hint(key, id, Instant::now());
        self.changed.notify_one();
    }
}
