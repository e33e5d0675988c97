//! What a transport knows of its own sequence on each channel.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use popkit_protocol::Channel;

/// One channel.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    /// The last sequence that was answered.
    pub(super) known: u64,
    /// Messages since of which nobody knows whether they were sent.
    pub(super) doubtful: u64,
}

/// As the script takes it: the last sequence that was answered and, where that is another, the
/// last that may have been used.
impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.doubtful {
            0 => write!(f, "{}", self.known),
            doubtful => write!(f, "{} {}", self.known, self.known + doubtful),
        }
    }
}

/// What is known, by channel. The server counts; this is for a server that has lost its end, or
/// forgotten about us.
#[derive(Debug, Default)]
pub(in crate::backend::redis) struct Counts(Mutex<HashMap<Channel, Count>>);

impl Counts {
    fn lock(&self) -> MutexGuard<'_, HashMap<Channel, Count>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn get(&self, channel: &Channel) -> Count {
        self.lock().get(channel).copied().unwrap_or_default()
    }

    fn change(&self, channel: &Channel, change: impl FnOnce(&mut Count)) {
        change(self.lock().entry(channel.clone()).or_default());
    }

    /// Begins to send so many messages that the server numbers.
    pub(super) fn begin(&self, channel: &Channel, messages: u64) -> Doubt<'_> {
        Doubt { counts: self, channel: channel.clone(), messages }
    }
}

/// Messages under way. Dropped half-way, they are doubtful.
#[derive(Debug)]
pub(super) struct Doubt<'a> {
    counts: &'a Counts,
    channel: Channel,
    messages: u64,
}

impl Doubt<'_> {
    /// This was answered.
    pub(super) fn answered(&self, sequence: u64) {
        self.counts.change(&self.channel, |count| {
            if sequence > count.known {
                *count = Count { known: sequence, doubtful: 0 };
            }
        });
    }

    /// What was not answered was surely not sent.
    pub(super) fn settle(mut self) {
        self.messages = 0;
    }
}

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        if self.messages > 0 {
            self.counts.change(&self.channel, |count| count.doubtful += self.messages);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_dropped_half_way_is_doubtful_until_the_next_answer() {
        let (counts, channel) = (Counts::default(), Channel::new("a").unwrap());
        let doubt = counts.begin(&channel, 2);
        doubt.answered(1);
        doubt.answered(2);
        doubt.settle();
        assert_eq!(counts.get(&channel), Count { known: 2, doubtful: 0 });
        drop(counts.begin(&channel, 3));
        assert_eq!(counts.get(&channel), Count { known: 2, doubtful: 3 });
        assert_eq!(counts.get(&channel).to_string(), "2 5");
        let doubt = counts.begin(&channel, 1);
        doubt.answered(4);
        doubt.settle();
        assert_eq!(counts.get(&channel), Count { known: 4, doubtful: 0 });
    }
}
