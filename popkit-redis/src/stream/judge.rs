//! Whether what was read and what the server tells fit together.

use super::id::StreamId;
use super::place::Place;
use super::summary::Summary;

/// What a look at a stream showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As far as can be seen, nothing is missing.
    Sound,
    /// Entries were removed unread.
    Gap {
        /// What was read last before them.
        after: StreamId,
        /// What is there again behind them.
        before: Option<StreamId>,
        /// How many they are.
        missing: Option<u64>,
    },
    /// It is another stream.
    Reset,
}

/// Looks at a stream; `found` is `None` where it is not there. Moves the place past what is
/// missing, so that nothing is told twice.
pub(super) fn judge(place: &mut Place, found: Option<&Summary>) -> Verdict {
    let after = place.read;
    let Some(found) = found else {
        if after == StreamId::ZERO {
            return Verdict::Sound;
        }
        *place = beginning();
        return Verdict::Gap { after, before: None, missing: None };
    };
    let fewer = matches!((place.count, found.added), (Some(count), Some(added)) if added < count);
    if found.last < after || fewer {
        *place = beginning();
        return Verdict::Reset;
    }
    let verdict = if found.last == after { at_the_end(place, found) } else { within(place, found) };
    place.checked = place.read;
    verdict
}

/// Everything that is there was read: the counts must agree.
fn at_the_end(place: &mut Place, found: &Summary) -> Verdict {
    let counts = place.count.zip(found.added);
    place.count = found.added;
    match counts {
        Some((count, added)) if added > count => {
            let missing = Some(added - count);
            Verdict::Gap { after: place.checked, before: None, missing }
        }
        _ => Verdict::Sound,
    }
}

/// There is more to read: it must begin where reading ended.
fn within(place: &mut Place, found: &Summary) -> Verdict {
    let after = place.read;
    let Some(first) = found.first else {
        // All of it was removed.
        let missing = found.added.zip(place.count).map(|(added, count)| added - count);
        (place.read, place.count) = (found.last, found.added);
        return match missing {
            Some(0) => Verdict::Sound,
            missing => Verdict::Gap { after, before: None, missing },
        };
    };
    if first <= after || place.sound == Some(first) {
        return Verdict::Sound;
    }
    let missing =
        found.removed().zip(place.count).map(|(removed, count)| removed.saturating_sub(count));
    place.sound = Some(first);
    if missing == Some(0) {
        return Verdict::Sound;
    }
    (place.read, place.count) = (first.before(), found.removed());
    Verdict::Gap { after, before: Some(first), missing }
}

/// Before the first entry of a stream of which nothing was read.
fn beginning() -> Place {
    Place { read: StreamId::ZERO, count: Some(0), checked: StreamId::ZERO, sound: None }
}

#[cfg(test)]
#[path = "judge/tests.rs"]
mod tests;
