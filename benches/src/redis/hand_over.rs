//! One way from client to client, within one process: who gets something sleeps on a
//! connection of its own.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use futures_core::Stream as _;
use hdrhistogram::Histogram;
use popkit_protocol::{IdSource as _, Outcome, RandomIds};
use popkit_store::{Claim, RedisStore, StepRequest, TaskStore as _, Waiter, WakeReason};
use redis::cmd;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::{Floor, Server};
use crate::Failure;
use crate::fixture::{self, profile};
use crate::load::Measured;
use crate::message::{Pace, age, payload};

/// How long something that was sent is waited for.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of what is pushed: about a lease with its task.
const LETTER: usize = 600;
const KEY: &str = "floor:inbox";
const CHANNEL: &str = "floor:channel";

impl Floor {
    /// From the call of `LPUSH` to a client that waits in `BLPOP`.
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub async fn list(&self, times: usize, mut pace: Pace) -> Result<Measured, Failure> {
        let (mut sender, reader) = (self.another().await?, self.another().await?);
        let mut found = Found::new()?;
        for _ in 0..times {
            let mut reader = reader.clone();
            let mut waiting = JoinSet::new();
            waiting.spawn(async move {
                let pop = cmd("BLPOP").arg(KEY).arg(0).to_owned();
                let (_, letter): (String, Vec<u8>) = pop.query_async(&mut reader).await?;
                Ok::<_, Failure>((letter.len(), Instant::now()))
            });
            sleep(pace.pause()).await;
            let letter = vec![b'x'; LETTER];
            let begun = Instant::now();
            let () = cmd("LPUSH").arg(KEY).arg(letter).query_async(&mut sender).await?;
            let (_, came) = timeout(PATIENCE, waiting.join_next()).await?.ok_or(GONE)???;
            found.record(came - begun)?;
        }
        Ok(found.0)
    }

    /// From the call of `PUBLISH` to a subscriber.
    ///
    /// # Errors
    ///
    /// Those of the server.
    pub async fn channel(&self, times: usize, mut pace: Pace) -> Result<Measured, Failure> {
        let mut sender = self.another().await?;
        let mut subscriber = self.client().get_async_pubsub().await?;
        subscriber.subscribe(CHANNEL).await?;
        let mut waiting = JoinSet::new();
        waiting.spawn(async move {
            let mut messages = pin!(subscriber.into_on_message());
            let mut found = Found::new()?;
            for _ in 0..times {
                let message = poll_fn(|context| messages.as_mut().poll_next(context)).await;
                let message = message.ok_or(GONE)?;
                found
                    .record(Duration::from_nanos(age(message.get_payload_bytes()).ok_or(GONE)?))?;
            }
            Ok::<_, Failure>(found.0)
        });
        for _ in 0..times {
            sleep(pace.pause()).await;
            let message = payload();
            let () = cmd("PUBLISH").arg(CHANNEL).arg(&message[..]).query_async(&mut sender).await?;
        }
        timeout(PATIENCE, waiting.join_next()).await?.ok_or(GONE)??
    }
}

/// What ended early, or was somebody else's.
const GONE: &str = "a client was told nothing";

struct Found(Measured);

impl Found {
    fn new() -> Result<Self, Failure> {
        Ok(Self(Measured { histogram: Histogram::new(3)?, per_second: f64::NAN }))
    }

    fn record(&mut self, took: Duration) -> Result<(), Failure> {
        Ok(self.0.histogram.record(u64::try_from(took.as_nanos())?)?)
    }
}

/// From the call of insert to the lease in the hands of a parked agent, over two handles.
///
/// # Errors
///
/// Those of the store, and an agent that gets no lease.
pub async fn pickup(server: &Server, times: usize, mut pace: Pace) -> Result<Measured, Failure> {
    let (sender, waiter) = (server.store().await?, server.store().await?);
    let mut found = Found::new()?;
    let holder = RandomIds.holder();
    for time in 0..=times {
        let mut waiting = JoinSet::new();
        let store: RedisStore = waiter.clone();
        let claim = Claim::new(profile(1)?, 1, Duration::from_secs(600), &RandomIds);
        waiting.spawn(async move {
            let wake = store.wait(Waiter::new(holder, 0, claim, PATIENCE)).await?;
            Ok::<_, Failure>((wake, Instant::now()))
        });
        sleep(pace.pause()).await;
        let begun = Instant::now();
        fixture::add(&sender, 1, 1).await?;
        let (wake, came) = waiting.join_next().await.ok_or(GONE)???;
        let lease = wake.leases.into_iter().next().filter(|_| wake.reason == WakeReason::HandOff);
        let token = lease.ok_or_else(|| format!("an agent woke by {:?}", wake.reason))?.token;
        // The first makes lane and connections.
        if time > 0 {
            found.record(came - begun)?;
        }
        let finish = StepRequest::new(holder, 0, RandomIds.request());
        waiter.step(finish.with_finish(token, Outcome::Done { result: None })).await?;
    }
    sender.close().await?;
    waiter.close().await?;
    Ok(found.0)
}

#[cfg(test)]
mod tests {
    use popkit_testkit::Aof;

    use super::*;

    #[tokio::test]
    async fn who_waits_gets_what_is_sent() {
        let server = Server::start(Aof::Off);
        let pace = || Pace::new(Duration::from_millis(2));
        let floor = Floor::connect(&server).await.unwrap();
        assert_eq!(floor.list(3, pace()).await.unwrap().histogram.len(), 3);
        assert_eq!(floor.channel(3, pace()).await.unwrap().histogram.len(), 3);
        assert_eq!(pickup(&server, 3, pace()).await.unwrap().histogram.len(), 3);
    }
}
