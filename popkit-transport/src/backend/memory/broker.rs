//! All channels of one transport.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use popkit_protocol::{Channel, ProducerId};
use tokio::sync::Notify;

use super::config::MemoryOptions;
use super::log::Log;
use crate::{
    Capabilities, Delivery, Error, ErrorKind, Position, PublishOptions, Receipt, Result, Retention,
};

#[derive(Debug)]
pub(super) struct Broker {
    options: MemoryOptions,
    producer: ProducerId,
    /// Latest values are not in the count of the log's messages.
    latest_producer: ProducerId,
    /// Tells a cursor of this transport from others'.
    epoch: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    channels: HashMap<Channel, Log>,
    pub(super) closed: bool,
}

impl State {
    pub(super) fn log(&mut self, channel: &Channel) -> &mut Log {
        if !self.channels.contains_key(channel) {
            self.channels.insert(channel.clone(), Log::default());
        }
        self.channels.entry(channel.clone()).or_default()
    }
}

impl Broker {
    pub(super) fn new(options: MemoryOptions) -> Self {
        let (producer, latest_producer) = (options.ids.producer(), options.ids.producer());
        // The half of 128 random bits.
        let epoch = u64::try_from(options.ids.draw() >> 64).unwrap_or_default();
        Self { options, producer, latest_producer, epoch, state: Mutex::default() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn check_open(&self) -> Result<()> {
        if self.lock().closed { Err(closed()) } else { Ok(()) }
    }

    pub(super) fn publish(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        let limit = Capabilities::MAX_PAYLOAD;
        if payload.len() > limit {
            let message = format!("{} bytes; the limit is {limit}", payload.len());
            return Err(Error::new(ErrorKind::PayloadTooLarge, message));
        }
        opts.headers.check()?;
        let mut state = self.lock();
        if state.closed {
            return Err(closed());
        }
        let now = self.options.clock.now();
        let log = state.log(channel);
        let value = |stamp, position| {
            Delivery::new(channel.clone(), position, payload, now)
                .with_stamp(stamp)
                .with_headers(opts.headers)
        };
        let (position, stamp) = match opts.retention {
            Retention::Log => {
                let position = self.position(log.last() + 1)?;
                let stamp = opts.stamp.unwrap_or_else(|| log.next_stamp(self.producer));
                log.append(value(stamp, position.clone()), self.options.keep, now);
                (position, stamp)
            }
            Retention::Latest(key) => {
                let position = self.position(log.last())?;
                let next = || log.next_latest_stamp(self.latest_producer);
                let stamp = opts.stamp.unwrap_or_else(next);
                log.replace(key.clone(), value(stamp, position.clone()).with_latest(key));
                (position, stamp)
            }
        };
        log.wake();
        Ok(Receipt::new(position, stamp, now))
    }

    /// The position of message `number`; of none, for 0.
    pub(super) fn position(&self, number: u64) -> Result<Position> {
        Position::new(format!("{:016x}.{number}", self.epoch))
    }

    /// The number that a position of this transport has; `None` for one of another.
    pub(super) fn number(&self, position: &Position) -> Option<u64> {
        let (epoch, number) = position.as_str().split_once('.')?;
        let ours = u64::from_str_radix(epoch, 16).is_ok_and(|epoch| epoch == self.epoch);
        ours.then(|| number.parse().ok()).flatten()
    }

    pub(super) fn watch(self: &Arc<Self>, channels: &[Channel], reader: &Arc<Notify>) {
        let mut state = self.lock();
        for channel in channels {
            state.log(channel).watch(Arc::downgrade(reader));
        }
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        for log in state.channels.values_mut() {
            log.wake();
        }
    }
}

pub(super) fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the transport was closed")
}
