//! A subscription, as cases read it.

use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::account::number;
use crate::{Cursor, Delivery, Event, Subscription};

/// How long a case waits for what must come. Nothing depends on how fast it comes; this only
/// ends a case that would hang.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);
/// How long a case watches for what must not come.
const MOMENT: Duration = Duration::from_millis(30);

/// A subscription with short words for what is asked of it. It panics where an error, the end
/// or a long silence comes instead.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reader {
    /// The subscription.
    pub subscription: Subscription,
}

impl Reader {
    /// A reader by this subscription.
    #[must_use]
    pub fn new(subscription: Subscription) -> Self {
        Self { subscription }
    }

    /// The next event, or none where there will be none.
    pub async fn next(&mut self) -> Option<Event> {
        let next = tokio::time::timeout(PATIENCE, self.subscription.next()).await;
        let next = next.unwrap_or_else(|_| panic!("nothing to read for {PATIENCE:?}"));
        next.map(|event| event.expect("the channel can be read"))
    }

    /// The next event, which must come.
    pub async fn event(&mut self) -> Event {
        self.next().await.expect("the subscription goes on")
    }

    /// The next event, which must be a message.
    pub async fn message(&mut self) -> Delivery {
        match self.event().await {
            Event::Message(message) => message,
            other => panic!("a message is due, not {other:?}"),
        }
    }

    /// The payloads of so many messages, as text.
    pub async fn texts(&mut self, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        for _ in 0..count {
            texts.push(String::from_utf8_lossy(&self.message().await.payload).into_owned());
        }
        texts
    }

    /// Reads the numbers up to this one, and answers with all that was told on the way.
    pub async fn up_to(&mut self, last: u64) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            events.push(self.event().await);
            if let Some(Event::Message(message)) = events.last()
                && number(message) >= last
            {
                return events;
            }
        }
    }

    /// All that is told until the subscription ends.
    pub async fn rest(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await {
            events.push(event);
        }
        assert!(self.next().await.is_none(), "what has ended stays at its end");
        events
    }

    /// Checks that there is nothing to be told now: no event, no error, no end.
    pub async fn is_idle(&mut self) {
        if let Ok(told) = tokio::time::timeout(MOMENT, self.subscription.next()).await {
            panic!("nothing is due, yet {told:?} is told");
        }
    }

    /// Asks for the next event and drops the question at once, unless it is answered at once.
    pub async fn glance(&mut self) -> Option<Event> {
        let mut next = pin!(self.subscription.next());
        let told = std::future::poll_fn(|cx| match next.as_mut().poll(cx) {
            Poll::Ready(told) => Poll::Ready(Some(told)),
            Poll::Pending => Poll::Ready(None),
        });
        let told = told.await?.expect("the subscription goes on");
        Some(told.expect("the channel can be read"))
    }

    /// How far it was read.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.subscription.cursor()
    }
}
