//! What the tests of the signing layer share.

use std::sync::Arc;

use popkit_protocol::{AgentId, Channel, ManualClock, Namespace, Party, SessionId, Topic};
use popkit_transport::layer::{
    Keyring, RefusalReason, SessionSecret, Sign, SignOptions, SigningKey,
};
use popkit_transport::{
    Delivery, Headers, MemoryOptions, MemoryTransport, Publish, PublishOptions, Stamp,
    SubscribeOptions, Subscription, Transport, TransportExt as _,
};

pub(super) use crate::layers::support::{SECOND, is_waiting, latest, next};

/// A shared transport that everybody can write to, and a session that signs.
pub(super) struct Stage {
    pub(super) memory: MemoryTransport,
    pub(super) clock: Arc<ManualClock>,
    pub(super) session: Namespace,
    pub(super) secret: SessionSecret,
}

pub(super) fn agent(name: &str) -> Party {
    Party::Agent(AgentId::new(name).unwrap())
}

impl Stage {
    pub(super) fn new() -> Self {
        let clock = Arc::new(ManualClock::default());
        Self {
            memory: MemoryOptions::default().clock(Arc::clone(&clock) as _).open(),
            clock,
            session: Namespace::of(&SessionId::new("team").unwrap()),
            secret: SessionSecret::new(*b"0123456789abcdef").unwrap(),
        }
    }

    pub(super) fn results(&self) -> Channel {
        self.session.channel(&Topic::Results)
    }

    pub(super) fn key(&self, party: &Party) -> SigningKey {
        self.secret.key_of(party).unwrap()
    }

    pub(super) fn options(&self) -> SignOptions {
        SignOptions::default().clock(Arc::clone(&self.clock) as _)
    }

    /// The coordinator, which verifies everybody, over any transport.
    pub(super) fn coordinator_over<T: Transport>(&self, inner: T, options: SignOptions) -> Sign<T> {
        let ring = Keyring::of_session(self.secret.clone());
        Sign::with_options(inner, &self.session, self.key(&Party::Coordinator), ring, options)
    }

    pub(super) fn coordinator(&self) -> Sign<MemoryTransport> {
        self.coordinator_over(self.memory.clone(), self.options())
    }

    /// Somebody with this key alone, in this session.
    pub(super) fn with_key(&self, key: SigningKey) -> Sign<MemoryTransport> {
        let ring = Keyring::of([key.clone()]);
        Sign::with_options(self.memory.clone(), &self.session, key, ring, self.options())
    }

    pub(super) fn agent(&self, name: &str) -> Sign<MemoryTransport> {
        self.with_key(self.key(&agent(name)))
    }
}

/// A message as an attacker writes it: with everything in their own hands.
#[derive(Debug, Clone)]
pub(super) struct Forgery {
    pub(super) channel: Channel,
    pub(super) payload: Vec<u8>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) stamp: Option<Stamp>,
    pub(super) latest: Option<&'static str>,
}

impl Forgery {
    /// A true copy.
    pub(super) fn of(delivery: &Delivery) -> Self {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            channel: delivery.channel.clone(),
            payload: delivery.payload.to_vec(),
            headers: delivery.headers.iter().map(owned).collect(),
            stamp: delivery.stamp,
            latest: None,
        }
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        self.without(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn without(&mut self, name: &str) {
        self.headers.retain(|(known, _)| known != name);
    }

    pub(super) fn value(&self, name: &str) -> String {
        self.headers.iter().find(|(known, _)| known == name).unwrap().1.clone()
    }

    pub(super) async fn publish(self, memory: &MemoryTransport) {
        let mut opts = self.latest.map_or_else(PublishOptions::default, latest);
        opts.stamp = self.stamp;
        opts.headers = self.headers.into_iter().collect::<Headers>();
        let message = Publish::new(self.channel, self.payload).with_opts(opts);
        memory.publish_batch(vec![message]).await.unwrap().remove(0).unwrap();
    }
}

/// The only message of a channel as it lies in the transport.
pub(super) async fn raw(memory: &MemoryTransport, channel: &Channel) -> Delivery {
    next(&mut memory.replay(std::slice::from_ref(channel)).await.unwrap()).await
}

/// Everything that a new reader of a channel is told, to its end.
pub(super) async fn told(transport: &impl Transport, channel: &Channel) -> Vec<Delivery> {
    let opts = SubscribeOptions::default().with_start(popkit_transport::Start::Earliest).once();
    let mut reader = transport.subscribe_opts(std::slice::from_ref(channel), opts).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = reader.next().await.transpose().unwrap() {
        told.push(event.into_message().expect("no gap"));
    }
    told
}

/// That nothing was told, and the last refusal had this reason.
pub(super) async fn refused<T: Transport>(
    sign: &Sign<T>,
    reader: &mut Subscription,
    reason: RefusalReason,
    what: &str,
) {
    let before = sign.refusals().total();
    assert!(is_waiting(reader.next()).await, "{what} was told");
    assert_eq!(sign.refusals().total(), before + 1, "{what}");
    let last = sign.refused().pop().unwrap();
    assert_eq!(last.reason, reason, "{what}");
}
