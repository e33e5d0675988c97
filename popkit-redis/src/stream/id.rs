//! The id of an entry.

use std::fmt;
use std::str::FromStr;

use crate::{Argument, Error, ErrorKind, Result};

/// The id of an entry of a stream: a time in milliseconds and a number. Ids of one stream only
/// grow. As text `1526919030474-55`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StreamId {
    /// Milliseconds since 1970, by the server's clock.
    pub ms: u64,
    /// The number within that millisecond.
    pub seq: u64,
}

impl StreamId {
    /// Before every entry.
    pub const ZERO: Self = Self { ms: 0, seq: 0 };

    /// From its parts.
    #[must_use]
    pub const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// The id right before this one; [`ZERO`](Self::ZERO) has none and stays.
    #[must_use]
    pub const fn before(self) -> Self {
        match (self.ms, self.seq) {
            (0, 0) => self,
            (ms, 0) => Self { ms: ms - 1, seq: u64::MAX },
            (ms, seq) => Self { ms, seq: seq - 1 },
        }
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

impl fmt::Debug for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StreamId({self})")
    }
}

impl FromStr for StreamId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let read = || {
            let (ms, seq) = text.split_once('-').filter(|(ms, seq)| digits(ms) && digits(seq))?;
            Some(Self { ms: ms.parse().ok()?, seq: seq.parse().ok()? })
        };
        read().ok_or_else(|| {
            let shown = popkit_protocol::limits::cut(text, 60);
            let message = format!("{shown:?} is no id of a stream entry; for instance 0-0");
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

impl From<StreamId> for Argument {
    fn from(id: StreamId) -> Self {
        id.to_string().into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_ordered_by_time_then_number() {
        let read = |text: &str| text.parse::<StreamId>().unwrap();
        assert!(read("9-1") < read("10-0") && read("10-0") < read("10-1"));
        assert_eq!(read("10-0").before(), StreamId::new(9, u64::MAX));
        assert_eq!(read("10-3").before(), read("10-2"));
        assert_eq!(StreamId::ZERO.before(), StreamId::ZERO);
        for bad in ["", "1", "1-", "-1", "1-x", "+1-2", "1-2-3", "99999999999999999999-0"] {
            assert!(bad.parse::<StreamId>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn every_id_survives_its_text(ms in any::<u64>(), seq in any::<u64>()) {
            let id = StreamId::new(ms, seq);
            prop_assert_eq!(id.to_string().parse::<StreamId>().unwrap(), id);
        }
    }
}
