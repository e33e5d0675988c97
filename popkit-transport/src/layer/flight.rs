//! The stamps of messages in flight.

use std::collections::BTreeMap;

use popkit_protocol::{Channel, IdSource};

use crate::{OutcomeKind, Receipt};
use crate::{Publish, PublishOptions, Result, Retention, Stamps, Turn};

/// Numbers a layer's messages. Latest values have a count of their own: they replace each
/// other, so in the count of the log they would leave holes that look like losses.
#[derive(Debug, Clone)]
pub(super) struct Numbers {
    log: Stamps,
    latest: Stamps,
}

impl Numbers {
    pub(super) fn new(ids: &dyn IdSource) -> Self {
        Self { log: Stamps::new(ids), latest: Stamps::new(ids) }
    }

    async fn turn(&self, channel: &Channel, is_latest: bool) -> Turn {
        let stamps = if is_latest { &self.latest } else { &self.log };
        stamps.turn(channel).await
    }

    /// Stamps a message, unless it has a stamp; waits for its turn.
    pub(super) async fn stamp(&self, channel: &Channel, opts: &mut PublishOptions) -> Flight {
        if opts.stamp.is_some() {
            return Flight::default();
        }
        let turn = self.turn(channel, is_latest(opts)).await;
        opts.stamp = Some(turn.stamp());
        Flight(vec![InFlight { turn: Some(turn), messages: vec![0] }])
    }

    /// Stamps the messages of a batch that `wanted` picks and that have no stamp; waits for
    /// the turns of all their channels.
    pub(super) async fn stamp_batch(
        &self,
        batch: &mut [Publish],
        wanted: impl Fn(&Publish) -> bool + Send,
    ) -> Flight {
        // In the order of the channels' names: two batches never wait for each other.
        let mut groups: BTreeMap<(Channel, bool), Vec<usize>> = BTreeMap::new();
        for (index, message) in batch.iter().enumerate() {
            if message.opts.stamp.is_none() && wanted(message) {
                let group = (message.channel.clone(), is_latest(&message.opts));
                groups.entry(group).or_default().push(index);
            }
        }
        let mut turns = Vec::with_capacity(groups.len());
        for ((channel, is_latest), messages) in groups {
            turns.push((self.turn(&channel, is_latest).await, messages));
        }
        // Only now, without an await in between: dropping a flight counts its messages as sent.
        let mut flight = Flight::default();
        for (turn, messages) in turns {
            for (nth, index) in (0..).zip(&messages) {
                if let Some(message) = batch.get_mut(*index) {
                    message.opts.stamp = Some(turn.stamp_of(nth));
                }
            }
            flight.0.push(InFlight { turn: Some(turn), messages });
        }
        flight
    }
}

fn is_latest(opts: &PublishOptions) -> bool {
    matches!(opts.retention, Retention::Latest(_))
}

/// The turns of a call's messages, until it is known what became of them.
///
/// Dropped before, as the future of a cancelled call is, it counts all of them as sent: a hole
/// in the numbers is told to readers as a gap, but a number used twice would make them drop
/// a message.
#[derive(Debug, Default)]
pub(super) struct Flight(Vec<InFlight>);

/// The turn of one channel.
#[derive(Debug)]
struct InFlight {
    turn: Option<Turn>,
    /// Where its messages stand in the call, in the order of their stamps.
    messages: Vec<usize>,
}

impl Flight {
    /// The messages have landed, or have not. Numbers of which none, and none after them, may
    /// have been sent are given out again.
    pub(super) fn land(mut self, may_be_sent: impl Fn(usize) -> bool) {
        for flight in &mut self.0 {
            let unsent = flight.messages.iter().rev().take_while(|index| !may_be_sent(**index));
            let sent = flight.messages.len() - unsent.count();
            flight.messages.truncate(sent);
        }
    }

    /// As [`land`](Self::land), by the answers to all messages of the call.
    pub(super) fn land_by(self, answers: &[Result<Receipt>]) {
        self.land(|index| answers.get(index).is_none_or(may_be_sent));
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(turn) = self.turn.take() {
            turn.used_by(u64::try_from(self.messages.len()).unwrap_or(u64::MAX));
        }
    }
}

/// Whether a message with this answer may be there.
pub(super) fn may_be_sent<A>(answer: &Result<A>) -> bool {
    answer.as_ref().map_or_else(|error| error.outcome() != OutcomeKind::NotApplied, |_| true)
}

#[cfg(test)]
mod tests {
    use popkit_protocol::SequentialIds;

    use super::*;
    use crate::{Error, ErrorKind, LatestKey};

    fn channel(name: &str) -> Channel {
        Channel::new(name).unwrap()
    }

    fn message(name: &str) -> Publish {
        Publish::new(channel(name), "x")
    }

    fn sequences(batch: &[Publish]) -> Vec<Option<u64>> {
        batch.iter().map(|message| message.opts.stamp.map(|stamp| stamp.sequence)).collect()
    }

    #[tokio::test]
    async fn each_channel_and_the_latest_values_are_counted_apart() {
        let numbers = Numbers::new(&SequentialIds::default());
        let latest = PublishOptions::default().latest(LatestKey::new("k").unwrap());
        let mut batch = [
            message("b"),
            message("a"),
            message("b"),
            message("b").with_opts(latest),
            message("skipped"),
        ];
        let wanted = |message: &Publish| message.channel.as_str() != "skipped";
        let flight = numbers.stamp_batch(&mut batch, wanted).await;
        assert_eq!(sequences(&batch), [Some(1), Some(1), Some(2), Some(1), None]);
        let [log, _, also_log, latest, _] = batch.map(|message| message.opts.stamp);
        assert_eq!(log.unwrap().producer, also_log.unwrap().producer);
        assert_ne!(log.unwrap().producer, latest.unwrap().producer);
        drop(flight);
    }

    #[tokio::test]
    async fn numbers_of_what_surely_was_not_sent_are_given_out_again() {
        let numbers = Numbers::new(&SequentialIds::default());
        let failed = || Err(Error::new(ErrorKind::Unavailable, "no"));
        let lost = || Err(Error::new(ErrorKind::Timeout, "lost").unknown());
        for (answers, next) in [
            (vec![failed(), failed()], 1),
            (vec![failed(), lost(), failed()], 3),
            (vec![failed()], 3),
            (vec![lost()], 4),
        ] {
            let mut batch = vec![message("a"); answers.len()];
            numbers.stamp_batch(&mut batch, |_| true).await.land_by(&answers);
            let mut opts = PublishOptions::default();
            numbers.stamp(&channel("a"), &mut opts).await.land(|_| false);
            assert_eq!(opts.stamp.unwrap().sequence, next);
        }
    }

    #[tokio::test]
    async fn a_flight_that_is_dropped_counts_as_sent() {
        let numbers = Numbers::new(&SequentialIds::default());
        let mut batch = [message("a"), message("a")];
        drop(numbers.stamp_batch(&mut batch, |_| true).await);
        let mut opts = PublishOptions::default();
        drop(numbers.stamp(&channel("a"), &mut opts).await);
        assert_eq!(opts.stamp.unwrap().sequence, 3);
    }

    #[tokio::test]
    async fn a_stamp_that_was_given_is_kept() {
        let numbers = Numbers::new(&SequentialIds::default());
        let mut opts = PublishOptions::default();
        numbers.stamp(&channel("a"), &mut opts).await.land(|_| true);
        let given = opts.stamp;
        numbers.stamp(&channel("a"), &mut opts).await.land(|_| true);
        assert_eq!(opts.stamp, given);
    }
}
