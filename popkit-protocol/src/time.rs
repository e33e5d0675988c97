//! Points in time, and the clock that everything is given.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::ParseError;

/// A point in time: whole microseconds since 1970-01-01 UTC.
///
/// As text, RFC 3339 in UTC with six fractional digits: `2026-11-21T09:30:00.000000Z`.
/// Parsing accepts any offset. The range is the years 1970 to 9999.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(u64);

/// 9999-12-30T22:00:00Z, the last second that RFC 3339 text can carry in any offset.
const MAX_MICROS: u64 = 253_402_207_200_000_000;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);
    /// The last point in time that can be represented.
    pub const MAX: Self = Self(MAX_MICROS);

    /// From microseconds since the epoch; later than [`Timestamp::MAX`] becomes that.
    #[must_use]
    pub const fn from_micros(micros: u64) -> Self {
        Self(if micros > MAX_MICROS { MAX_MICROS } else { micros })
    }

    /// From milliseconds since the epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self::from_micros(millis.saturating_mul(1000))
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// This point and `span` later; stays within the range.
    #[must_use]
    pub fn after(self, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This point and `span` earlier; never before the epoch.
    #[must_use]
    pub fn before(self, span: Duration) -> Self {
        let micros = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_sub(micros))
    }

    /// How long after `earlier` this is; zero when it is not after.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = i64::try_from(self.0).map_err(|_| fmt::Error)?;
        let point = jiff::Timestamp::from_microsecond(micros).map_err(|_| fmt::Error)?;
        write!(f, "{point:.6}")
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let refuse = |reason: &str| ParseError::new("time", text, reason);
        let point: jiff::Timestamp = text
            .parse()
            .map_err(|_| refuse("expected RFC 3339, for instance 2026-11-21T09:30:00Z"))?;
        u64::try_from(point.as_microsecond())
            .map(Self::from_micros)
            .map_err(|_| refuse("it lies before 1970"))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Where "now" comes from. Injected everywhere; [`SystemClock`] is the only owner of the
/// operating system's clock.
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The current time. May step in either direction; whoever needs an order keeps the
    /// latest value seen.
    fn now(&self) -> Timestamp;
}

/// The wall clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the owner of the wall clock")]
    fn now(&self) -> Timestamp {
        let since =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH.after(since)
    }
}

/// A clock that stands still until it is told otherwise: for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Timestamp>);

impl ManualClock {
    /// A clock that shows `start`.
    #[must_use]
    pub fn new(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }

    /// Moves the clock forward.
    pub fn advance(&self, span: Duration) {
        let mut now = self.lock();
        *now = now.after(span);
    }

    /// Sets the clock, forward or back.
    pub fn set(&self, to: Timestamp) {
        *self.lock() = to;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Timestamp> {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    /// 2026-01-01T00:00:00Z.
    fn default() -> Self {
        Self::new(Timestamp::from_millis(1_767_225_600_000))
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        *self.lock()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_is_rfc_3339_in_utc() {
        let point = Timestamp::from_micros(1_767_225_600_000_001);
        assert_eq!(point.to_string(), "2026-01-01T00:00:00.000001Z");
        assert_eq!("2026-01-01T01:00:00.000001+01:00".parse::<Timestamp>().unwrap(), point);
        assert!("2026-01-01T00:00:00".parse::<Timestamp>().is_err(), "no zone");
        assert!("1969-12-31T23:59:59Z".parse::<Timestamp>().is_err());
        assert_eq!(Timestamp::MAX.to_string().parse::<Timestamp>().unwrap(), Timestamp::MAX);
    }

    proptest! {
        #[test]
        fn every_point_survives_its_text(micros in 0..=MAX_MICROS) {
            let point = Timestamp::from_micros(micros);
            prop_assert_eq!(point.to_string().parse::<Timestamp>().unwrap(), point);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = text.parse::<Timestamp>();
        }
    }
}
