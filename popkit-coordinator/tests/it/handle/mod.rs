//! The agent's side of a power session, against the real machine. Time is the runtime's
//! paused clock, for all of them: nothing here waits for real, but where files are used.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod barriers;
mod boss;
mod crash;
mod decide;
mod insights;
mod leave;
mod phases;
mod repeats;
mod talk;
mod waits;
mod worker;

use std::sync::Arc;

use popkit_coordinator::agent::handle::{AgentHandle, AgentOptions, Barrier, Order, Work};
use popkit_coordinator::machine;
use popkit_coordinator::{AgentError, Post};
use popkit_protocol::message::PhaseStart;
use popkit_protocol::{
    AgentId, Clock, Codec, Envelope, Message, Namespace, Object, Objective, Party, RandomIds,
    SequentialIds, Topic,
};
use popkit_store::{MemoryStore, StateStore};
use popkit_transport::{MemoryOptions, Stamps, Start, SubscribeOptions, Transport};

use crate::worker::{RuntimeClock, secs};
use boss::Boss;

/// Where a session takes place.
#[derive(Clone)]
struct Stage {
    clock: Arc<dyn Clock>,
    transport: Arc<dyn Transport>,
    documents: Arc<dyn StateStore>,
}

fn id(name: &str) -> AgentId {
    AgentId::new(name).unwrap()
}

impl Stage {
    fn new() -> Self {
        let clock = RuntimeClock::new();
        let transport = MemoryOptions::default().clock(Arc::<RuntimeClock>::clone(&clock)).open();
        let documents = Arc::new(MemoryStore::new());
        Self { clock, transport: Arc::new(transport), documents }
    }

    fn options(&self, name: &str) -> AgentOptions {
        AgentOptions::new(id(name)).with_clock(Arc::clone(&self.clock))
    }

    async fn join_as(&self, options: AgentOptions) -> Result<AgentHandle, AgentError> {
        let (transport, documents) = (Arc::clone(&self.transport), Arc::clone(&self.documents));
        AgentHandle::join(transport, documents, options).await
    }

    async fn join(&self, name: &str) -> AgentHandle {
        self.join_as(self.options(name)).await.unwrap()
    }

    /// With this tag.
    async fn join_for(&self, name: &str, tag: &str) -> AgentHandle {
        self.join_as(self.options(name).with_tags([tag])).await.unwrap()
    }

    /// A session of these phases, with a coordinator.
    fn lead(&self, phases: &[&str], change: impl FnOnce(&mut machine::Start)) -> Boss {
        let now = self.clock.now();
        let objective = Objective::new(&SequentialIds::default(), now, "tidy the parser");
        let mut start = machine::Start::new(objective.with_phases(phases.iter().copied()), 7, now);
        change(&mut start);
        Boss::new(self.clone(), start)
    }

    /// A session whose first phase runs, with these agents; each has been told of it.
    async fn begun(&self, names: &[&str]) -> (Boss, Vec<AgentHandle>) {
        self.begun_with(names, |_| {}).await
    }

    async fn begun_with(
        &self,
        names: &[&str],
        change: impl FnOnce(&mut machine::Start),
    ) -> (Boss, Vec<AgentHandle>) {
        let boss = self.lead(&["work"], |start| {
            start.settings.agents.wanted = u32::try_from(names.len()).unwrap();
            change(start);
        });
        let mut agents = Vec::new();
        for name in names {
            agents.push(self.join_for(name, "parser").await);
        }
        for agent in &agents {
            agent.arrive(&called(agent).await).await.unwrap();
        }
        for agent in &agents {
            assert_eq!(phase(agent).await.phase, "work");
        }
        (boss, agents)
    }

    /// Sends a message as somebody.
    async fn send(&self, from: Party, to: Party, message: Message) -> Envelope {
        let envelope = Envelope::new(&RandomIds, self.clock.now(), from, to, message);
        self.send_as_it_is(&envelope).await;
        envelope
    }

    /// What was said to the coordinator of this type.
    async fn said(&self, kind: &str) -> Vec<Envelope> {
        let channel = Namespace::unnamed().channel(&Topic::Coordinator);
        let opts = SubscribeOptions::default().with_start(Start::Earliest).once();
        let mut messages = self.transport.subscribe_opts(&[channel], opts).await.unwrap();
        let mut said = Vec::new();
        while let Some(event) = messages.next().await {
            let payload = event.unwrap().into_message().unwrap().payload;
            said.push(Codec::default().decode(&payload).unwrap());
        }
        said.retain(|envelope| envelope.message.name() == kind);
        said
    }

    async fn send_as_it_is(&self, envelope: &Envelope) {
        let (transport, stamps) = (Arc::clone(&self.transport), Stamps::new(&RandomIds));
        Post::new(transport, Namespace::unnamed(), stamps).send(envelope).await.unwrap();
    }
}

/// The next order, whatever it is.
async fn next(agent: &AgentHandle) -> Order {
    agent.next(secs(300)).await.unwrap().expect("an order")
}

/// The next order that is one of these.
async fn next_of<T>(agent: &AgentHandle, pick: impl Fn(Order) -> Option<T> + Send + Sync) -> T {
    loop {
        let order = next(agent).await;
        let is_end = matches!(order, Order::Ended(_));
        if let Some(found) = pick(order) {
            return found;
        }
        assert!(!is_end, "it is over");
    }
}

async fn called(agent: &AgentHandle) -> Barrier {
    next_of(agent, |order| match order {
        Order::Barrier(barrier) => Some(barrier),
        _ => None,
    })
    .await
}

async fn phase(agent: &AgentHandle) -> PhaseStart {
    next_of(agent, |order| match order {
        Order::Phase(start) => Some(start),
        _ => None,
    })
    .await
}

async fn work(agent: &AgentHandle) -> Work {
    next_of(agent, |order| match order {
        Order::Task(work) => Some(work),
        _ => None,
    })
    .await
}

/// What is there.
async fn now(agent: &AgentHandle) -> Vec<Order> {
    let mut orders = Vec::new();
    while let Some(order) = agent.next(secs(0)).await.unwrap() {
        orders.push(order);
    }
    orders
}

fn body(pairs: &[(&str, &str)]) -> Object {
    pairs.iter().fold(Object::default(), |body, (key, text)| body.with(key, text).unwrap())
}
