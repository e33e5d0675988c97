//! Messages in, as inputs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::codec::Incoming;
use popkit_protocol::{Channel, Clock, Codec, CodecError, Envelope, Message, MessageId, Namespace, Party};
use popkit_protocol::{Timestamp, Topic};
use popkit_transport::{Cursor, Delivery, Event, Start, SubscribeOptions, Subscription, Transport};
use tokio::time::Instant;

use super::error::RuntimeError;
use super::leader::is_passing_transport;
use super::options::CoordinatorOptions;
use crate::machine::{Heard, Input, Malformed, Origin};
use crate::request::{Meaning, Request};

/// Events that one save may take in.
const BATCH: usize = 256;
/// The rests between tries where the transport cannot be read.
const REST: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// For so long after a session began, heartbeats that are older than it are those of agents
/// of an earlier one.
const FRESH: Duration = Duration::from_secs(5);
/// With a result others of its agent may be on their way, on other channels: an insight that it
/// shared before. For so long they are waited for.
const LINGER: Duration = Duration::from_millis(3);
/// Bytes of what could not be read.
const TEXT: usize = 4096;

/// What came in.
#[derive(Debug, Default)]
pub(super) struct Heap {
    pub(super) inputs: Vec<Input>,
    /// Questions that a person says are decided.
    pub(super) decided: Vec<MessageId>,
}

impl Heap {
    /// Puts the messages of each agent into the order in which it sent them, by its own clock:
    /// they came by several channels, which know no order among each other.
    pub(super) fn sort(&mut self) {
        let sent = |input: &Input| match input {
            Input::Message(heard) => Some((heard.envelope.from.clone(), heard.envelope.sent_at)),
            _ => None,
        };
        let keys: Vec<_> = self.inputs.iter().map(sent).collect();
        let mut places: BTreeMap<Party, Vec<(Timestamp, usize)>> = BTreeMap::new();
        for (at, key) in keys.into_iter().enumerate() {
            if let Some((from, sent_at)) = key {
                places.entry(from).or_default().push((sent_at, at));
            }
        }
        for mut of_agent in places.into_values().filter(|all| all.len() > 1) {
            let slots: Vec<usize> = of_agent.iter().map(|(_, at)| *at).collect();
            of_agent.sort_by_key(|(sent_at, _)| *sent_at);
            let sorted: Vec<Input> =
                of_agent.iter().filter_map(|(_, at)| self.inputs.get(*at).cloned()).collect();
            for (slot, input) in slots.into_iter().zip(sorted) {
                if let Some(place) = self.inputs.get_mut(slot) {
                    *place = input;
                }
            }
        }
    }
}

fn is_result(input: &Input) -> bool {
    match input {
        Input::Message(heard) => matches!(heard.envelope.message, Message::Result(_)),
        _ => false,
    }
}

/// Reads the channels of a session.
#[derive(Debug)]
pub(super) struct Ear {
    transport: Arc<dyn Transport>,
    control: Channel,
    channels: Vec<Channel>,
    codec: Codec,
    clock: Arc<dyn Clock>,
    cursor: Option<Cursor>,
    messages: Option<Subscription>,
    rest: Duration,
    /// When the session is new: heartbeats that were accepted before this are not heard until
    /// then.
    fresh: Option<(Timestamp, Instant)>,
}

impl Ear {
    /// Hears what comes after the cursor; without one, from now on.
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        options: &CoordinatorOptions,
        cursor: Option<Cursor>,
    ) -> Self {
        let topics =
            [Topic::Coordinator, Topic::Heartbeat, Topic::Results, Topic::Insights, Topic::Human];
        let namespace: &Namespace = &options.namespace;
        let channels = topics.map(|topic| namespace.channel(&topic)).to_vec();
        let fresh = match cursor {
            Some(_) => None,
            None => Some((options.clock.now(), Instant::now() + FRESH)),
        };
        Self {
            transport,
            control: namespace.channel(&Topic::Coordinator),
            channels,
            codec: options.codec,
            clock: Arc::clone(&options.clock),
            cursor,
            messages: None,
            rest: REST.0,
            fresh,
        }
    }

    /// How far was read.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.messages.as_ref().map(Subscription::cursor).or_else(|| self.cursor.clone())
    }

    /// Begins to read, so that nothing is missed that is said from here on.
    pub(super) async fn open(&mut self) -> Result<(), RuntimeError> {
        let start = self.cursor.clone().map_or(Start::Now, Start::After);
        let opts = SubscribeOptions::default().with_start(start);
        let opened = self.transport.subscribe_opts(&self.channels, opts).await;
        let messages = opened.map_err(RuntimeError::Transport)?;
        self.cursor = Some(messages.cursor());
        self.messages = Some(messages);
        Ok(())
    }

    /// Waits for the next messages, and takes those that are there already. A transport that
    /// cannot be read is waited for.
    ///
    /// Cancel safe, as long as what is in the heap by then is taken: it counts as read.
    pub(super) async fn hear(&mut self, heap: &mut Heap) -> Result<(), RuntimeError> {
        if self.messages.is_none() {
            tokio::time::sleep(self.rest).await;
            match self.open().await {
                Ok(()) => {}
                Err(error) if error.is_retryable() => {
                    self.rest = (self.rest * 2).min(REST.1);
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
        }
        let Some(messages) = &mut self.messages else { return Ok(()) };
        let event = match messages.next().await {
            Some(Ok(event)) => event,
            Some(Err(error)) if is_passing_transport(&error) => {
                tracing::warn!(%error, "cannot hear, trying again");
                self.again();
                return Ok(());
            }
            Some(Err(error)) => return Err(RuntimeError::Transport(error)),
            None => {
                self.again();
                return Ok(());
            }
        };
        self.rest = REST.0;
        self.take(event, heap);
        let linger = Instant::now() + LINGER;
        while heap.inputs.len() < BATCH {
            let Some(messages) = &mut self.messages else { return Ok(()) };
            let patience = match heap.inputs.iter().any(is_result) {
                true => linger.saturating_duration_since(Instant::now()),
                false => Duration::ZERO,
            };
            match messages.next_within(patience).await {
                Ok(Some(event)) => self.take(event, heap),
                // The next call meets the error again.
                _ => break,
            }
        }
        Ok(())
    }

    /// Reads from the same place by another subscription.
    fn again(&mut self) {
        self.cursor = self.cursor();
        self.messages = None;
    }

    fn take(&mut self, event: Event, heap: &mut Heap) {
        match event {
            Event::Message(delivery) => self.take_message(&delivery, heap),
            Event::Gap(gap) => heap.inputs.push(Input::Missed {
                channel: gap.channel.to_string(),
                count: gap.missed,
            }),
            Event::Reset { channel, .. } => {
                heap.inputs.push(Input::Missed { channel: channel.to_string(), count: None });
            }
            _ => {}
        }
    }

    fn take_message(&mut self, delivery: &Delivery, heap: &mut Heap) {
        let incoming = match self.read(delivery) {
            Ok(incoming) => incoming,
            Err(error) => {
                heap.inputs.push(malformed(delivery, error.to_string()));
                return;
            }
        };
        let envelope = match incoming {
            Incoming::Stop { by } => {
                heap.inputs.push(Input::Stop { by });
                return;
            }
            Incoming::Envelope(envelope) => *envelope,
            _ => return,
        };
        if self.is_of_an_earlier_session(&envelope, delivery) {
            return;
        }
        let meaning = match Request::of(&envelope) {
            None => {
                let origin = delivery.stamp.filter(|_| delivery.latest.is_none());
                let origin = origin
                    .map(|stamp| Origin { producer: stamp.producer, sequence: stamp.sequence });
                heap.inputs.push(Input::Message(Box::new(Heard { envelope, origin })));
                return;
            }
            Some(_) if envelope.is_expired(self.clock.now()) => return,
            Some(request) => request.and_then(|request| request.meaning(&envelope.from, envelope.sent_at)),
        };
        match meaning {
            Ok(Meaning::Input(input)) => heap.inputs.push(input),
            Ok(Meaning::Look(decision)) => heap.decided.push(decision),
            Err(reason) => heap.inputs.push(malformed(delivery, reason)),
        }
    }

    fn read(&self, delivery: &Delivery) -> Result<Incoming, CodecError> {
        if delivery.channel == self.control {
            return self.codec.decode_control(&delivery.payload);
        }
        let envelope = self.codec.decode(&delivery.payload)?;
        Ok(Incoming::Envelope(Box::new(envelope)))
    }

    /// Latest values outlive the session that they were of.
    fn is_of_an_earlier_session(&mut self, envelope: &Envelope, delivery: &Delivery) -> bool {
        let Some((began, until)) = self.fresh else { return false };
        if Instant::now() >= until {
            self.fresh = None;
            return false;
        }
        matches!(envelope.message, Message::Heartbeat(_)) && delivery.at < began
    }
}

fn malformed(delivery: &Delivery, reason: String) -> Input {
    let text = String::from_utf8_lossy(&delivery.payload);
    let text = popkit_protocol::limits::cut(&text, TEXT).to_owned();
    Input::Malformed(Malformed { channel: delivery.channel.to_string(), reason, text })
}
