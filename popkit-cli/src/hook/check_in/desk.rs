//! The agent's documents, and what it sends.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Post;
use popkit_coordinator::check_in::{Found, HookMemory, HookState};
use popkit_coordinator::request::Request;
use popkit_protocol::compat::python::Python;
use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{
    AgentId, Clock as _, Codec, Envelope, Insight, Json, Message, Party, RandomIds, SystemClock,
};
use popkit_store::{Document, ErrorKind, SaveOptions, StateKey};
use popkit_transport::{Stamps, Transport};

use crate::context::Context;
use crate::error::CliError;
use crate::hook::input::Input;
use crate::hook::session::Session;

/// How long the documents of an agent stay that is not heard of any more, unless the end of
/// the session takes them.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How often the agent is heard of, as it advertises: a model thinks, and a tool works, for
/// minutes.
const PERIOD: Duration = Duration::from_secs(300);
/// Other processes of the agent that may come between reading its state and writing it.
const TRIES: usize = 16;
/// Entries of the list of insights.
const INSIGHTS: usize = 100;

/// One agent of a session that is active.
pub(super) struct Desk {
    pub(super) session: Session,
    pub(super) agent: AgentId,
    pub(super) transport: Arc<dyn Transport>,
    identity: AgentIdentity,
    post: Post,
}

impl Desk {
    /// The agent of this input; `None` where no session is active.
    pub(super) async fn open(cx: &Context, input: &Input) -> Result<Option<Self>, CliError> {
        let Some(session) = Session::only(cx).await? else { return Ok(None) };
        let agent = input.agent().map_err(CliError::data)?;
        let transport = session.messages.open_or_make().await?;
        let (name, now) = (input.agent_name(), SystemClock.now());
        let identity = AgentIdentity::new(agent.clone(), name, input.session_id.clone(), now);
        let stamps = Stamps::new(&RandomIds);
        let post = Post::new(Arc::clone(&transport), session.names().clone(), stamps);
        Ok(Some(Self { session, agent, transport, identity, post }))
    }

    /// Closes everything.
    pub(super) async fn close(self) -> Result<(), CliError> {
        self.transport.close().await?;
        self.session.close().await
    }

    /// Changes the agent's state in one step; `None` where the change says that there is
    /// nothing to change. It may be called again on a newer state.
    pub(super) async fn update(
        &self,
        mut change: impl FnMut(&mut HookState) -> bool + Send,
    ) -> Result<Option<HookState>, CliError> {
        let key = StateKey::new(format!("state:{}", self.agent))?;
        let mut tries = 1;
        loop {
            let found = self.session.documents.load(&key).await?;
            let (fields, opts) = match found {
                None => (Default::default(), SaveOptions::default().if_absent()),
                Some(found) => match found.value {
                    Document::Map(fields) => {
                        (fields, SaveOptions::default().if_version(found.version))
                    }
                    _ => return Err(CliError::data("the state of the agent is no map").at(key)),
                },
            };
            let mut state = HookState::read(self.identity.clone(), &fields);
            if !change(&mut state) {
                return Ok(None);
            }
            let document = Document::Map(state.write());
            match self.session.documents.save(&key, document, opts.ttl(KEPT)).await {
                Ok(_) => return Ok(Some(state)),
                Err(error) if error.kind() == ErrorKind::Conflict && tries < TRIES => tries += 1,
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What it was told before. What cannot be read is as good as nothing.
    pub(super) async fn memory(&self) -> Result<HookMemory, CliError> {
        let found = self.session.documents.load(&self.memory_key()?).await?;
        let memory = found.and_then(|found| match found.value {
            Document::Text(text) => serde_json::from_slice(&text).ok(),
            _ => None,
        });
        Ok(memory.unwrap_or_default())
    }

    /// Keeps that.
    pub(super) async fn remember(&self, memory: &HookMemory) -> Result<(), CliError> {
        let text = serde_json::to_vec(memory)
            .map_err(|error| CliError::failed(format!("cannot write JSON: {error}")))?;
        let opts = SaveOptions::default().ttl(KEPT);
        self.session.documents.save(&self.memory_key()?, Document::text(text), opts).await?;
        Ok(())
    }

    fn memory_key(&self) -> Result<StateKey, CliError> {
        Ok(StateKey::new(format!("hook:{}", self.agent))?)
    }

    /// Says that it is there, and what it works on. The first time it is registered by this.
    pub(super) async fn register(&self, state: &HookState) -> Result<(), CliError> {
        let from = Party::Agent(self.agent.clone());
        let join = Request::Join { period: Some(PERIOD), tags: state.tags(), files: Vec::new() };
        self.post.send(&join.envelope(from.clone(), &RandomIds, &SystemClock)?).await?;
        let heartbeat = Message::Heartbeat(state.heartbeat(SystemClock.now()));
        self.send(from, heartbeat).await
    }

    /// Says that it is gone, if it was ever there.
    pub(super) async fn leave(&self) -> Result<(), CliError> {
        let key = StateKey::new(format!("state:{}", self.agent))?;
        if self.session.documents.load(&key).await?.is_none() {
            return Ok(());
        }
        let from = Party::Agent(self.agent.clone());
        let leave = Request::Leave.envelope(from, &RandomIds, &SystemClock)?;
        self.post.send(&leave).await?;
        Ok(())
    }

    async fn send(&self, from: Party, message: Message) -> Result<(), CliError> {
        let now = SystemClock.now();
        let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
        self.post.send(&envelope).await?;
        Ok(())
    }

    /// What agents have found, newest first. An entry that is none is passed over.
    pub(super) async fn insights(&self) -> Result<Vec<Insight>, CliError> {
        let found = self.session.documents.load(&StateKey::new("insights")?).await?;
        let Some(Document::List(entries)) = found.map(|found| found.value) else {
            return Ok(Vec::new());
        };
        let read = |entry: &[u8]| {
            let json = Json::from_text(std::str::from_utf8(entry).ok()?).ok()?;
            Codec::default().from_json(&json).ok()
        };
        Ok(entries.iter().filter_map(|entry| read(entry)).collect())
    }

    /// Tells the others, by the list and by a message; `false` where it is in the list already.
    pub(super) async fn share(&self, found: Found, known: &[Insight]) -> Result<bool, CliError> {
        let (from, now) = (Party::Agent(self.agent.clone()), SystemClock.now());
        let insight = Insight::new(&RandomIds, now, from.clone(), found.kind, found.content);
        let insight = insight.with_tags(found.tags).with_confidence(found.confidence);
        if known.iter().any(|known| known.says_the_same(&insight)) {
            return Ok(false);
        }
        let entry = Python::default().insight_entry(&insight)?.as_str().to_owned();
        let key = StateKey::new("insights")?;
        self.session.documents.append(&key, entry.into(), INSIGHTS).await?;
        self.send(from, Message::Insight(insight)).await?;
        Ok(true)
    }
}
