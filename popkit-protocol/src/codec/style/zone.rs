//! Times as text: with an offset, and without one as Python's `datetime.isoformat()`.

use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::codec::CodecError;
use crate::{ParseError, Timestamp};

/// Python writes at most 32 characters; what is much longer is no time.
const LONGEST: usize = 64;

/// How far local time is ahead of UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Zone {
    seconds: i32,
}

impl Zone {
    /// No offset.
    pub(crate) const UTC: Self = Self { seconds: 0 };

    /// Checks the offset: less than a day in either direction.
    pub(crate) fn new(seconds: i32) -> Result<Self, ParseError> {
        if seconds.unsigned_abs() < 86_400 {
            return Ok(Self { seconds });
        }
        let reason = "expected less than a day in seconds, -86399 to 86399";
        Err(ParseError::new("local offset", &seconds.to_string(), reason))
    }

    /// Local time with microseconds and without a zone: `2026-11-21T09:30:00.000000`.
    pub(crate) fn naive(self, at: Timestamp) -> Result<String, CodecError> {
        let refuse = |_| CodecError::invalid("a time outside the years 1970 to 9999");
        let offset = Offset::from_seconds(self.seconds).map_err(refuse)?;
        let micros = i64::try_from(at.as_micros()).unwrap_or(i64::MAX);
        let point = jiff::Timestamp::from_microsecond(micros).map_err(refuse)?;
        Ok(format!("{:.6}", offset.to_datetime(point)))
    }

    /// Reads a time: `Z` and offsets are obeyed, a time without either is local.
    pub(crate) fn parse(self, text: &str) -> Result<Timestamp, ParseError> {
        let reason = "expected ISO 8601 from 1970 on, for instance 2026-11-21T09:30:00.000000";
        let refuse = || ParseError::new("time", text, reason);
        let timed = text.get(10..).is_some_and(|rest| rest.starts_with(['T', 't', ' ']));
        if text.len() > LONGEST || !timed {
            return Err(refuse());
        }
        if !is_naive(text) {
            return text.parse().map_err(|_| refuse());
        }
        let local: DateTime = text.parse().map_err(|_| refuse())?;
        let offset = Offset::from_seconds(self.seconds).map_err(|_| refuse())?;
        let point = offset.to_timestamp(local).map_err(|_| refuse())?;
        u64::try_from(point.as_microsecond()).map(Timestamp::from_micros).map_err(|_| refuse())
    }
}

/// UTC with its offset: `2026-11-21T09:30:00.000000+00:00`. Not `Z`, which Python reads
/// since 3.11 only.
pub(crate) fn utc(at: Timestamp) -> String {
    let mut text = at.to_string();
    if text.pop() == Some('Z') {
        text.push_str("+00:00");
    }
    text
}

/// Whether a time has neither `Z` nor an offset. The date, in which `-` means something
/// else, has ten characters.
pub(crate) fn is_naive(text: &str) -> bool {
    !text.get(10..).unwrap_or_default().contains(['Z', 'z', '+', '-', '['])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(seconds: i32) -> Zone {
        Zone::new(seconds).unwrap()
    }

    #[test]
    fn naive_and_zoned_times_are_read() {
        let at: Timestamp = "2026-11-20T23:06:03Z".parse().unwrap();
        for (seconds, text) in [
            (0, "2026-11-20T23:06:03"),
            (0, "2026-11-20T23:06:03.000000"),
            (0, "2026-11-20 23:06:03"),
            (3600, "2026-11-21T00:06:03"),
            (-19_800, "2026-11-20T17:36:03"),
            (3600, "2026-11-20T23:06:03Z"),
            (3600, "2026-11-20T23:06:03.000000+00:00"),
            (3600, "2026-11-21T01:06:03+02:00"),
        ] {
            assert_eq!(zone(seconds).parse(text).unwrap(), at, "{text} at {seconds}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        let zone = zone(0);
        let long = format!("2026-11-20T23:06:03.{}", "0".repeat(60));
        for bad in ["", "now", "2026-11-20", "23:06:03", "1969-12-31T23:59:59", &long] {
            assert!(zone.parse(bad).is_err(), "{bad:?}");
        }
        assert!(zone.parse("1970-01-01T01:00:00+05:00").is_err(), "before 1970 in UTC");
        assert!(Zone::new(86_400).is_err() && Zone::new(i32::MIN).is_err());
    }

    proptest! {
        #[test]
        fn every_time_survives_its_text(
            micros in 0..=Timestamp::MAX.as_micros(), seconds in -86_399..86_400_i32,
        ) {
            let (at, zone) = (Timestamp::from_micros(micros), zone(seconds));
            let naive = zone.naive(at).unwrap();
            prop_assert!(is_naive(&naive) && naive.len() == 26, "{}", naive);
            prop_assert_eq!(zone.parse(&naive).unwrap(), at);
            prop_assert!(!is_naive(&utc(at)));
            prop_assert_eq!(zone.parse(&utc(at)).unwrap(), at);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = zone(0).parse(&text);
        }
    }
}
