//! Where a new reader starts.

use popkit_protocol::Channel;
use popkit_redis::StreamId;

use super::follow::Part;
use super::head::Head;
use super::tape::Tape;
use super::values::Values;
use crate::backend::redis::keys::Keys;
use crate::backend::redis::position::Place as Spot;
use crate::{Place, Result, Start, SubscribeOptions};

/// One channel of a subscription.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) tape: Tape,
    pub(super) values: Values,
    /// Where a reader that does not follow ends.
    pub(super) end: Option<Spot>,
}

impl Reading {
    /// Whether this part of it goes on from what was read, as its head says.
    pub(super) fn goes_on(&self, part: Part, head: &Head) -> bool {
        match part {
            Part::Log(_) => head.reaches(self.tape.place()),
            Part::Changes(_) => self.values.is_before(head.changed),
        }
    }
}

/// Begins to read a channel of which this is the head; answers also with its first place.
pub(super) fn begin(
    channel: &Channel,
    keys: &Keys,
    head: &Head,
    opts: &SubscribeOptions,
) -> Result<(Reading, Place)> {
    let tape = |spot| Tape::new(channel.clone(), keys.clone(), spot);
    let (newest, oldest) = (Spot::new(head.epoch, head.last), Spot::default());
    let cursor = match &opts.start {
        Start::After(cursor) => cursor.get(channel),
        Start::Now | Start::Earliest => None,
    };
    let now = opts.start == Start::Now;
    let (tape, place) = match cursor {
        None => {
            let spot = if now { newest } else { oldest };
            (tape(spot), Place::at(spot.position()?))
        }
        // Until it is told that the log is another one, or shorter, the cursor stays as it is:
        // whoever goes on from it is told, too.
        Some(place) => (resume(tape, head, place), place.clone()),
    };
    let values = if now { Values::from_now(head.changed) } else { Values::all(head.changed) };
    let end = head.end().filter(|_| !opts.follow);
    Ok((Reading { tape, values, end }, place))
}

/// Whether a reader that starts here would be told of trouble: that the log is another one,
/// shorter, or gone.
pub(super) fn is_trouble(channel: &Channel, head: &Head, opts: &SubscribeOptions) -> bool {
    let Start::After(cursor) = &opts.start else { return false };
    let spot = cursor.get(channel).and_then(|place| Spot::of(&place.position));
    spot.is_some_and(|spot| spot.epoch != 0 && !head.reaches(spot))
}

fn resume(tape: impl Fn(Spot) -> Tape, head: &Head, place: &Place) -> Tape {
    let spot = Spot::of(&place.position);
    match spot {
        Some(spot) if spot.epoch == 0 => tape(spot),
        Some(spot) if spot.epoch == head.epoch && spot.id > head.last => {
            let mut tape = tape(Spot::new(head.epoch, StreamId::ZERO));
            tape.shortened_first();
            tape
        }
        Some(spot) if spot.epoch == head.epoch => {
            let mut tape = tape(spot);
            if !head.exists {
                tape.expired_first(head);
            }
            tape
        }
        _ => {
            let mut tape = tape(Spot::default());
            tape.reset_first();
            tape
        }
    }
}
