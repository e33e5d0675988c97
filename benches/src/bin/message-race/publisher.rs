//! A publishing process. Before it sends it writes down what, and afterwards that it was
//! answered; after a kill it repeats, under the same stamps, what was not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use popkit_benches::Failure;
use popkit_protocol::layer::SplitMix64;
use popkit_protocol::{Channel, IdSource as _, ProducerId, RandomIds};
use popkit_transport::{
    Error, OutcomeKind, Publish, PublishOptions, Result as Answer, Stamp, Stamps, Transport, Turn,
};
use tokio::task::JoinSet;

use crate::job::{Job, Name};
use crate::journal::Journal;
use crate::nemesis;
use crate::patience::persist;
use crate::trail::{self, Known, Line, Run};

/// The longest part of a batch that goes into one channel, and its channels.
const RUN: u64 = 10;
const WIDTH: usize = 3;
/// Between two looks for what others have to do first.
const NAP: Duration = Duration::from_millis(2);

struct Publisher {
    job: Job,
    number: u64,
    producer: ProducerId,
    stamps: Stamps,
    journal: Journal,
    transport: Arc<dyn Transport>,
    dice: Mutex<SplitMix64>,
}

pub(crate) async fn run(job: &Job, number: u64) -> Result<(), Failure> {
    let (journal, lines) = Journal::open(&trail::journal(job, number))?;
    let known = Known::of(&lines);
    let producer = known.producer.unwrap_or_else(|| RandomIds.producer());
    journal.add(&Line::Life { producer, pid: std::process::id() })?;
    let last = known.last.iter().map(|(channel, last)| Ok((job.channel(*channel)?.clone(), *last)));
    let publisher = Arc::new(Publisher {
        stamps: Stamps::resume(producer, last.collect::<Result<Vec<_>, Failure>>()?),
        transport: persist(async || popkit_transport::open(job.url_of(number)).await).await?,
        dice: Mutex::new(SplitMix64::new(job.seed ^ u64::from(std::process::id()))),
        job: job.clone(),
        number,
        producer,
        journal,
    });
    let open: Vec<Run> = known.open.into_values().collect();
    if !open.is_empty() {
        publisher.journal.add(&Line::Again(open.clone()))?;
        publisher.send(&open).await?;
    }
    let mut set = JoinSet::new();
    for channel in job.channels_of(number) {
        let publisher = Arc::clone(&publisher);
        set.spawn(async move { publisher.singles(channel).await });
    }
    let batches = Arc::clone(&publisher);
    set.spawn(async move { batches.batches().await });
    while let Some(ended) = set.join_next().await {
        ended??;
    }
    publisher.transport.close().await?;
    Ok(())
}

impl Publisher {
    fn below(&self, bound: u64) -> u64 {
        self.dice.lock().unwrap_or_else(PoisonError::into_inner).draw() % bound.max(1)
    }

    /// The last message that may be published now: the last tenth waits for the last kill, so
    /// that all kills hit somebody who works.
    fn limit(&self, channel: usize) -> u64 {
        if nemesis::is_calm(&self.job) {
            self.job.quota(self.number, channel)
        } else {
            self.job.early(self.number, channel)
        }
    }

    fn is_done(&self, channel: usize, turn: &Turn) -> bool {
        turn.stamp().sequence > self.job.quota(self.number, channel)
    }

    async fn turn(&self, channel: usize) -> Result<Turn, Failure> {
        Ok(self.stamps.turn(self.job.channel(channel)?).await)
    }

    /// Publishes into one channel, one message at a time, until all are.
    async fn singles(&self, channel: usize) -> Result<(), Failure> {
        loop {
            let turn = self.turn(channel).await?;
            let number = turn.stamp().sequence;
            if self.is_done(channel, &turn) {
                return Ok(());
            }
            if number > self.limit(channel) {
                drop(turn);
                tokio::time::sleep(NAP).await;
                continue;
            }
            self.try_and_send(&[Run(channel, number, 1)]).await?;
            turn.used();
        }
    }

    /// Publishes batches over several channels, until all messages are published.
    async fn batches(&self) -> Result<(), Failure> {
        let all: Vec<usize> = self.job.channels_of(self.number).collect();
        loop {
            let first = usize::try_from(self.below(all.len() as u64))?;
            let mut some: Vec<usize> =
                all.iter().cycle().skip(first).take(WIDTH.min(all.len())).copied().collect();
            // In one order, and nobody else holds two turns: nobody waits for each other.
            some.sort_unstable();
            let (mut turns, mut runs, mut done) = (Vec::new(), Vec::new(), 0);
            for channel in some {
                let turn = self.turn(channel).await?;
                done += usize::from(self.is_done(channel, &turn));
                let next = turn.stamp().sequence;
                let room = (self.limit(channel) + 1).saturating_sub(next);
                let count = room.min(1 + self.below(RUN));
                if count > 0 {
                    runs.push(Run(channel, next, count));
                    turns.push((turn, count));
                }
            }
            if runs.is_empty() {
                if done == WIDTH.min(all.len()) {
                    return Ok(());
                }
                tokio::time::sleep(NAP).await;
                continue;
            }
            self.try_and_send(&runs).await?;
            turns.into_iter().for_each(|(turn, count)| turn.used_by(count));
        }
    }

    async fn try_and_send(&self, runs: &[Run]) -> Result<(), Failure> {
        self.journal.add(&Line::Trying(runs.to_vec()))?;
        self.send(runs).await
    }

    /// Sends until all are kept.
    async fn send(&self, runs: &[Run]) -> Result<(), Failure> {
        let mut messages = Vec::new();
        for Run(channel, first, count) in runs {
            for number in *first..first + count {
                let name = Name { publisher: self.number, channel: *channel, number };
                let stamp = Stamp { producer: self.producer, sequence: number };
                let opts = PublishOptions::default().with_stamp(stamp);
                let channel = self.job.channel(*channel)?.clone();
                messages.push(Publish::new(channel, self.job.payload(name)).with_opts(opts));
            }
        }
        while !messages.is_empty() {
            let answers = self.publish(messages.clone()).await;
            messages = left(messages, answers)?;
            if !messages.is_empty() {
                self.journal.add(&Line::Again(self.runs_of(runs, &messages)?))?;
                tokio::time::sleep(NAP).await;
            }
        }
        self.journal.add(&Line::Acked(runs.to_vec()))
    }

    /// What of these runs the messages are: of each its end.
    fn runs_of(&self, runs: &[Run], messages: &[Publish]) -> Result<Vec<Run>, Failure> {
        let mut left = Vec::new();
        for Run(channel, first, count) in runs {
            let name = self.job.channel(*channel)?;
            let some = messages.iter().filter(|message| message.channel == *name).count() as u64;
            if some > 0 {
                left.push(Run(*channel, first + count - some, some));
            }
        }
        Ok(left)
    }

    async fn publish(&self, mut messages: Vec<Publish>) -> Answer<Vec<Answer<()>>> {
        match messages.pop() {
            Some(Publish { channel, payload, opts, .. }) if messages.is_empty() => {
                let answer = self.transport.publish_opts(&channel, payload, opts).await;
                Ok(vec![answer.map(|_| ())])
            }
            last => {
                messages.extend(last);
                let answers = self.transport.publish_batch(messages).await?;
                Ok(answers.into_iter().map(|answer| answer.map(|_| ())).collect())
            }
        }
    }
}

/// What has to be sent again: of each channel, what failed first and all after it.
///
/// # Errors
///
/// A failure that will not pass.
fn left(messages: Vec<Publish>, answers: Answer<Vec<Answer<()>>>) -> Result<Vec<Publish>, Failure> {
    let passes = |error: &Error| error.is_retryable() || error.outcome() == OutcomeKind::Unknown;
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) if passes(&error) => return Ok(messages),
        Err(error) => return Err(error.into()),
    };
    let (mut left, mut failed) = (Vec::new(), Vec::<Channel>::new());
    for (message, answer) in messages.into_iter().zip(answers) {
        match answer {
            Err(error) if !passes(&error) => return Err(error.into()),
            Err(_) => failed.push(message.channel.clone()),
            Ok(()) => {}
        }
        if failed.contains(&message.channel) {
            left.push(message);
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use popkit_transport::ErrorKind;

    use super::*;

    fn message(channel: &str, text: &'static str) -> Publish {
        Publish::new(Channel::new(channel).unwrap(), text)
    }

    #[test]
    fn what_failed_is_sent_again_with_all_after_it() {
        let busy = || Err(Error::new(ErrorKind::Unavailable, "busy"));
        let sent = ["a1", "b1", "a2", "b2"].map(|text| message(&text[..1], text));
        let answers = vec![Ok(()), busy(), Ok(()), Ok(())];
        let again = left(sent.to_vec(), Ok(answers)).unwrap();
        let texts: Vec<_> = again.iter().map(|message| message.payload.clone()).collect();
        assert_eq!(texts, ["b1", "b2"]);
        let full = vec![Err(Error::new(ErrorKind::Full, "full"))];
        assert!(left(sent[..1].to_vec(), Ok(full)).is_err());
    }
}
