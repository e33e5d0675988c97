//! Repeating what is left of a batch, without changing any channel's order.

use std::collections::HashMap;

use popkit_protocol::{Channel, ProducerId};

use crate::{
    Error, ErrorKind, LatestKey, OutcomeKind, Publish, Receipt, Result, Retention, Transport,
};

/// Within these, order counts: one producer's messages on a channel, or the values of a key.
type Group = (Channel, Option<ProducerId>, Option<LatestKey>);

/// A batch, and what is known of its messages.
#[derive(Debug)]
pub(super) struct Batch {
    entries: Vec<Entry>,
    /// Each group's messages, in their order.
    groups: Vec<Vec<usize>>,
    rounds: usize,
    /// Some round gave answers to single messages.
    answered: bool,
}

#[derive(Debug)]
struct Entry {
    message: Publish,
    /// What the caller will get, once that is settled.
    answer: Option<Result<Receipt>>,
    /// How the last try failed.
    failure: Option<Error>,
    /// The answer of a try was lost.
    lost: bool,
    fate: Fate,
}

/// What a round did to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Unsent,
    Lost,
    Sent,
}

impl Batch {
    pub(super) fn new(messages: Vec<Publish>) -> Self {
        let mut groups: HashMap<Group, Vec<usize>> = HashMap::new();
        for (index, message) in messages.iter().enumerate() {
            groups.entry(group(message)).or_default().push(index);
        }
        let entries = messages.into_iter().map(Entry::new).collect();
        let groups = groups.into_values().collect();
        Self { entries, groups, rounds: 0, answered: false }
    }

    /// Sends what is not settled. An error is what keeps something from being so.
    pub(super) async fn round(&mut self, transport: &impl Transport) -> Result<()> {
        let batch: Vec<Publish> = self.open().map(|entry| entry.message.clone()).collect();
        if batch.is_empty() {
            return Ok(());
        }
        self.rounds += 1;
        let expected = batch.len();
        match transport.publish_batch(batch).await {
            Ok(answers) if answers.len() == expected => self.take(answers),
            Ok(answers) => {
                let message = format!("{} answers to {expected} messages", answers.len());
                let error = Error::new(ErrorKind::Unexpected, message);
                Err(self.failed(error.at(transport.backend(), "publish_batch").unknown()))
            }
            Err(error) => Err(self.failed(error)),
        }
    }

    /// The answers, when no round is to follow; `ended` is what the last one said.
    pub(super) fn end(self, ended: Result<()>) -> Result<Vec<Result<Receipt>>> {
        let Self { entries, rounds, answered, .. } = self;
        let error = match ended {
            // Not even a try reached the transport.
            Err(error) if !answered && !entries.iter().any(|entry| entry.lost) => {
                return Err(error);
            }
            Err(error) => error,
            Ok(()) => Error::new(ErrorKind::Unexpected, "no answer").unknown(),
        };
        let answers = entries.into_iter().map(|mut entry| {
            let settled = entry.answer.take();
            settled.unwrap_or_else(|| Err(entry.error(rounds).unwrap_or_else(|| error.again())))
        });
        Ok(answers.collect())
    }

    fn open(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut().filter(|entry| entry.answer.is_none())
    }

    /// Takes the answers to what was open.
    fn take(&mut self, answers: Vec<Result<Receipt>>) -> Result<()> {
        self.answered = true;
        let rounds = self.rounds;
        self.entries.iter_mut().for_each(|entry| entry.fate = Fate::Unsent);
        for (entry, answer) in self.open().zip(answers) {
            match answer {
                Ok(receipt) => {
                    entry.fate = Fate::Sent;
                    entry.answer = Some(Ok(receipt));
                }
                Err(error) => {
                    let may_pass = error.is_retryable();
                    entry.failed(error);
                    if !may_pass || !entry.can_be_repeated() {
                        entry.settle(rounds);
                    }
                }
            }
        }
        self.keep_order();
        // The longest wait that any of them was asked for is right for all.
        let slowest = self.open().filter_map(|entry| entry.failure.as_ref());
        match slowest.max_by_key(|error| error.retry_after()) {
            Some(error) => Err(error.again()),
            None => Ok(()),
        }
    }

    /// A round failed as a whole.
    fn failed(&mut self, error: Error) -> Error {
        let rounds = self.rounds;
        for entry in self.open() {
            entry.failed(error.again());
            if !entry.can_be_repeated() {
                entry.settle(rounds);
            }
        }
        error
    }

    /// Gives up what would be read out of order: a repeat of a message after a newer one of
    /// its group, which its readers would drop as an old one.
    ///
    /// Two whose answers were lost together may be repeated together: no backend sends the
    /// newer one of a batch where the older one failed.
    fn keep_order(&mut self) {
        for group in &self.groups {
            let mut newer = Fate::Unsent;
            for index in group.iter().rev() {
                let Some(entry) = self.entries.get_mut(*index) else { continue };
                let overtaken = entry.fate < newer;
                newer = newer.max(entry.fate);
                if overtaken && entry.answer.is_none() {
                    let reason = "a later message of its channel was sent";
                    let failure = entry.failure.take();
                    entry.failure = failure.map(|error| error.with("not repeated, since", reason));
                    entry.settle(self.rounds);
                }
            }
        }
    }
}

impl Entry {
    fn new(message: Publish) -> Self {
        Self { message, answer: None, failure: None, lost: false, fate: Fate::Unsent }
    }

    fn failed(&mut self, error: Error) {
        let lost = error.outcome() != OutcomeKind::NotApplied;
        self.fate = if lost { Fate::Lost } else { Fate::Unsent };
        self.lost |= lost;
        self.failure = Some(error);
    }

    /// Without a stamp readers could not recognise the repeat of one that was sent.
    fn can_be_repeated(&self) -> bool {
        !self.lost || self.message.opts.stamp.is_some()
    }

    fn settle(&mut self, rounds: usize) {
        self.answer = self.error(rounds).map(Err);
    }

    /// Its last failure, as the caller gets it.
    fn error(&mut self, rounds: usize) -> Option<Error> {
        let error = self.failure.take()?;
        let error = if self.lost { error.unknown() } else { error };
        Some(if rounds > 1 { error.with("tries", rounds) } else { error })
    }
}

fn group(message: &Publish) -> Group {
    let opts = &message.opts;
    let key = match &opts.retention {
        Retention::Log => None,
        Retention::Latest(key) => Some(key.clone()),
    };
    (message.channel.clone(), opts.stamp.map(|stamp| stamp.producer), key)
}

#[cfg(test)]
mod tests;
