//! From sharing an insight to the last agent that it concerns.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use popkit_benches::Failure;
use popkit_benches::message::Pace;
use popkit_protocol::{AgentId, InsightKind, MessageId};
use tokio::time::{Instant, sleep, timeout_at};

use crate::Args;
use crate::crowd::{Crowd, Heard, Member, Tag};

/// What an insight says beside its number.
const TEXT: &str = "the parser has two front ends, and only the newer one knows the third form \
                    of a heading; whoever changes the table of forms has to change both";
/// Pauses between insights, so that each finds its readers asleep.
const PAUSE: Duration = Duration::from_millis(40);

/// What was delivered.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    insights: usize,
    deliveries: usize,
    missing: usize,
    repeated: usize,
    wrong: usize,
    stray: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, found: &Shared) {
        let more = found.tally;
        self.insights += more.insights;
        self.deliveries += more.deliveries;
        self.missing += more.missing;
        self.repeated += more.repeated;
        self.wrong += more.wrong;
        self.stray += more.stray;
    }

    pub(crate) fn is_pass(&self) -> bool {
        self.deliveries > 0 && self.missing + self.repeated + self.wrong + self.stray == 0
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { insights, deliveries, missing, repeated, wrong, stray } = self;
        write!(
            f,
            "insights={insights} deliveries={deliveries} missing={missing} repeated={repeated} \
             wrong={wrong} stray={stray}"
        )
    }
}

/// What came of insights of one sort.
#[derive(Debug)]
pub(crate) struct Shared {
    tally: Tally,
    /// In microseconds, from the call of share.
    took: Histogram<u64>,
    readers: usize,
}

impl Shared {
    /// How many agents each insight concerns.
    pub(crate) const fn readers(&self) -> usize {
        self.readers
    }

    pub(crate) fn row(&self, what: &str) -> String {
        #[allow(clippy::cast_precision_loss, reason = "a figure for people")]
        let ms = |micros: u64| micros as f64 / 1000.0;
        let at = |share: f64| ms(self.took.value_at_percentile(share));
        let (median, high, longest) = (at(50.0), at(99.0), ms(self.took.max()));
        format!("| {what} | {median:.1} | {high:.1} | {longest:.1} | p99 < 50 |")
    }
}

/// An insight on its way.
struct Sent {
    id: MessageId,
    from: AgentId,
    content: String,
    tag: String,
    begun: Instant,
    waiting: BTreeSet<AgentId>,
    readers: BTreeSet<AgentId>,
}

/// Lets the agents share insights in turn, each when the last one has arrived.
pub(crate) async fn share(crowd: &mut Crowd, args: &Args, tag: Tag) -> Result<Shared, Failure> {
    let mut found = Shared { tally: Tally::default(), took: Histogram::new(3)?, readers: 0 };
    let mut pace = Pace::new(PAUSE);
    for number in 0..args.insights {
        let member = crowd.members.get(number % args.agents).ok_or("no agents")?.clone();
        let mut sent = send(crowd, &member, tag, number).await?;
        found.readers = found.readers.max(sent.readers.len());
        found.tally.insights += 1;
        let deadline = Instant::now() + args.patience();
        while !sent.waiting.is_empty() {
            match timeout_at(deadline, crowd.heard.recv()).await {
                Ok(heard) => found.take(&mut sent, heard.ok_or("nobody listens")?)?,
                Err(_) => break,
            }
        }
        found.tally.missing += sent.waiting.len();
        sleep(pace.pause()).await;
        // Whatever comes now was for others, or came before.
        while let Ok(heard) = crowd.heard.try_recv() {
            found.take(&mut sent, heard)?;
        }
    }
    Ok(found)
}

async fn send(crowd: &Crowd, from: &Member, tag: Tag, number: usize) -> Result<Sent, Failure> {
    let word = from.tag(tag).to_owned();
    let concerns =
        |member: &&Member| member.tag(tag) == word && member.handle.id() != from.handle.id();
    let readers: BTreeSet<_> =
        crowd.members.iter().filter(concerns).map(|member| member.handle.id().clone()).collect();
    let content = format!("{word} {number}: {TEXT}");
    let begun = Instant::now();
    let id = from.handle.share(InsightKind::Discovery, content.as_str(), [word.as_str()]).await?;
    let from = from.handle.id().clone();
    Ok(Sent { id, from, content, tag: word, begun, waiting: readers.clone(), readers })
}

impl Shared {
    fn take(&mut self, sent: &mut Sent, heard: Heard) -> Result<(), Failure> {
        let (reader, insight, at) = match heard {
            Heard::Insight { reader, insight, at } => (reader, insight, at),
            Heard::Begun => return Ok(()),
            Heard::Failed(reason) => return Err(reason.into()),
        };
        if insight.id != sent.id || !sent.readers.contains(&reader) {
            self.tally.stray += 1;
        } else if !sent.waiting.remove(&reader) {
            self.tally.repeated += 1;
        } else if insight.content != sent.content
            || insight.from.agent() != Some(&sent.from)
            || insight.tags != [sent.tag.as_str()]
        {
            self.tally.wrong += 1;
        } else {
            self.tally.deliveries += 1;
            self.took.record(u64::try_from((at - sent.begun).as_micros())?)?;
        }
        Ok(())
    }
}
