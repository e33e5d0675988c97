//! Listening to channels.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream as _;
use redis::Msg;
use redis::aio::{PubSubSink, PubSubStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::connect::Connector;
use super::{convert, lost};
use crate::pause::Pauses;
use crate::{Command, Error, Listener, Notice, Result, Topics, classify};

/// Messages that wait to be taken, at most. The crate's own queue has no bound, and neither has
/// the server's patience; so they are taken off at once, and those beyond are told as missed.
const QUEUE: usize = 1024;

/// Listens to channels over connections of its own.
pub(super) struct RespListener {
    connector: Arc<Connector>,
    topics: Arc<Topics>,
    closed: CancellationToken,
    feed: Option<Feed>,
    opening: Option<Opening>,
    pauses: Pauses,
}

type Opening = Pin<Box<dyn Future<Output = Result<Feed>> + Send>>;

/// What comes in over one connection.
struct Feed {
    notices: mpsc::Receiver<Notice>,
    overflowed: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl RespListener {
    /// Connects and subscribes, with one try.
    pub(super) async fn open(
        connector: Arc<Connector>,
        topics: Topics,
        closed: CancellationToken,
    ) -> Result<Self> {
        let topics = Arc::new(topics);
        let feed = tokio::select! {
            biased;
            () = closed.cancelled() => return Err(lost::closed()),
            feed = Feed::open(Arc::clone(&connector), Arc::clone(&topics)) => feed?,
        };
        let pauses = Pauses::of_connecting();
        Ok(Self { connector, topics, closed, feed: Some(feed), opening: None, pauses })
    }

    /// The next try to connect, after a pause.
    fn reopen(&self, pause: Duration) -> Opening {
        let (connector, topics) = (Arc::clone(&self.connector), Arc::clone(&self.topics));
        Box::pin(async move {
            sleep(pause).await;
            Feed::open(connector, topics).await
        })
    }

    async fn wait(&mut self) -> Result<Notice> {
        loop {
            if let Some(feed) = &mut self.feed {
                if feed.overflowed.swap(false, Ordering::Relaxed) {
                    return Ok(Notice::Missed);
                }
                if let Some(notice) = feed.notices.recv().await {
                    return Ok(notice);
                }
                self.feed = None;
            }
            let opening = match &mut self.opening {
                Some(opening) => opening,
                None => {
                    let opening = self.reopen(Duration::ZERO);
                    self.opening.insert(opening)
                }
            };
            let opened = opening.as_mut().await;
            self.opening = None;
            match opened {
                Ok(feed) => {
                    self.feed = Some(feed);
                    self.pauses = Pauses::of_connecting();
                    return Ok(Notice::Missed);
                }
                Err(error) if !error.is_retryable() => return Err(error),
                Err(_) => {
                    let pause = self.pauses.draw();
                    self.opening = Some(self.reopen(pause));
                }
            }
        }
    }
}

#[async_trait]
impl Listener for RespListener {
    async fn next(&mut self) -> Result<Notice> {
        let closed = self.closed.clone();
        tokio::select! {
            biased;
            () = closed.cancelled() => Err(lost::closed()),
            notice = self.wait() => notice,
        }
    }
}

impl fmt::Debug for RespListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RespListener")
            .field("connector", &self.connector)
            .field("topics", &self.topics)
            .field("is_connected", &self.feed.is_some())
            .finish_non_exhaustive()
    }
}

impl Feed {
    async fn open(connector: Arc<Connector>, topics: Arc<Topics>) -> Result<Self> {
        let limit = connector.config.connect_timeout;
        let (mut sink, stream) = connector.listen().await?.split();
        let subscribed = timeout(limit, subscribe(&mut sink, &topics)).await;
        subscribed.unwrap_or_else(|_| Err(lost::late("SUBSCRIBE", limit)))?;
        let (notices, receiver) = mpsc::channel(QUEUE);
        let overflowed = Arc::new(AtomicBool::new(false));
        let pump = Pump { sink, stream, notices, overflowed: Arc::clone(&overflowed) };
        let mut tasks = JoinSet::new();
        tasks.spawn(pump.run(connector.config.health_check_interval, limit));
        Ok(Self { notices: receiver, overflowed, _tasks: tasks })
    }
}

async fn subscribe(sink: &mut PubSubSink, topics: &Topics) -> Result<()> {
    let Topics { channels, patterns } = topics;
    if !channels.is_empty() {
        let command = Command::new("SUBSCRIBE").args(channels);
        sink.subscribe(channels).await.map_err(|error| refused(&command, error))?;
    }
    if !patterns.is_empty() {
        let command = Command::new("PSUBSCRIBE").args(patterns);
        sink.psubscribe(patterns).await.map_err(|error| refused(&command, error))?;
    }
    Ok(())
}

fn refused(command: &Command, error: redis::RedisError) -> Error {
    match redis::ServerError::try_from(error) {
        Ok(refused) => classify::refused(convert::refusal(&refused), command, false),
        Err(error) => lost::broken(&command.title(), &error),
    }
}

/// Takes messages off the connection as they come.
struct Pump {
    sink: PubSubSink,
    stream: PubSubStream,
    notices: mpsc::Sender<Notice>,
    overflowed: Arc<AtomicBool>,
}

impl Pump {
    /// Until the connection is lost, or does not answer after a time of silence.
    async fn run(mut self, silence: Duration, limit: Duration) {
        loop {
            let next = poll_fn(|context| Pin::new(&mut self.stream).poll_next(context));
            let message = if silence.is_zero() {
                next.await
            } else {
                match timeout(silence, next).await {
                    Ok(message) => message,
                    Err(_) if self.is_alive(limit).await => continue,
                    Err(_) => return,
                }
            };
            let Some(message) = message else { return };
            match self.notices.try_send(notice(&message)) {
                Ok(()) => {}
                Err(mpsc::error::TrySendError::Full(_)) => {
                    self.overflowed.store(true, Ordering::Relaxed);
                }
                Err(mpsc::error::TrySendError::Closed(_)) => return,
            }
        }
    }

    async fn is_alive(&mut self, limit: Duration) -> bool {
        matches!(timeout(limit, self.sink.ping::<redis::Value>()).await, Ok(Ok(_)))
    }
}

fn notice(message: &Msg) -> Notice {
    Notice::Message {
        channel: message.get_channel_name().to_owned(),
        pattern: message.get_pattern().ok().flatten(),
        payload: bytes::Bytes::copy_from_slice(message.get_payload_bytes()),
    }
}
