//! How a reader reads.

use std::time::Duration;

use crate::{Error, ErrorKind, Result, WireCapabilities};

/// How a reader learns of new entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Follow {
    /// By a command that blocks, on a connection of the reader's own, for this long at a time:
    /// 10 ms to 1 min.
    Block(Duration),
    /// By asking again: after the shorter time while there is something new, and less and
    /// less often, up to the longer one, while there is not. 1 ms to 10 min. Over a wire that
    /// cannot block, all who wait are asked for together
    /// ([`Redis::await_entries`](crate::Redis::await_entries)).
    Poll {
        /// The shortest pause.
        least: Duration,
        /// The longest pause.
        most: Duration,
    },
}

impl Follow {
    /// Blocking, over a wire that can; else polling, each 250 ms to 15 s or as the wire is set
    /// up. A block lasts 5 s, so that a dead connection is noticed; 30 s where every command is
    /// billed.
    #[must_use]
    pub fn best(wire: WireCapabilities) -> Self {
        if wire.blocking {
            Self::Block(Duration::from_secs(if wire.key_locking_flag { 30 } else { 5 }))
        } else {
            Self::Poll { least: Duration::from_millis(250), most: Duration::from_secs(15) }
        }
    }
}

/// How a reader reads.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReaderOptions {
    /// How it learns of new entries; by default [`Follow::best`].
    pub follow: Option<Follow>,
    /// Entries of one stream that are read at a time, at most: 1 to 10,000. Default: 100.
    pub batch: usize,
    /// How often it looks whether entries were removed unread: 10 ms to 1 day. It looks, too,
    /// when it begins, after trouble, and after a pause of its caller's. Default: 1 min; 15 min
    /// over a wire that cannot block, where it costs a command for each stream.
    pub check_every: Option<Duration>,
    /// Whether it looks when it begins. Else a stream that is not to be read from now or from
    /// its beginning costs no round trip, and what was removed unread is told later.
    /// Default: true.
    pub check_first: bool,
    /// How long trouble may last before it is told. The reader goes on trying after that when
    /// it is asked again. Default: it is never told.
    pub patience: Option<Duration>,
}

impl Default for ReaderOptions {
    fn default() -> Self {
        Self { follow: None, batch: 100, check_every: None, check_first: true, patience: None }
    }
}

impl ReaderOptions {
    /// Learning of new entries in this way.
    #[must_use]
    pub fn follow(mut self, follow: Follow) -> Self {
        self.follow = Some(follow);
        self
    }

    /// Reading so many at a time.
    #[must_use]
    pub fn batch(mut self, entries: usize) -> Self {
        self.batch = entries;
        self
    }

    /// Looking for what is missing so often.
    #[must_use]
    pub fn check_every(mut self, interval: Duration) -> Self {
        self.check_every = Some(interval);
        self
    }

    /// Not looking for what is missing when it begins.
    #[must_use]
    pub fn check_later(mut self) -> Self {
        self.check_first = false;
        self
    }

    /// Telling of trouble that lasts longer.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = Some(patience);
        self
    }

    /// How often it looks over this wire.
    pub(super) fn looks(&self, wire: WireCapabilities) -> Duration {
        let minutes = if wire.blocking { 1 } else { 15 };
        self.check_every.unwrap_or_else(|| Duration::from_secs(minutes * 60))
    }

    pub(super) fn check(&self, wire: WireCapabilities) -> Result<Follow> {
        let refuse = |kind, message: String| Err(Error::new(kind, message));
        let milli = Duration::from_millis;
        let follow = self.follow.unwrap_or_else(|| Follow::best(wire));
        match follow {
            Follow::Block(_) if !wire.blocking => {
                let message = "this wire cannot block; poll instead".to_owned();
                return refuse(ErrorKind::Unsupported, message);
            }
            Follow::Block(time) if !(milli(10)..=milli(60_000)).contains(&time) => {
                let message = format!("a block of {time:?}: expected 10 ms to 1 min");
                return refuse(ErrorKind::InvalidInput, message);
            }
            Follow::Poll { least, most }
                if least < milli(1) || most < least || most > milli(600_000) =>
            {
                let message =
                    format!("polling each {least:?} to {most:?}: expected 1 ms to 10 min");
                return refuse(ErrorKind::InvalidInput, message);
            }
            Follow::Block(_) | Follow::Poll { .. } => {}
        }
        if !(1..=10_000).contains(&self.batch) {
            let message = format!("{} entries at a time: expected 1 to 10000", self.batch);
            return refuse(ErrorKind::InvalidInput, message);
        }
        if let Some(every) = self.check_every
            && !(milli(10)..=milli(24 * 3_600_000)).contains(&every)
        {
            let message = format!("looking each {every:?}: expected 10 ms to 1 day");
            return refuse(ErrorKind::InvalidInput, message);
        }
        Ok(follow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_out_of_range_are_refused() {
        let blocking = WireCapabilities { blocking: true, ..WireCapabilities::least() };
        let ok = |options: ReaderOptions| options.check(blocking).is_ok();
        let (second, milli) = (Duration::from_secs(1), Duration::from_millis(1));
        assert!(ok(ReaderOptions::default()));
        assert!(!ok(ReaderOptions::default().batch(0)));
        assert!(!ok(ReaderOptions::default().check_every(Duration::ZERO)));
        assert!(!ok(ReaderOptions::default().follow(Follow::Block(Duration::ZERO))));
        assert!(!ok(ReaderOptions::default().follow(Follow::Block(second * 61))));
        let poll = |least, most| ReaderOptions::default().follow(Follow::Poll { least, most });
        assert!(ok(poll(milli, second)) && !ok(poll(second, milli)));
    }

    #[test]
    fn a_wire_that_cannot_block_is_polled() {
        let least = WireCapabilities::least();
        assert!(matches!(ReaderOptions::default().check(least), Ok(Follow::Poll { .. })));
        let block = ReaderOptions::default().follow(Follow::Block(Duration::from_secs(1)));
        assert_eq!(block.check(least).unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
