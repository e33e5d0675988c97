//! Reading on after a failure.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::Channel;
use popkit_protocol::layer::RetryOptions;
use tokio::sync::Mutex;

use super::seeds::Seeds;
use super::tries::Tries;
use crate::layer::Operation;
use crate::{
    Cursor, Error, ErrorKind, Event, Place, Position, Result, Source, Start, SubscribeOptions,
    Subscription, Transport,
};

/// A source that is asked again, and replaced where that does not help.
pub(super) struct RetrySource<T> {
    // The tries share it; one at a time is made.
    reading: Mutex<Reading<T>>,
    options: RetryOptions,
    seeds: Seeds,
}

struct Reading<T> {
    transport: Arc<T>,
    channels: Vec<Channel>,
    opts: SubscribeOptions,
    source: Box<dyn Source>,
    /// How far the log of each channel was read.
    places: BTreeMap<Channel, Position>,
    /// Failures since the last success.
    failures: usize,
}

/// Puts the retrying source around that of a subscription.
pub(super) fn wrap<T: Transport>(
    subscription: Subscription,
    transport: &Arc<T>,
    channels: &[Channel],
    opts: SubscribeOptions,
    (options, seeds): (&RetryOptions, &Seeds),
) -> Subscription {
    let cursor = subscription.cursor();
    let place = |(channel, place): (&Channel, &Place)| (channel.clone(), place.position.clone());
    subscription.wrap(|source| {
        let reading = Reading {
            transport: Arc::clone(transport),
            channels: channels.to_vec(),
            opts,
            source,
            places: cursor.iter().map(place).collect(),
            failures: 0,
        };
        let (options, seeds) = (options.clone(), seeds.clone());
        RetrySource { reading: Mutex::new(reading), options, seeds }
    })
}

#[async_trait]
impl<T: Transport> Source for RetrySource<T> {
    async fn next(&mut self) -> Result<Vec<Event>> {
        let reading = &self.reading;
        let tries = Tries::from_failure(&self.options, self.seeds.next(), Operation::Read);
        tries.run(|| async { reading.lock().await.read().await }).await
    }
}

impl<T: Transport> Reading<T> {
    async fn read(&mut self) -> Result<Vec<Event>> {
        // A source goes on after an error, by its contract. Where it does not, it is replaced.
        if self.failures > 1 && self.can_begin_anew() {
            self.begin_anew().await?;
        }
        let events = self.source.next().await.inspect_err(|_| self.failures += 1)?;
        self.failures = 0;
        for event in &events {
            self.note(event);
        }
        Ok(events)
    }

    /// Not for a reader that ends with what was there when it began: its end would move.
    fn can_begin_anew(&self) -> bool {
        self.opts.follow && self.transport.capabilities().replay
    }

    async fn begin_anew(&mut self) -> Result<()> {
        let place = |(channel, position): (&Channel, &Position)| {
            (channel.clone(), Place::at(position.clone()))
        };
        let cursor: Cursor = self.places.iter().map(place).collect();
        let opts = self.opts.clone().with_start(Start::After(cursor));
        match self.transport.subscribe_opts(&self.channels, opts).await {
            Ok(subscription) => {
                self.source = source_of(subscription)?;
                self.failures = 0;
                Ok(())
            }
            Err(error) if error.is_retryable() => Err(error),
            // The source that there is may still have something to tell, such as its end.
            Err(_) => Ok(()),
        }
    }

    fn note(&mut self, event: &Event) {
        match event {
            // Where a latest value stands says nothing about how far the log was read.
            Event::Message(delivery) if delivery.latest.is_some() => {}
            Event::Message(delivery) => {
                self.places.insert(delivery.channel.clone(), delivery.position.clone());
            }
            Event::Gap(gap) => {
                if let Some(position) = &gap.resumed {
                    self.places.insert(gap.channel.clone(), position.clone());
                }
            }
            Event::Reset { channel, resumed } => {
                match resumed {
                    Some(position) => self.places.insert(channel.clone(), position.clone()),
                    None => self.places.remove(channel),
                };
            }
        }
    }
}

/// The source of a subscription that nobody has read from.
fn source_of(subscription: Subscription) -> Result<Box<dyn Source>> {
    let mut taken = None;
    drop(subscription.wrap(|source| {
        taken = Some(source);
        Nothing
    }));
    taken.ok_or_else(|| Error::new(ErrorKind::Unexpected, "the subscription is being read"))
}

struct Nothing;

#[async_trait]
impl Source for Nothing {
    async fn next(&mut self) -> Result<Vec<Event>> {
        Ok(Vec::new())
    }
}
