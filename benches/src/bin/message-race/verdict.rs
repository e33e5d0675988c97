//! What was counted, as one line.

use std::fmt;
use std::time::Duration;

/// What was found in all journals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Messages that were answered, the channel that keeps little included.
    pub(crate) published: u64,
    pub(crate) publishers: u64,
    pub(crate) readers: u64,
    pub(crate) publishers_killed: u64,
    pub(crate) readers_killed: u64,
    pub(crate) server_kills: u64,
    pub(crate) resets: u64,
    pub(crate) reader_down: Duration,
    /// Messages that were sent again, after a kill or a failure.
    pub(crate) repeated: u64,
    /// Repeats that were in the log and were not told, over all readers.
    pub(crate) dropped: u64,
    pub(crate) published_in: Duration,
    /// Gaps that the slow reader was told, and what was missing by them.
    pub(crate) gaps: u64,
    pub(crate) missed: u64,
    pub(crate) faults: Faults,
}

/// What must not be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Faults {
    /// Messages that a publisher has for a channel and that were never answered.
    pub(crate) unanswered: u64,
    /// Answered messages that a reader was not told.
    pub(crate) lost: u64,
    /// Told after a later one of their publisher.
    pub(crate) out_of_order: u64,
    /// Told again.
    pub(crate) duplicates: u64,
    /// Nobody published them, or not so.
    pub(crate) foreign: u64,
    /// Gaps and resets where nothing is missing.
    pub(crate) gaps_unexplained: u64,
    /// Messages by which a gap's count and what was told do not add up.
    pub(crate) miscounted: u64,
}

impl Faults {
    pub(crate) fn add(&mut self, other: Self) {
        self.unanswered += other.unanswered;
        self.lost += other.lost;
        self.out_of_order += other.out_of_order;
        self.duplicates += other.duplicates;
        self.foreign += other.foreign;
        self.gaps_unexplained += other.gaps_unexplained;
        self.miscounted += other.miscounted;
    }
}

impl Verdict {
    /// Whether nothing broke. Without a gap the slow reader has proved nothing.
    pub(crate) fn is_pass(&self) -> bool {
        self.faults == Faults::default() && self.gaps > 0
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Faults { unanswered, lost, out_of_order, duplicates, .. } = self.faults;
        let Faults { foreign, gaps_unexplained, miscounted, .. } = self.faults;
        let (of_publishers, of_readers) = (self.publishers_killed, self.readers_killed);
        #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
        let per_second = self.published as f64 / self.published_in.as_secs_f64().max(1e-9);
        write!(
            f,
            "published={} publishers={} readers={} kills={} ({of_publishers} publishers, \
             {of_readers} readers) server_kills={} resets={} reader_down_s={} repeated={} dropped={} gaps={} missed={} unanswered={unanswered} \
             lost={lost} out_of_order={out_of_order} duplicates={duplicates} foreign={foreign} \
             gaps_unexplained={gaps_unexplained} miscounted={miscounted} \
             messages_per_s={per_second:.0} VERDICT {}",
            self.published,
            self.publishers,
            self.readers,
            of_publishers + of_readers,
            self.server_kills,
            self.resets,
            self.reader_down.as_secs(),
            self.repeated,
            self.dropped,
            self.gaps,
            self.missed,
            if self.is_pass() { "pass" } else { "FAIL" },
        )
    }
}
