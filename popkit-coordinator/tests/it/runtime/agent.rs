//! An agent by the wire alone.

use std::time::Duration;

use popkit_coordinator::request::Request;
use popkit_coordinator::{Inbox, Letter, Post};
use popkit_protocol::message::{ObjectiveUpdate, ResultMessage, SyncAck, SyncMessage, SyncRequest};
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{
    AgentId, AgentState, Clock as _, Envelope, Insight, InsightKind, Message, Object, Party,
    RandomIds, SystemClock, Timestamp,
};
use tokio::time::{Instant, timeout};

use super::{DEADLINE, Stage};

#[derive(Debug)]
pub(super) struct Agent {
    pub(super) id: AgentId,
    post: Post,
    inbox: Inbox,
    began: Timestamp,
    beat_at: Instant,
    /// What came that was asked for by nobody yet.
    pub(super) heard: Vec<Envelope>,
}

impl Agent {
    /// Joins: opens its inbox and sends a heartbeat.
    pub(super) async fn join(stage: &Stage, name: &str) -> Self {
        let id = AgentId::new(name).unwrap();
        let (post, inbox) = (stage.post(), stage.inbox(&id).await);
        let (began, beat_at) = (SystemClock.now(), Instant::now());
        let mut agent = Self { id, post, inbox, began, beat_at, heard: Vec::new() };
        agent.beat().await;
        agent
    }

    async fn beat(&mut self) {
        let now = SystemClock.now();
        let identity = AgentIdentity::new(self.id.clone(), self.id.as_str(), "s", self.began);
        self.say(Message::Heartbeat(AgentState::new(identity, now))).await;
        self.beat_at = Instant::now() + Duration::from_millis(400);
    }

    pub(super) async fn say(&self, message: Message) {
        let from = Party::Agent(self.id.clone());
        let now = SystemClock.now();
        let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
        self.post.send(&envelope).await.unwrap();
    }

    pub(super) async fn ask(&self, request: Request) {
        let from = Party::Agent(self.id.clone());
        let envelope = request.envelope(from, &RandomIds, &SystemClock).unwrap();
        self.post.send(&envelope).await.unwrap();
    }

    /// Finds something, of these tags.
    pub(super) async fn find(&self, content: &str, tags: &[&str]) {
        let (now, from) = (SystemClock.now(), Party::Agent(self.id.clone()));
        let insight = Insight::new(&RandomIds, now, from, InsightKind::Discovery, content);
        self.say(Message::Insight(insight.with_tags(tags.iter().copied()))).await;
    }

    /// Says that its part of a phase is done.
    pub(super) async fn done(&self, phase: u32, approach: &str) {
        let body = Object::default()
            .with("approach", approach)
            .and_then(|body| body.with("context", "a test"))
            .and_then(|body| body.with("success", &true))
            .and_then(|body| body.with_extension("phase", &phase));
        self.say(Message::Result(ResultMessage::new(body.unwrap()))).await;
    }

    /// The next message that is wanted. It beats meanwhile; others are kept.
    pub(super) async fn wait<T>(
        &mut self,
        what: &str,
        wanted: impl Fn(&Envelope) -> Option<T>,
    ) -> T {
        let waiting = async {
            loop {
                if Instant::now() >= self.beat_at {
                    self.beat().await;
                }
                for letter in self.inbox.receive(16, Duration::from_millis(100)).await.unwrap() {
                    let Letter::Message(received) = letter else { continue };
                    self.heard.push(received.envelope().clone());
                    self.inbox.ack(&received).await.unwrap();
                }
                if let Some(at) = self.heard.iter().position(|one| wanted(one).is_some()) {
                    return wanted(&self.heard.remove(at)).unwrap();
                }
            }
        };
        let found = timeout(DEADLINE, waiting).await;
        found.unwrap_or_else(|_| panic!("an agent waited for {what}"))
    }

    /// Stands at the next barrier that it is asked to.
    pub(super) async fn stand(&mut self) -> SyncRequest {
        let request = self
            .wait("a barrier", |envelope| match &envelope.message {
                Message::Sync(SyncMessage::Request(request)) => Some(request.clone()),
                _ => None,
            })
            .await;
        let mut ack = SyncAck::new(request.barrier_id.as_str());
        if let Some(generation) = request.extra.extension::<u64>("generation") {
            ack.extra = Object::default().with_extension("generation", &generation).unwrap();
        }
        self.say(Message::SyncAck(ack)).await;
        request
    }

    /// Waits for the beginning of this phase; answers with the results of the one before.
    pub(super) async fn phase(&mut self, index: u32) -> Vec<String> {
        self.wait(&format!("phase {index}"), |envelope| match &envelope.message {
            Message::ObjectiveUpdate(ObjectiveUpdate::Phase(start))
                if start.phase_index == index =>
            {
                Some(start.previous_results.iter().map(|one| one.as_str().to_owned()).collect())
            }
            _ => None,
        })
        .await
    }

    /// Waits for the end, a good one.
    pub(super) async fn complete(&mut self) {
        self.wait("the end", |envelope| {
            let update = &envelope.message;
            let is_end =
                matches!(update, Message::ObjectiveUpdate(ObjectiveUpdate::Complete { .. }));
            is_end.then_some(())
        })
        .await;
    }

    /// Through these phases to the end.
    pub(super) async fn live(mut self, phases: u32) -> Self {
        for phase in 0..phases {
            self.stand().await;
            self.phase(phase).await;
            self.done(phase, &format!("{} in {phase}", self.id)).await;
        }
        self.complete().await;
        self
    }
}
