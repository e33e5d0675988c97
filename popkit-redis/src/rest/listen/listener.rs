//! Listening to channels.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::feed::Feed;
use super::topic::Topic;
use crate::pause::Pauses;
use crate::rest::http::Http;
use crate::rest::refusal::lost;
use crate::{Error, ErrorKind, Listener, Notice, Result, Topics};

/// Messages that wait to be taken, at most. Those beyond are told as missed.
const QUEUE: usize = 1024;
/// A stream that lasted this long was sound: the next is asked for soon. One that ends at once,
/// again and again, would cost a command each time.
const SOUND: Duration = Duration::from_secs(30);
const LEAST_PAUSE: Duration = Duration::from_millis(100);
const MOST_PAUSE: Duration = Duration::from_secs(60);

/// Listens to channels by event streams, one for each.
pub(in crate::rest) struct RestListener {
    http: Arc<Http>,
    closed: CancellationToken,
    notices: mpsc::Receiver<Result<Notice>>,
    overflowed: Arc<AtomicBool>,
    _tasks: JoinSet<()>,
}

impl RestListener {
    /// Opens all the streams, each with one try.
    pub(in crate::rest) async fn open(
        http: Arc<Http>,
        topics: &Topics,
        closed: CancellationToken,
    ) -> Result<Self> {
        let mut opening = JoinSet::new();
        for topic in Topic::all(topics) {
            let http = Arc::clone(&http);
            opening.spawn(async move {
                Feed::open(&http, topic.clone()).await.map(|feed| (topic, feed))
            });
        }
        let (sender, notices) = mpsc::channel(QUEUE);
        let overflowed = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        loop {
            let opened = tokio::select! {
                biased;
                () = closed.cancelled() => return Err(lost::closed()),
                opened = opening.join_next() => opened,
            };
            let Some(opened) = opened else { break };
            let (topic, feed) = opened.map_err(|error| {
                let message = "a task that subscribes was ended";
                Error::new(ErrorKind::Unexpected, message).with_source(error)
            })??;
            let outlet = Outlet { notices: sender.clone(), overflowed: Arc::clone(&overflowed) };
            let pump = Pump { http: Arc::clone(&http), topic, outlet };
            tasks.spawn(pump.run(feed, closed.clone()));
        }
        Ok(Self { http, closed, notices, overflowed, _tasks: tasks })
    }
}

#[async_trait]
impl Listener for RestListener {
    async fn next(&mut self) -> Result<Notice> {
        if self.closed.is_cancelled() {
            return Err(lost::closed());
        }
        if self.overflowed.swap(false, Ordering::Relaxed) {
            return Ok(Notice::Missed);
        }
        let closed = self.closed.clone();
        tokio::select! {
            biased;
            () = closed.cancelled() => Err(lost::closed()),
            notice = self.notices.recv() => notice.unwrap_or_else(|| {
                let message = "the subscription has ended with an error; subscribe again";
                Err(Error::new(ErrorKind::Closed, message))
            }),
        }
    }
}

impl fmt::Debug for RestListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestListener").field("http", &self.http).finish_non_exhaustive()
    }
}

/// Where notices go.
struct Outlet {
    notices: mpsc::Sender<Result<Notice>>,
    overflowed: Arc<AtomicBool>,
}

impl Outlet {
    fn tell(&self, notice: Notice) {
        if self.notices.try_send(Ok(notice)).is_err() {
            self.overflowed.store(true, Ordering::Relaxed);
        }
    }
}

/// Takes messages off one stream as they come, and makes it anew when it ends.
struct Pump {
    http: Arc<Http>,
    topic: Topic,
    outlet: Outlet,
}

impl Pump {
    async fn run(self, feed: Feed, closed: CancellationToken) {
        tokio::select! {
            biased;
            () = closed.cancelled() => {}
            error = self.pump(feed) => {
                // Where nobody listens any more there is nobody to tell.
                let _ = self.outlet.notices.send(Err(error)).await;
            }
        }
    }

    /// Until a new try cannot mend it.
    async fn pump(&self, mut feed: Feed) -> Error {
        let fresh = || Pauses::new(LEAST_PAUSE, MOST_PAUSE);
        let mut pauses = fresh();
        loop {
            let mut ended = loop {
                match feed.next().await {
                    Ok(notice) => self.outlet.tell(notice),
                    Err(error) => break error,
                }
            };
            if feed.since().elapsed() >= SOUND {
                pauses = fresh();
            }
            feed = loop {
                if !ended.is_retryable() {
                    return ended;
                }
                let pause = pauses.draw().max(ended.retry_after().unwrap_or_default());
                #[cfg(feature = "tracing")]
                tracing::debug!(error = %ended, ?pause, "an event stream is made anew");
                sleep(pause).await;
                match Feed::open(&self.http, self.topic.clone()).await {
                    Ok(feed) => break feed,
                    Err(error) => ended = error,
                }
            };
            self.outlet.tell(Notice::Missed);
        }
    }
}
