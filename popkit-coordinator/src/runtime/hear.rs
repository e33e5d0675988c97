//! Messages in, as inputs.

use std::collections::BTreeMap;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::codec::Incoming;
use popkit_protocol::{
    Channel, Clock, Codec, CodecError, Envelope, Message, MessageId, Namespace, Party,
};
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
/// A latest value that is older than the newest message by so much, or older than the session, is
/// that of an agent that is gone: latest values outlive their agents, and are told again to every
/// new reader.
const GHOST: Duration = Duration::from_secs(600);
/// With a result others of its agent may be on their way, on other channels: an insight that it
/// shared before. For so long they are waited for.
const LINGER: Duration = Duration::from_millis(3);
/// For so long after reading began latest values may be those of the past.
const PAST: Duration = Duration::from_secs(10);
/// Bytes of what could not be read.
const TEXT: usize = 4096;

/// What came in.
#[derive(Debug, Default)]
pub(super) struct Heap {
    inputs: Vec<(Option<Sent>, Input)>,
    /// Questions that a person says are decided.
    pub(super) decided: Vec<MessageId>,
}

/// Who sent something, and when, by its own clock.
type Sent = (Party, Timestamp);

impl Heap {
    /// Whether somebody said more than that it lives.
    pub(super) fn has_news(&self) -> bool {
        self.inputs.iter().any(|(_, input)| !is_heartbeat(input))
    }

    fn push(&mut self, input: Input) {
        self.inputs.push((None, input));
    }

    fn push_of(&mut self, envelope: &Envelope, input: Input) {
        self.inputs.push((Some((envelope.from.clone(), envelope.sent_at)), input));
    }

    /// All of it, what each agent has sent in its order: it came by several channels, which
    /// know no order among each other.
    pub(super) fn take(&mut self) -> Vec<Input> {
        let mut slots: BTreeMap<Party, Vec<usize>> = BTreeMap::new();
        let mut sent: BTreeMap<Party, Vec<(Timestamp, Input)>> = BTreeMap::new();
        let mut all: Vec<Option<Input>> = Vec::with_capacity(self.inputs.len());
        for (at, (from, input)) in self.inputs.drain(..).enumerate() {
            match from {
                None => all.push(Some(input)),
                Some((from, sent_at)) => {
                    slots.entry(from.clone()).or_default().push(at);
                    sent.entry(from).or_default().push((sent_at, input));
                    all.push(None);
                }
            }
        }
        for (from, mut inputs) in sent {
            inputs.sort_by_key(|(sent_at, _)| *sent_at);
            let places = slots.remove(&from).unwrap_or_default();
            for (at, (_, input)) in places.into_iter().zip(inputs) {
                if let Some(slot) = all.get_mut(at) {
                    *slot = Some(input);
                }
            }
        }
        all.into_iter().flatten().collect()
    }
}

fn is_heartbeat(input: &Input) -> bool {
    match input {
        Input::Message(heard) => matches!(heard.envelope.message, Message::Heartbeat(_)),
        _ => false,
    }
}

fn is_result(input: &Input) -> bool {
    match input {
        Input::Message(heard) => matches!(heard.envelope.message, Message::Result(_)),
        _ => false,
    }
}

/// A subscription that is being opened.
struct Opening(Pin<Box<dyn Future<Output = popkit_transport::Result<Subscription>> + Send>>);

impl fmt::Debug for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opening")
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
    opening: Option<Opening>,
    rest: Duration,
    /// When it is opened anew. A point in time: what drops the wait must not begin it anew.
    retry_at: Instant,
    /// Until then latest values may be those of before.
    past_until: Instant,
    /// The newest message, by the transport's clock.
    newest: Timestamp,
    /// The first message of the session, by the same clock.
    since: Option<Timestamp>,
}

impl Ear {
    /// Hears what comes after the cursor; without one, from now on.
    pub(super) fn new(
        transport: Arc<dyn Transport>,
        options: &CoordinatorOptions,
        cursor: Option<Cursor>,
        (since, newest): (Option<Timestamp>, Option<Timestamp>),
    ) -> Self {
        let topics =
            [Topic::Coordinator, Topic::Heartbeat, Topic::Results, Topic::Insights, Topic::Human];
        let namespace: &Namespace = &options.namespace;
        let channels = topics.map(|topic| namespace.channel(&topic)).to_vec();
        Self {
            transport,
            control: namespace.channel(&Topic::Coordinator),
            channels,
            codec: options.codec,
            clock: Arc::clone(&options.clock),
            cursor,
            messages: None,
            opening: None,
            rest: REST.0,
            retry_at: Instant::now(),
            past_until: Instant::now() + PAST,
            newest: newest.unwrap_or(Timestamp::EPOCH),
            since,
        }
    }

    /// How far was read.
    pub(super) fn cursor(&self) -> Option<Cursor> {
        self.messages.as_ref().map(Subscription::cursor).or_else(|| self.cursor.clone())
    }

    /// The newest message that was heard, by the transport's clock.
    pub(super) fn newest(&self) -> Timestamp {
        self.newest
    }

    /// The first message of the session, by the same clock.
    pub(super) fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Begins to read, so that nothing is missed that is said from here on.
    ///
    /// Cancel safe: the next call goes on.
    pub(super) async fn open(&mut self) -> Result<(), RuntimeError> {
        let opening = self.opening.get_or_insert_with(|| {
            let start = self.cursor.clone().map_or(Start::Now, Start::After);
            let opts = SubscribeOptions::default().with_start(start);
            let (transport, channels) = (Arc::clone(&self.transport), self.channels.clone());
            Opening(Box::pin(async move { transport.subscribe_opts(&channels, opts).await }))
        });
        let opened = opening.0.as_mut().await;
        self.opening = None;
        let messages = opened.map_err(RuntimeError::Transport)?;
        self.cursor = Some(messages.cursor());
        self.messages = Some(messages);
        self.past_until = Instant::now() + PAST;
        Ok(())
    }

    /// Waits for the next messages, and takes those that are there already. A transport that
    /// cannot be read is waited for.
    ///
    /// Cancel safe, as long as what is in the heap by then is taken: it counts as read.
    pub(super) async fn hear(&mut self, heap: &mut Heap) -> Result<(), RuntimeError> {
        if self.messages.is_none() {
            tokio::time::sleep_until(self.retry_at).await;
            match self.open().await {
                Ok(()) => {}
                Err(RuntimeError::Transport(error)) if is_passing_transport(&error) => {
                    self.rest = (self.rest * 2).min(REST.1);
                    self.retry_at = Instant::now() + self.rest;
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
            let patience = match heap.inputs.iter().any(|(_, input)| is_result(input)) {
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
        self.retry_at = Instant::now() + self.rest;
    }

    fn take(&mut self, event: Event, heap: &mut Heap) {
        match event {
            Event::Message(delivery) => self.take_message(&delivery, heap),
            Event::Gap(gap) => {
                heap.push(Input::Missed { channel: gap.channel.to_string(), count: gap.missed });
            }
            Event::Reset { channel, .. } => {
                heap.push(Input::Missed { channel: channel.to_string(), count: None });
            }
            _ => {}
        }
    }

    fn take_message(&mut self, delivery: &Delivery, heap: &mut Heap) {
        let incoming = match self.read(delivery) {
            Ok(incoming) => incoming,
            Err(error) => {
                heap.push(malformed(delivery, error.to_string()));
                return;
            }
        };
        let envelope = match incoming {
            Incoming::Stop { by } => {
                heap.push(Input::Stop { by });
                return;
            }
            Incoming::Envelope(envelope) => *envelope,
            _ => return,
        };
        // Only what is told of the past: a clock that is set back must not silence the present.
        let is_past = delivery.latest.is_some() && Instant::now() < self.past_until;
        let is_before = self.since.is_some_and(|since| delivery.at < since);
        if is_past && (is_before || self.newest.since(delivery.at) > GHOST) {
            return;
        }
        self.since.get_or_insert(delivery.at);
        self.newest = self.newest.max(delivery.at);
        let meaning = match Request::of(&envelope) {
            None => {
                let origin = delivery.stamp.filter(|_| delivery.latest.is_none());
                let origin = origin
                    .map(|stamp| Origin { producer: stamp.producer, sequence: stamp.sequence });
                let heard = Heard { envelope, origin };
                let sent = (heard.envelope.from.clone(), heard.envelope.sent_at);
                heap.inputs.push((Some(sent), Input::Message(Box::new(heard))));
                return;
            }
            // That an agent has left, or used something up, is a fact however late it comes.
            Some(Ok(request))
                if !matches!(request, Request::Leave | Request::Spent { .. })
                    && envelope.is_expired(self.clock.now()) =>
            {
                tracing::debug!(from = %envelope.from, "a request came too late");
                return;
            }
            Some(request) => {
                request.and_then(|request| request.meaning(&envelope.from, envelope.sent_at))
            }
        };
        match meaning {
            Ok(Meaning::Input(input)) => heap.push_of(&envelope, input),
            Ok(Meaning::Look(decision)) => heap.decided.push(decision),
            Err(reason) => heap.push(malformed(delivery, reason)),
        }
    }

    fn read(&self, delivery: &Delivery) -> Result<Incoming, CodecError> {
        if delivery.channel == self.control {
            return self.codec.decode_control(&delivery.payload);
        }
        let envelope = self.codec.decode(&delivery.payload)?;
        Ok(Incoming::Envelope(Box::new(envelope)))
    }
}

fn malformed(delivery: &Delivery, reason: String) -> Input {
    let text = String::from_utf8_lossy(&delivery.payload);
    let text = popkit_protocol::limits::cut(&text, TEXT).to_owned();
    Input::Malformed(Malformed { channel: delivery.channel.to_string(), reason, text })
}
