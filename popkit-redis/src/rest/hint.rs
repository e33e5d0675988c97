//! Hints over an event stream.

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::time::sleep;

use super::http::Http;
use super::listen::{Feed, Topic};
use super::wire::RestWire;
use crate::pause::Pauses;
use crate::poll::{HintSource, Listening, Poll};
use crate::{Command, Notice, Result, Wire as _};

/// A stream that lasted this long was sound: the next is asked for soon.
const SOUND: Duration = Duration::from_secs(30);
/// What is said to hear whether it comes back. It is no hint at anything.
const PROOF: &str = "?";

/// Hints of a service.
#[derive(Debug)]
pub(super) struct RestHints(Arc<Http>);

impl RestHints {
    pub(super) fn new(http: Arc<Http>) -> Self {
        Self(http)
    }
}

impl HintSource for RestHints {
    fn listen(&self, channel: String, poll: Weak<Poll>) -> Listening {
        Box::pin(listen(Arc::clone(&self.0), Topic::Channel(channel), poll))
    }
}

/// Listens as long as there is a poll, and trying again may help. It is never in the way: what
/// goes wrong here makes nobody wait longer than without it.
async fn listen(http: Arc<Http>, topic: Topic, poll: Weak<Poll>) {
    let fresh = || Pauses::new(Duration::from_millis(100), Duration::from_secs(60));
    let mut pauses = fresh();
    while poll.strong_count() > 0 {
        let error = match Feed::open(&http, topic.clone()).await {
            Ok(mut feed) => {
                let Some(mut heard) = Heard::begin(&poll) else { return };
                let wire = RestWire::over(Arc::clone(&http));
                let ended = tokio::join!(heard.all(&mut feed), prove(&wire, &topic)).0;
                if feed.since().elapsed() >= SOUND {
                    pauses = fresh();
                }
                let Err(error) = ended else { return };
                error
            }
            Err(error) => error,
        };
        if !error.is_retryable() {
            #[cfg(feature = "tracing")]
            tracing::warn!(service = %http.config, %error, "no hints; what is new is polled for");
            return;
        }
        let pause = pauses.draw().max(error.retry_after().unwrap_or_default());
        #[cfg(feature = "tracing")]
        tracing::debug!(service = %http.config, %error, ?pause, "hints are subscribed to anew");
        sleep(pause).await;
    }
}

/// Says something that comes back if hints do: one that is silent cannot be told from one that
/// is lost.
async fn prove(wire: &RestWire, topic: &Topic) {
    let Topic::Channel(channel) = topic else { return };
    // Where it fails, hints are taken as they come, and not relied on.
    let _ = wire.execute(Command::new("PUBLISH").arg(channel).arg(PROOF)).await;
}

/// A subscription that is there, as the poll knows it.
struct Heard<'a> {
    poll: &'a Weak<Poll>,
    is_proven: bool,
}

impl<'a> Heard<'a> {
    fn begin(poll: &'a Weak<Poll>) -> Option<Self> {
        poll.upgrade()?.hints_began();
        Some(Self { poll, is_proven: false })
    }

    /// Passes everything on, until the stream ends; nothing is left to do where the poll is
    /// gone.
    async fn all(&mut self, feed: &mut Feed) -> Result<()> {
        loop {
            let notice = feed.next().await?;
            let Some(poll) = self.poll.upgrade() else { return Ok(()) };
            if !std::mem::replace(&mut self.is_proven, true) {
                poll.hints_proved();
            }
            if let Notice::Message { payload, .. } = notice {
                poll.heard(&payload);
            }
        }
    }
}

impl Drop for Heard<'_> {
    fn drop(&mut self) {
        if let Some(poll) = self.poll.upgrade() {
            poll.hints_ended(self.is_proven);
        }
    }
}
