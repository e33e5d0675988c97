//! The bridge from what others send by `PUBLISH` alone to the logs.
//!
//! The predecessors' agents know no streams: what they publish is heard by whoever listens at
//! that moment, and by nobody later. A bridge listens to the channels of a session and appends
//! what it hears to their logs, so that popkit's readers get it like everything else.
//!
//! What popkit itself publishes ends in white space that nobody else writes, and is passed over:
//! it is in the log already. One bridge imports for each session, the one that holds a lease;
//! others listen and remember, and when one of them takes over it imports what the one before it
//! has not.
//!
//! | Room | Holds |
//! |---|---|
//! | `term` | the lease, and appending under it |
//! | `predecessor` | over REST: importing the streams that predecessors there have for channels |
//! | `heard` | what was heard and is not known to be in a log |

mod heard;
mod predecessor;
mod term;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use popkit_protocol::{Channel, Namespace, Topic};
use popkit_redis::{Listener, Notice, Topics, escape_glob};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

use self::heard::{Heard, Message};
use self::predecessor::Predecessors;
use self::term::Term;
use super::classify::Told as _;
use super::publish::is_marked;
use super::shared::Shared;
use crate::{Capabilities, Error, ErrorKind, Result};

/// Messages, and bytes, that are appended at a time.
const PART: usize = 200;
const PART_BYTES: usize = 1024 * 1024;

/// A bridge. Clones share the counts; each [`run`](Self::run) is one bridge for itself.
///
/// Messages that nobody hears, because no bridge runs or its connection is lost just then, are
/// lost, as they are for every listener to `PUBLISH`. What arrives by a bridge has no stamp, and
/// the header `imported`.
///
/// Over REST nobody can listen without loss, and what predecessors there publish is kept in
/// streams: a bridge of a transport with `legacy=true` reads them, from the place where the last
/// one ended, and imports each message once, however many bridges run. Streams of agents that are
/// new are found within five minutes.
#[derive(Debug, Clone)]
pub struct Bridge {
    shared: Arc<Shared>,
    namespace: Namespace,
    lease: Duration,
    tally: Arc<Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    imported: AtomicU64,
    refused: AtomicU64,
    missed: AtomicU64,
    leads: AtomicBool,
}

/// What a bridge has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct BridgeCounts {
    /// Messages that it has appended to logs.
    pub imported: u64,
    /// Messages that are larger than a transport takes, and are left out.
    pub refused: u64,
    /// How often it may have missed messages: its connection was lost, or they came too fast.
    pub missed: u64,
    /// Whether it is the one that imports now.
    pub leads: bool,
}

impl Tally {
    fn lead(&self) {
        self.leads.store(true, Ordering::Relaxed);
    }

    fn import(&self, count: usize) {
        self.imported.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn refuse(&self, count: usize) {
        self.refused.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

impl Bridge {
    /// The header of a message that a bridge has imported.
    pub const HEADER: &str = super::record::IMPORTED;

    pub(super) fn new(shared: Arc<Shared>, namespace: Namespace) -> Self {
        let tally = Arc::new(Tally::default());
        Self { shared, namespace, lease: Duration::from_secs(5), tally }
    }

    /// How long one that gives no sign of life is waited for before another takes over: at least
    /// 100 ms; 5 s unless set.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease.max(Duration::from_millis(100));
        self
    }

    /// What it has done so far.
    #[must_use]
    pub fn counts(&self) -> BridgeCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        BridgeCounts {
            imported: read(&self.tally.imported),
            refused: read(&self.tally.refused),
            missed: read(&self.tally.missed),
            leads: self.tally.leads.load(Ordering::Relaxed),
        }
    }

    /// Listens and imports, until it is dropped or the transport is closed. Trouble with the
    /// server is waited for, however long it lasts.
    ///
    /// Cancel safe: dropping it leaves what was heard imported or, to another bridge that
    /// listens, not; nothing is imported twice.
    ///
    /// # Errors
    ///
    /// What waiting cannot mend: `PermissionDenied`, `Unauthenticated` …
    pub async fn run(&self) -> Result<()> {
        let mut closed = self.shared.watch();
        let answer = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => Ok(()),
            answer = self.work() => answer,
        };
        self.tally.leads.store(false, Ordering::Relaxed);
        answer.map_err(|error| error.at(self.shared.backend(), "bridge"))
    }

    async fn work(&self) -> Result<()> {
        if self.shared.legacy {
            return Predecessors::new(&self.shared, &self.namespace, &self.tally).run().await;
        }
        if !self.shared.is_native() {
            let message = "over REST a bridge reads what predecessors write; open the transport \
                           with legacy=true";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let mut listener = self.listen().await?;
        let (mut heard, mut term) = (Heard::default(), Term::new(&self.shared, &self.namespace));
        let mut ticks = interval(self.lease / 3);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                _ = ticks.tick() => bear(self.renew(&mut term, &mut heard).await)?,
                notice = listener.next() => {
                    self.hear(notice.told()?, &mut term, &mut heard);
                    self.hear_all(&mut *listener, &mut term, &mut heard).await?;
                }
            }
            if term.is_held() {
                bear(self.import(&mut term, &mut heard).await)?;
            }
            self.tally.leads.store(term.is_held(), Ordering::Relaxed);
        }
    }

    async fn listen(&self) -> Result<Box<dyn Listener>> {
        let prefix = self.namespace.prefix();
        let root = prefix.split_once(':').map_or("", |(root, _)| root);
        // A user who may use the channels `pop:*` may listen to that pattern, and to no narrower
        // one.
        let pattern = format!("{}:*", escape_glob(root));
        let tasks = Topic::TASKS.iter().map(|topic| self.namespace.channel(topic));
        let tasks = tasks.map(|channel| channel.as_str().to_owned());
        let topics = Topics::channels(tasks.filter(|name| !name.starts_with(&prefix)));
        let topics = topics.pattern(pattern);
        loop {
            match self.shared.redis.subscribe(topics.clone()).await.told() {
                Ok(listener) => return Ok(listener),
                Err(error) => bear(Err(error))?,
            }
            sleep(self.lease / 3).await;
        }
    }

    /// Takes what has come meanwhile, so that it is appended together.
    async fn hear_all(
        &self,
        listener: &mut dyn Listener,
        term: &mut Term,
        heard: &mut Heard,
    ) -> Result<()> {
        for _ in 0..PART {
            tokio::select! {
                biased;
                notice = listener.next() => self.hear(notice.told()?, term, heard),
                () = std::future::ready(()) => break,
            }
        }
        Ok(())
    }

    fn hear(&self, notice: Notice, term: &mut Term, heard: &mut Heard) {
        let Notice::Message { channel, payload, .. } = notice else {
            self.tally.missed.fetch_add(1, Ordering::Relaxed);
            #[cfg(feature = "tracing")]
            tracing::warn!("the bridge may have missed messages that were published meanwhile");
            return;
        };
        let Ok(channel) = Channel::new(&channel) else { return };
        if is_marked(&payload) || self.namespace.topic(&channel).is_none() {
            return;
        }
        if payload.len() > Capabilities::MAX_PAYLOAD {
            self.tally.refused.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let forgotten = heard.push(Message { channel, payload, at: Instant::now() });
        if term.is_held() {
            term.pass_over(forgotten);
            self.tally.missed.fetch_add(forgotten, Ordering::Relaxed);
        }
    }

    /// Holds the lease on, or waits for it.
    async fn renew(&self, term: &mut Term, heard: &mut Heard) -> Result<()> {
        if !term.is_held() {
            // Who held the lease has imported all that is older than it could be dead.
            heard.forget(self.lease * 3);
        }
        if term.acquire(&self.shared, self.lease).await? {
            let log = |channel: &Channel| self.shared.keys(channel).log().to_owned();
            if let Err(error) = heard.sift(&self.shared.redis, log).await {
                // Not before it is known what is there already.
                term.give_up(&self.shared);
                return Err(error);
            }
        }
        Ok(())
    }

    async fn import(&self, term: &mut Term, heard: &mut Heard) -> Result<()> {
        while let Some((channel, payloads)) = heard.front(PART, PART_BYTES) {
            if !term.import(&self.shared, &channel, &payloads).await? {
                return Ok(());
            }
            heard.done(payloads.len());
            let count = u64::try_from(payloads.len()).unwrap_or(u64::MAX);
            self.tally.imported.fetch_add(count, Ordering::Relaxed);
        }
        Ok(())
    }
}

/// Takes trouble that passes for none: the next tick tries again.
fn bear(answer: Result<()>) -> Result<()> {
    match answer {
        Err(error) if !is_passing(&error) => Err(error),
        Err(_error) => {
            #[cfg(feature = "tracing")]
            tracing::debug!(error = %_error, "the bridge tries again");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn is_passing(error: &Error) -> bool {
    error.is_retryable() || error.kind() == ErrorKind::Full
}
