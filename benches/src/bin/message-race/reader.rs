//! A reading process. It writes down what it was told and how far it is, both in one line, and
//! after a kill goes on from there.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use popkit_benches::Failure;
use popkit_protocol::Channel;
use popkit_protocol::layer::SplitMix64;
use popkit_transport::{Cursor, Event, Start, SubscribeOptions, Subscription, Transport};
use serde::{Deserialize, Serialize};

use crate::job::{Job, Name};
use crate::journal::{Journal, Tail};
use crate::patience::persist;
use crate::{nemesis, trail};

/// How long nothing may come before the reader looks whether anything will.
const IDLE: Duration = Duration::from_millis(50);
/// How much of the channel that keeps little its reader reads before it falls asleep.
const SIP: usize = 10;

/// One thing that a reader was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Told {
    /// A message: its publisher, channel and number.
    M(u64, usize, u64),
    /// A gap: its channel, why, and how many are missing.
    Gap(String, String, Option<u64>),
    /// Another log.
    Reset(String),
    /// What nobody published, or not so.
    Foreign(String),
}

/// A line of a reader's journal.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) told: Vec<Told>,
    /// How many repeats were left out among them.
    pub(crate) dropped: u64,
    cursor: String,
    pid: u32,
}

pub(crate) fn journal(job: &Job, number: u64) -> PathBuf {
    job.folder().join(format!("reader-{number}.journal"))
}

struct Reader<'j> {
    job: &'j Job,
    journal: Journal,
    transport: Arc<dyn Transport>,
    channels: Vec<Channel>,
    /// How far all lives together are; none in the first moment of the first life.
    cursor: Option<Cursor>,
    /// Events of a line at most.
    chunk: usize,
    capacity: usize,
}

pub(crate) async fn run(job: &Job, number: u64) -> Result<(), Failure> {
    let (journal, lines) = Journal::open::<Line>(&journal(job, number))?;
    let cursor = lines.last().map(|line| line.cursor.parse()).transpose()?;
    let is_slow = number == job.slow_reader();
    let channels = match is_slow {
        true => vec![job.channel(job.tight_channel())?.clone()],
        false => job.channels().to_vec(),
    };
    // Other sizes in every life, so that kills hit between others.
    let mut dice = SplitMix64::new(job.seed ^ u64::from(std::process::id()));
    let mut of = |sizes: [usize; 4]| sizes.into_iter().nth((dice.draw() % 4) as usize).unwrap_or(1);
    let (chunk, capacity) = (of([16, 64, 256, 1024]), of([1, 16, 256, 256]));
    let transport = persist(async || popkit_transport::open(job.url()).await).await?;
    let mut reader = Reader { job, journal, transport, channels, cursor, chunk, capacity };
    // Half of the readers begin before everything, half with what is published from now on,
    // which is the same: they are there before the publishers.
    let from_now = number < job.late_reader() && !number.is_multiple_of(2);
    let mut subscription = reader.begin(from_now).await?;
    if is_slow {
        drop(subscription);
        reader.fall_behind().await?;
        subscription = reader.subscribe(reader.opts()).await?;
    }
    while reader.read(&mut subscription, reader.chunk).await? > 0 || !nemesis::is_published(job) {}
    drop(subscription);
    reader.read_rest().await?;
    reader.transport.close().await?;
    Ok(())
}

impl Reader<'_> {
    fn opts(&self) -> SubscribeOptions {
        let start = Start::After(self.cursor.clone().unwrap_or_default());
        SubscribeOptions::default().with_start(start).with_capacity(self.capacity)
    }

    async fn subscribe(&self, opts: SubscribeOptions) -> Result<Subscription, Failure> {
        persist(async || self.transport.subscribe_opts(&self.channels, opts.clone()).await).await
    }

    /// Subscribes, and writes down that this life has begun, and where.
    async fn begin(&mut self, from_now: bool) -> Result<Subscription, Failure> {
        let opts = if self.cursor.is_none() && from_now {
            self.opts().with_start(Start::Now)
        } else {
            self.opts()
        };
        let subscription = self.subscribe(opts).await?;
        self.note(&subscription, Vec::new(), 0)?;
        Ok(subscription)
    }

    /// Reads what is there, at most so much, and writes it down; answers how much it was.
    async fn read(&mut self, from: &mut Subscription, most: usize) -> Result<usize, Failure> {
        let (mut told, dropped) = (Vec::new(), from.duplicates());
        while told.len() < most {
            let patience = if told.is_empty() { IDLE } else { Duration::ZERO };
            match from.next_within(patience).await {
                Ok(Some(event)) => told.push(self.told(&event)),
                Ok(None) => break,
                Err(error) if error.is_retryable() => break,
                Err(error) => return Err(error.into()),
            }
        }
        let (count, dropped) = (told.len(), from.duplicates() - dropped);
        if count > 0 || dropped > 0 {
            self.note(from, told, dropped)?;
        }
        Ok(count)
    }

    /// Reads all that is left.
    async fn read_rest(&mut self) -> Result<(), Failure> {
        let mut rest = self.subscribe(self.opts().once()).await?;
        loop {
            let (mut told, dropped) = (Vec::new(), rest.duplicates());
            let ended = loop {
                match rest.next().await {
                    Some(Ok(event)) => told.push(self.told(&event)),
                    Some(Err(error)) if error.is_retryable() => tokio::time::sleep(IDLE).await,
                    Some(Err(error)) => return Err(error.into()),
                    None => break true,
                }
                if told.len() >= self.chunk {
                    break false;
                }
            };
            let dropped = rest.duplicates() - dropped;
            self.note(&rest, told, dropped)?;
            if ended {
                return Ok(());
            }
        }
    }

    fn note(&mut self, from: &Subscription, told: Vec<Told>, dropped: u64) -> Result<(), Failure> {
        let cursor = from.cursor();
        let pid = std::process::id();
        self.journal.add(&Line { told, dropped, cursor: cursor.to_string(), pid })?;
        self.cursor = Some(cursor);
        Ok(())
    }

    fn told(&self, event: &Event) -> Told {
        match event {
            Event::Message(message) => match self.job.name(message) {
                Some(Name { publisher, channel, number }) => Told::M(publisher, channel, number),
                None => Told::Foreign(format!("{:?} in {}", message.stamp, message.channel)),
            },
            Event::Gap(gap) => {
                Told::Gap(gap.channel.to_string(), gap.cause.as_str().to_owned(), gap.missed)
            }
            Event::Reset { channel, .. } => Told::Reset(channel.to_string()),
            other => Told::Foreign(format!("{other:?}")),
        }
    }

    /// Reads a little, sleeps until far more than is kept was published, and twice over.
    async fn fall_behind(&mut self) -> Result<(), Failure> {
        let publisher = self.job.tight_publisher();
        let quota = self.job.quota(publisher, self.job.tight_channel());
        let mut journal = Tail::new(trail::journal(self.job, publisher));
        let mut acked = 0;
        for mark in [quota / 2, quota] {
            let mut subscription = self.subscribe(self.opts()).await?;
            while self.read(&mut subscription, SIP).await? == 0 && !nemesis::is_published(self.job)
            {
            }
            drop(subscription);
            while acked < mark {
                acked += journal.more::<trail::Line>()?.iter().map(trail::Line::acked).sum::<u64>();
                tokio::time::sleep(IDLE).await;
            }
        }
        Ok(())
    }
}
