//! The inbox of an agent, and sending.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod ack;
mod expiry;
mod life;
mod post;
mod receive;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::{Inbox, InboxError, InboxOptions, Letter, Post, Received};
use popkit_protocol::message::TaskMessage;
use popkit_protocol::{
    AgentId, Clock as _, Envelope, Insight, InsightKind, ManualClock, Message, Namespace, Object,
    Party, RandomIds, Topic,
};
use popkit_store::MemoryStore;
use popkit_store::layer::Fault as FaultStore;
use popkit_transport::layer::Fault as FaultTransport;
use popkit_transport::{MemoryOptions, MemoryTransport, Stamps, Transport, TransportExt as _};

/// A transport and documents, each behind a line, and one agent's inbox.
struct Stage {
    transport: FaultTransport<MemoryTransport>,
    documents: FaultStore<MemoryStore>,
    clock: Arc<ManualClock>,
    post: Post,
}

fn agent() -> AgentId {
    AgentId::new("builder-1").unwrap()
}

fn finder() -> Party {
    Party::Agent(AgentId::new("finder").unwrap())
}

impl Stage {
    fn new() -> Self {
        Self::with(MemoryOptions::default())
    }

    fn with(options: MemoryOptions) -> Self {
        let transport = FaultTransport::new(options.open());
        let stamps = Stamps::new(&RandomIds);
        Self {
            post: Post::new(Arc::new(transport.inner().clone()), Namespace::unnamed(), stamps),
            transport,
            documents: FaultStore::new(MemoryStore::new()),
            clock: Arc::new(ManualClock::default()),
        }
    }

    fn options(&self) -> InboxOptions {
        InboxOptions::new(agent()).with_clock(Arc::<ManualClock>::clone(&self.clock))
    }

    async fn open_with(&self, options: InboxOptions) -> Result<Inbox, InboxError> {
        let (transport, documents) = (self.transport.clone(), self.documents.clone());
        Inbox::open(Arc::new(transport), Arc::new(documents), options).await
    }

    async fn open(&self) -> Inbox {
        self.open_with(self.options()).await.unwrap()
    }

    fn envelope(&self, to: Party, message: Message) -> Envelope {
        Envelope::new(&RandomIds, self.clock.now(), Party::Coordinator, to, message)
    }

    /// Sends the agent a task of this title.
    async fn send(&self, title: &str) {
        self.post.send(&self.envelope(Party::Agent(agent()), task(title))).await.unwrap();
    }

    async fn send_all(&self, titles: std::ops::Range<u32>) {
        for title in titles {
            self.send(&title.to_string()).await;
        }
    }

    /// Puts bytes on the agent's channel.
    async fn publish(&self, bytes: &[u8]) {
        let channel = Namespace::unnamed().channel(&Topic::Agent(agent()));
        self.transport.inner().publish(&channel, bytes.to_vec()).await.unwrap();
    }
}

fn task(title: &str) -> Message {
    Message::Task(TaskMessage::new(Object::default().with("title", title).unwrap()))
}

fn insight(stage: &Stage, content: &str) -> Insight {
    let now = stage.clock.now();
    Insight::new(&RandomIds, now, finder(), InsightKind::Discovery, content).with_tags(["parser"])
}

/// What is there.
async fn now(inbox: &mut Inbox) -> Vec<Letter> {
    inbox.receive(1000, Duration::ZERO).await.unwrap()
}

fn messages(letters: Vec<Letter>) -> Vec<Received> {
    letters.into_iter().map(|letter| letter.into_message().expect("a message")).collect()
}

fn title(received: &Received) -> String {
    match received.message() {
        Message::Task(task) => task.body.get("title").unwrap(),
        Message::Insight(insight) => insight.content.clone(),
        other => other.name().to_owned(),
    }
}

fn titles(letters: Vec<Letter>) -> Vec<String> {
    messages(letters).iter().map(title).collect()
}

async fn titles_now(inbox: &mut Inbox) -> Vec<String> {
    titles(now(inbox).await)
}
