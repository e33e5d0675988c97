//! Messages out.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Envelope, Topic};
use popkit_transport::Stamps;
use tokio::task::JoinSet;

use super::{Order, REST, Tools};
use crate::inbox::{Post, PostError};
use crate::machine::Action;

/// The life of a message whose type has none of its own.
const USUAL: Duration = Duration::from_secs(300);

/// Sends messages: those of one channel in order, those of several channels side by side.
#[derive(Debug)]
pub(super) struct Mouth {
    post: Post,
    ttl: Option<Duration>,
}

impl Mouth {
    pub(super) fn new(tools: &Tools) -> Self {
        let stamps = Stamps::new(&*tools.ids);
        let post = Post::new(Arc::clone(&tools.transport), tools.namespace.clone(), stamps);
        Self { post: post.with_codec(tools.codec), ttl: tools.message_ttl }
    }

    /// Sends all of them, however long the transport is away. One that cannot be sent at all is
    /// let go.
    pub(super) async fn speak(&self, orders: &[Order]) {
        let mut by_topic: Vec<(Topic, Vec<Envelope>)> = Vec::new();
        for order in orders {
            let (topic, envelope) = match &order.effect.action {
                Action::Publish(envelope) => (envelope.topic(), envelope),
                Action::Broadcast(envelope) => (Topic::Broadcast, envelope),
                _ => continue,
            };
            let envelope = self.timed((**envelope).clone());
            match by_topic.iter_mut().find(|(known, _)| *known == topic) {
                Some((_, all)) => all.push(envelope),
                None => by_topic.push((topic, vec![envelope])),
            }
        }
        if let [(topic, envelopes)] = by_topic.as_slice() {
            return send_all(&self.post, topic, envelopes).await;
        }
        let mut all = JoinSet::new();
        for (topic, envelopes) in by_topic {
            let post = self.post.clone();
            all.spawn(async move { send_all(&post, &topic, &envelopes).await });
        }
        while all.join_next().await.is_some() {}
    }
}

impl Mouth {
    /// With the life that the options give to messages which have none of their own.
    fn timed(&self, envelope: Envelope) -> Envelope {
        match self.ttl.filter(|_| envelope.ttl == USUAL) {
            Some(ttl) => envelope.with_ttl(ttl),
            None => envelope,
        }
    }
}

async fn send_all(post: &Post, topic: &Topic, envelopes: &[Envelope]) {
    for envelope in envelopes {
        send(post, topic, envelope).await;
    }
}

/// A message whose fate is unknown is sent again: it has the same id, by which agents know it.
async fn send(post: &Post, topic: &Topic, envelope: &Envelope) {
    let mut rest = REST.0;
    loop {
        let Err(error) = post.send_on(topic, envelope).await else { return };
        let is_passing = match &error {
            PostError::Transport { source, .. } => {
                crate::runtime::leader::is_passing_transport(source)
            }
            PostError::Codec { .. } => false,
        };
        if !is_passing {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, source, "a message of the coordinator is not sent");
            return;
        }
        tracing::warn!(%error, "a message of the coordinator is not sent yet");
        tokio::time::sleep(rest).await;
        rest = (rest * 2).min(REST.1);
    }
}
