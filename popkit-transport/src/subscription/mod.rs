//! Reading.
//!
//! | Room | Holds |
//! |---|---|
//! | `sift` | recognising what is repeated and what is missing |

mod sift;

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use futures_core::Stream;

use self::sift::{Sift, Verdict};
use crate::{Cursor, Event, Result};

/// Where a subscription's events come from. This trait binds *implementors*.
#[async_trait]
pub trait Source: Send + 'static {
    /// The next events: waits until there is at least one. No event at all means that there
    /// will be none: the transport was closed, or the subscription does not follow.
    ///
    /// # Errors
    ///
    /// What keeps it from reading. The next call tries again from the same place.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped is never asked for again: the subscription is gone, too.
    async fn next(&mut self) -> Result<Vec<Event>>;
}

/// A reader of channels, with a cursor of its own: a [`Stream`] of events.
///
/// Repeated messages are dropped, by their stamps; numbers that are missing are told as gaps.
/// [`cursor`](Self::cursor) says how far it was read. After an error it can be asked again and
/// goes on where it was.
///
/// Dropping it ends it; nothing is left behind anywhere.
pub struct Subscription {
    state: State,
    /// Fetched, not yet told.
    fetched: VecDeque<Event>,
    sift: Sift,
}

/// A fetch under way; it gives the source back.
type Fetch = Pin<Box<dyn Future<Output = (Box<dyn Source>, Result<Vec<Event>>)> + Send>>;

enum State {
    Idle(Box<dyn Source>),
    Fetching(Fetch),
    Ended,
}

impl Subscription {
    /// A reader over a source: for backends. `start` has a place for each of its channels.
    #[must_use]
    pub fn new(start: Cursor, source: impl Source) -> Self {
        Self {
            state: State::Idle(Box::new(source)),
            fetched: VecDeque::new(),
            sift: Sift::new(start),
        }
    }

    /// The same reader with another source around its own: for layers.
    #[must_use]
    pub fn wrap<S: Source>(self, layer: impl FnOnce(Box<dyn Source>) -> S) -> Self {
        let state = match self.state {
            State::Idle(source) => State::Idle(Box::new(layer(source))),
            busy => busy,
        };
        Self { state, ..self }
    }

    /// The next event; `None` when there will be none.
    ///
    /// Cancel safe: dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// What keeps the backend from reading; the next call tries again from the same place.
    pub async fn next(&mut self) -> Option<Result<Event>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await
    }

    /// The next event, if there is one within this time.
    ///
    /// Cancel safe, as [`next`](Self::next).
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn next_within(&mut self, patience: Duration) -> Result<Option<Event>> {
        match tokio::time::timeout(patience, self.next()).await {
            Ok(event) => event.transpose(),
            Err(_) => Ok(None),
        }
    }

    /// How far was read: up to and including the last event that was told.
    #[must_use]
    pub fn cursor(&self) -> Cursor {
        self.sift.cursor()
    }

    /// How many repeated messages were dropped.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.sift.duplicates()
    }

    /// Takes an event as told; `None` where it is a repeat.
    fn admit(&mut self, event: Event) -> Option<Event> {
        match self.sift.judge(&event) {
            Verdict::Tell => Some(event),
            Verdict::Drop => None,
            Verdict::TellFirst(gap) => {
                self.fetched.push_front(event);
                Some(Event::Gap(gap))
            }
        }
    }
}

impl Stream for Subscription {
    type Item = Result<Event>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Event>>> {
        let this = self.get_mut();
        loop {
            if let Some(event) = this.fetched.pop_front() {
                match this.admit(event) {
                    Some(event) => return Poll::Ready(Some(Ok(event))),
                    None => continue,
                }
            }
            this.state = match std::mem::replace(&mut this.state, State::Ended) {
                State::Ended => return Poll::Ready(None),
                State::Idle(mut source) => State::Fetching(Box::pin(async move {
                    let events = source.next().await;
                    (source, events)
                })),
                State::Fetching(mut fetch) => match fetch.as_mut().poll(cx) {
                    Poll::Pending => {
                        this.state = State::Fetching(fetch);
                        return Poll::Pending;
                    }
                    Poll::Ready((_, Ok(events))) if events.is_empty() => State::Ended,
                    Poll::Ready((source, Ok(events))) => {
                        this.fetched.extend(events);
                        State::Idle(source)
                    }
                    Poll::Ready((source, Err(error))) => {
                        this.state = State::Idle(source);
                        return Poll::Ready(Some(Err(error)));
                    }
                },
            };
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription")
            .field("fetched", &self.fetched.len())
            .field("sift", &self.sift)
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Source for Box<dyn Source> {
    async fn next(&mut self) -> Result<Vec<Event>> {
        (**self).next().await
    }
}
