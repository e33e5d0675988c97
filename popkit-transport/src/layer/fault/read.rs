//! The source of a subscription.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use popkit_protocol::layer::Injection;
use tokio::time::sleep;

use super::perform::{lost, refusal};
use super::shared::Shared;
use crate::layer::Operation;
use crate::{Event, Result, Source};

/// A source whose reads fail. It loses nothing: what was fetched for a read that fails is
/// told by the next.
pub(super) struct FaultSource {
    shared: Arc<Shared>,
    state: State,
    /// Fetched, and not told.
    kept: Option<Vec<Event>>,
}

type Fetch = Pin<Box<dyn Future<Output = (Box<dyn Source>, Result<Vec<Event>>)> + Send>>;

enum State {
    Idle(Box<dyn Source>),
    // Kept over a cut: a source's future, once dropped, must not be asked for again.
    Fetching(Fetch),
    Gone,
}

impl FaultSource {
    pub(super) fn new(source: Box<dyn Source>, shared: Arc<Shared>) -> Self {
        Self { shared, state: State::Idle(source), kept: None }
    }

    async fn fetch(&mut self) -> Result<Vec<Event>> {
        if let Some(kept) = self.kept.take() {
            return Ok(kept);
        }
        poll_fn(|cx| {
            let mut fetch: Fetch = match std::mem::replace(&mut self.state, State::Gone) {
                State::Idle(mut source) => Box::pin(async move {
                    let events = source.next().await;
                    (source, events)
                }),
                State::Fetching(fetch) => fetch,
                State::Gone => return Poll::Ready(Ok(Vec::new())),
            };
            match fetch.as_mut().poll(cx) {
                Poll::Pending => {
                    self.state = State::Fetching(fetch);
                    Poll::Pending
                }
                Poll::Ready((source, events)) => {
                    self.state = State::Idle(source);
                    Poll::Ready(events)
                }
            }
        })
        .await
    }

    async fn read(&mut self, injection: Injection) -> Result<Vec<Event>> {
        if let Some(error) = refusal(Operation::Read, injection) {
            return Err(error);
        }
        if let Injection::Delay(delay) = injection {
            sleep(delay).await;
        }
        let mut events = self.fetch().await?;
        match injection {
            Injection::Lose => {
                self.kept = Some(events);
                return Err(lost(Operation::Read));
            }
            Injection::DelayReply(delay) => {
                self.kept = Some(events);
                sleep(delay).await;
                events = self.kept.take().unwrap_or_default();
            }
            Injection::Twice => {
                let messages = events.iter().filter(|event| matches!(event, Event::Message(_)));
                let again: Vec<Event> = messages.cloned().collect();
                events.extend(again);
            }
            _ => {}
        }
        Ok(events)
    }
}

#[async_trait]
impl Source for FaultSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        let shared = Arc::clone(&self.shared);
        shared.connected(Operation::Read, |injection| self.read(injection)).await
    }
}
