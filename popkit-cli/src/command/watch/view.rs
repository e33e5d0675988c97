//! Events as JSON.

use popkit_protocol::{Channel, Json, Namespace as Session, ProducerId, Timestamp};
use popkit_transport::{Delivery, Event, LatestKey, Position};
use serde::Serialize;

use super::heard::{Heard, heard};
use crate::messages::view::MessageView;
use crate::output::VERSION;

/// An event, version 1. `event` is `message`, `gap`, `reset`, or `undecodable`.
#[derive(Debug, Serialize)]
pub(super) struct EventView<'a> {
    v: u8,
    event: &'static str,
    channel: &'a Channel,
    /// What the channel is for, where it is one of the session.
    #[serde(skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
    #[serde(flatten)]
    told: Option<DeliveryView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missed: Option<u64>,
}

#[derive(Debug, Serialize)]
struct DeliveryView<'a> {
    position: &'a Position,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    producer: Option<ProducerId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<&'a LatestKey>,
    /// One of these, but with `--raw`.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<&'a Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<MessageView<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    stop: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// The payload as text, where that is wanted or it is nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    payload: Option<String>,
}

/// An event that was read, and what it is.
pub(super) struct Told<'a> {
    session: &'a Session,
    event: &'a Event,
    heard: Option<Heard>,
}

impl<'a> Told<'a> {
    /// Reads an event, unless it is wanted as it is.
    pub(super) fn new(session: &'a Session, event: &'a Event, raw: bool) -> Self {
        let heard = match event {
            Event::Message(delivery) if !raw => Some(heard(session, delivery)),
            _ => None,
        };
        Self { session, event, heard }
    }

    /// Its form.
    pub(super) fn view(&self) -> EventView<'_> {
        let channel = self.event.channel();
        let topic = self.session.topic(channel).map(|topic| topic.name());
        let empty = EventView {
            v: VERSION,
            event: "",
            channel,
            topic,
            told: None,
            cause: None,
            missed: None,
        };
        match self.event {
            Event::Message(delivery) => {
                let undecodable = matches!(self.heard, Some(Heard::Undecodable(_)));
                let event = if undecodable { "undecodable" } else { "message" };
                EventView { event, told: Some(self.delivery(delivery)), ..empty }
            }
            Event::Gap(gap) => {
                let cause = Some(gap.cause.as_str());
                EventView { event: "gap", cause, missed: gap.missed, ..empty }
            }
            Event::Reset { .. } => EventView { event: "reset", ..empty },
            _ => EventView { event: "unknown", ..empty },
        }
    }

    fn delivery(&self, delivery: &'a Delivery) -> DeliveryView<'_> {
        let text = || Some(String::from_utf8_lossy(&delivery.payload).into_owned());
        let plain = DeliveryView {
            position: &delivery.position,
            at: delivery.at,
            producer: delivery.stamp.map(|stamp| stamp.producer),
            sequence: delivery.stamp.map(|stamp| stamp.sequence),
            latest: delivery.latest.as_ref(),
            task: None,
            message: None,
            stop: false,
            reason: None,
            payload: None,
        };
        match &self.heard {
            Some(Heard::Message(envelope)) => {
                DeliveryView { message: Some(MessageView::new(envelope)), ..plain }
            }
            Some(Heard::Task(json)) => DeliveryView { task: Some(json), ..plain },
            Some(Heard::Stop) => DeliveryView { stop: true, ..plain },
            Some(Heard::Undecodable(reason)) => {
                DeliveryView { reason: Some(reason), payload: text(), ..plain }
            }
            None => DeliveryView { payload: text(), ..plain },
        }
    }
}
