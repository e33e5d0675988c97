//! Sending.

use std::sync::Mutex;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_coordinator::PostError;
use popkit_protocol::message::{HumanRequired, ResultMessage, SyncAck};
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{AgentState, Channel};
use popkit_transport::layer::{Injection, Operation, Retry};
use popkit_transport::{
    Capabilities, Event, Pong, Publish, PublishOptions, Receipt, Result, Start, SubscribeOptions,
    Subscription,
};
use tokio::time::timeout;

use super::*;

/// Everything that a reader of a channel gets.
async fn read(transport: &dyn Transport, channel: &str) -> Vec<Event> {
    let options = SubscribeOptions::default().with_start(Start::Earliest).once();
    let channel = Channel::new(channel).unwrap();
    let mut reader = transport.subscribe_opts(&[channel], options).await.unwrap();
    let mut events = Vec::new();
    while let Some(event) = reader.next().await.transpose().unwrap() {
        events.push(event);
    }
    events
}

fn sequences(events: &[Event]) -> Vec<u64> {
    let sequence = |event: &Event| match event {
        Event::Message(message) => message.stamp.unwrap().sequence,
        other => panic!("{other:?}"),
    };
    events.iter().map(sequence).collect()
}

#[tokio::test]
async fn each_message_goes_to_the_channel_of_its_type_and_receiver() {
    let stage = Stage::new();
    let result = Message::Result(ResultMessage::new(Object::default()));
    let ack = Message::SyncAck(SyncAck::new("phase-1"));
    for (to, message, channel) in [
        (Party::Agent(agent()), task("a"), "pop:agent:builder-1"),
        (Party::Everyone, task("b"), "pop:broadcast"),
        (Party::Coordinator, result, "pop:results"),
        (Party::Coordinator, ack, "pop:coordinator"),
        (Party::Human, Message::HumanRequired(HumanRequired::new("Push?")), "pop:human"),
        (Party::Everyone, Message::Insight(insight(&stage, "x")), "pop:insights"),
    ] {
        stage.post.send(&stage.envelope(to, message)).await.unwrap();
        assert_eq!(read(&stage.transport, channel).await.len(), 1, "{channel}");
    }
}

fn beat(stage: &Stage, id: &str, progress: f64) -> Envelope {
    let (id, now) = (AgentId::new(id).unwrap(), stage.clock.now());
    let identity = AgentIdentity::new(id.clone(), "", "s", now);
    let state = AgentState::new(identity, now).with_progress(progress);
    let (from, to) = (Party::Agent(id), Party::Coordinator);
    Envelope::new(&RandomIds, now, from, to, Message::Heartbeat(state))
}

#[tokio::test]
async fn a_heartbeat_replaces_the_one_before_it() {
    let stage = Stage::new();
    for (id, progress) in [("a", 0.1), ("b", 0.5), ("a", 0.2), ("a", 0.3)] {
        stage.post.send(&beat(&stage, id, progress)).await.unwrap();
    }
    let events = read(&stage.transport, "pop:heartbeat").await;
    let progress = |event: &Event| {
        let Event::Message(message) = event else { panic!("{event:?}") };
        let codec = popkit_protocol::Codec::default();
        let Message::Heartbeat(state) = codec.decode(&message.payload).unwrap().message else {
            panic!("{message:?}")
        };
        (message.latest.clone().unwrap().to_string(), state.progress)
    };
    let found: Vec<_> = events.iter().map(progress).collect();
    assert_eq!(found, [("a".to_owned(), 0.3), ("b".to_owned(), 0.5)]);
}

#[tokio::test]
async fn a_message_beyond_the_limits_is_not_sent() {
    let stage = Stage::new();
    let large = stage.envelope(Party::Agent(agent()), task(&"x".repeat(300 * 1024)));
    let error = stage.post.send(&large).await.unwrap_err();
    assert!(matches!(&error, PostError::Codec { id, .. } if *id == large.id), "{error}");
    assert!(!error.is_retryable());
    assert!(read(&stage.transport, "pop:agent:builder-1").await.is_empty());
}

/// A post that sends behind the bad line.
fn behind(stage: &Stage) -> Post {
    let transport = Arc::new(stage.transport.clone());
    Post::new(transport, Namespace::unnamed(), Stamps::new(&RandomIds))
}

#[tokio::test]
async fn a_number_is_used_again_only_where_surely_nothing_was_sent() {
    let stage = Stage::new();
    let post = behind(&stage);
    let send = async |title: &str| {
        let envelope = stage.envelope(Party::Agent(agent()), task(title));
        post.send(&envelope).await
    };
    stage.transport.script(Operation::Publish, [Injection::Fail]);
    assert!(send("not sent").await.unwrap_err().is_retryable());
    send("1").await.unwrap();
    stage.transport.script(Operation::Publish, [Injection::Lose]);
    send("2, and the answer is lost").await.unwrap_err();
    send("3").await.unwrap();
    assert_eq!(sequences(&read(&stage.transport, "pop:agent:builder-1").await), [1, 2, 3]);
}

#[tokio::test(start_paused = true)]
async fn a_message_whose_sending_was_given_up_does_not_cost_the_next_one() {
    let stage = Stage::new();
    let post = behind(&stage);
    let late = Injection::DelayReply(Duration::from_secs(3600));
    stage.transport.script(Operation::Publish, [late]);
    let first = stage.envelope(Party::Agent(agent()), task("first"));
    assert!(timeout(Duration::from_secs(1), post.send(&first)).await.is_err());
    post.send(&stage.envelope(Party::Agent(agent()), task("second"))).await.unwrap();
    assert_eq!(titles_now(&mut stage.open().await).await, ["first", "second"]);
}

#[tokio::test(start_paused = true)]
async fn over_a_retry_a_message_is_repeated_under_its_number() {
    let stage = Stage::new();
    let transport = Arc::new(Retry::new(stage.transport.clone()));
    let post = Post::new(transport, Namespace::unnamed(), Stamps::new(&RandomIds));
    stage.transport.script(Operation::Publish, [Injection::Lose, Injection::Fail]);
    for title in ["a", "b"] {
        let envelope = stage.envelope(Party::Agent(agent()), task(title));
        post.send(&envelope).await.unwrap();
    }
    assert_eq!(titles_now(&mut stage.open().await).await, ["a", "b"]);
}

#[tokio::test]
async fn messages_of_several_senders_of_one_post_do_not_overtake_each_other() {
    let stage = Stage::new();
    let post = behind(&stage);
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (post, to) = (post.clone(), Party::Agent(agent()));
        let envelope = stage.envelope(to, task(&number.to_string()));
        tasks.spawn(async move { post.send(&envelope).await.unwrap() });
    }
    tasks.join_all().await;
    let events = read(&stage.transport, "pop:agent:builder-1").await;
    assert_eq!(sequences(&events), (1..=20).collect::<Vec<_>>());
}

/// A transport that notes which of its messages need not be synced.
#[derive(Debug, Default)]
struct Noting {
    inner: MemoryTransport,
    relaxed: Mutex<Vec<bool>>,
}

#[async_trait]
impl Transport for Noting {
    fn backend(&self) -> &'static str {
        "noting"
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        self.relaxed.lock().unwrap().push(opts.relaxed);
        self.inner.publish_opts(channel, payload, opts).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        self.inner.publish_batch(batch).await
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        self.inner.subscribe_opts(channels, opts).await
    }

    async fn ping(&self) -> Result<Pong> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}

#[tokio::test]
async fn heartbeats_alone_need_not_survive_a_power_cut() {
    let (stage, noting) = (Stage::new(), Arc::new(Noting::default()));
    let transport = Arc::<Noting>::clone(&noting);
    let post = Post::new(transport, Namespace::unnamed(), Stamps::new(&RandomIds));
    post.send(&beat(&stage, "a", 0.1)).await.unwrap();
    post.send(&stage.envelope(Party::Agent(agent()), task("kept"))).await.unwrap();
    assert_eq!(*noting.relaxed.lock().unwrap(), [true, false]);
}
