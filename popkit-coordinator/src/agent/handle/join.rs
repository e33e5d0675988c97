//! Joining and leaving.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use popkit_protocol::session::AgentIdentity;
use popkit_protocol::{AgentId, Clock, Envelope, IdSource, Message, MessageId, Namespace, Party};
use popkit_store::StateStore;
use popkit_transport::{Receipt, Stamps, Transport};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::mail::Mail;
use super::state::Said;
use super::{AgentError, AgentOptions, Ended, beat};
use crate::request::Request;
use crate::{Inbox, InboxOptions, Post};

/// An agent in a power session. Clones are the same agent; with the last of them its
/// heartbeats end.
#[derive(Debug, Clone)]
pub struct AgentHandle(Arc<Owner>);

#[derive(Debug)]
struct Owner {
    core: Arc<Core>,
    /// The task that sends heartbeats. It ends with the last handle.
    beats: Mutex<JoinSet<()>>,
}

/// What the handles and the heartbeats share.
#[derive(Debug)]
pub(super) struct Core {
    pub(super) identity: AgentIdentity,
    /// What it says about itself when it joins, and now and then after that.
    pub(super) about: Request,
    pub(super) post: Post,
    pub(super) documents: Arc<dyn StateStore>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) namespace: Namespace,
    pub(super) period: Duration,
    pub(super) check_in_every: u32,
    said: Mutex<Said>,
    pub(super) mail: Mail,
    /// One heartbeat at a time: an older one must not replace a newer one.
    pub(super) beating: tokio::sync::Mutex<()>,
    /// The agent has left.
    pub(super) left: CancellationToken,
}

impl Core {
    pub(super) fn id(&self) -> &AgentId {
        &self.identity.id
    }

    pub(super) fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn envelope(&self, to: Party, message: Message) -> Envelope {
        let from = Party::Agent(self.id().clone());
        Envelope::new(&*self.ids, self.clock.now(), from, to, message)
    }

    pub(super) async fn send(&self, envelope: &Envelope) -> Result<Receipt, AgentError> {
        if self.left.is_cancelled() {
            return Err(AgentError::Left { agent: self.id().clone() });
        }
        Ok(self.post.send(envelope).await?)
    }

    pub(super) async fn tell(&self, message: Message) -> Result<MessageId, AgentError> {
        let envelope = self.envelope(Party::Coordinator, message);
        self.send(&envelope).await?;
        Ok(envelope.id)
    }

    pub(super) async fn request(&self, request: Request) -> Result<Receipt, AgentError> {
        let from = Party::Agent(self.id().clone());
        self.send(&request.envelope(from, &*self.ids, &*self.clock)?).await
    }
}

impl AgentHandle {
    /// Joins a session: opens the agent's inbox, says who it is, and sends heartbeats from now
    /// on, by a task of its own that ends with the last handle. The coordinator answers by
    /// telling it where the session stands; nobody needs to be there yet: a coordinator that
    /// comes later is told by a heartbeat that the agent is there, and soon after who it is.
    ///
    /// Another start of the same agent is replaced: it learns of that by
    /// [`AgentError::Replaced`] when it acknowledges, and the coordinator listens to the later
    /// one.
    ///
    /// # Errors
    ///
    /// [`AgentError::Inbox`] where the inbox cannot be opened, [`AgentError::Post`] where the
    /// first messages cannot be sent. The agent may be known to the session then; joining
    /// again does no harm.
    ///
    /// # Panics
    ///
    /// Outside a tokio runtime.
    ///
    /// # Cancel safety
    ///
    /// As after an error.
    pub async fn join(
        transport: Arc<dyn Transport>,
        documents: Arc<dyn StateStore>,
        options: AgentOptions,
    ) -> Result<Self, AgentError> {
        let period = options.period.max(Duration::from_secs(1));
        let period = period.max(transport.capabilities().latest_every);
        let began = options.started_at;
        let core = Arc::new(open(transport, documents, options, period).await?);
        // First: then the coordinator knows the period when it registers the agent. What it
        // said before is about an earlier start.
        let receipt = core.request(core.about.clone()).await?;
        core.mail.joined(receipt.at, began.map_or(receipt.at, |began| began.min(receipt.at)));
        core.beat().await?;
        let mut beats = JoinSet::new();
        beats.spawn(beat::keep_alive(Arc::clone(&core)));
        Ok(Self(Arc::new(Owner { core, beats: Mutex::new(beats) })))
    }

    /// Leaves the session, by the agent's own will: nobody waits for it any more, and the work
    /// that it was sent goes to others. What it was given counts as handled, and its
    /// heartbeats end. All clones have left then; leaving twice is no error.
    ///
    /// # Errors
    ///
    /// [`AgentError::Replaced`]: another start of the agent is in the session, and stays.
    /// [`AgentError::Inbox`] or [`AgentError::Post`]: the heartbeats have ended all the same;
    /// called again it tries again.
    ///
    /// # Cancel safety
    ///
    /// As after an error.
    pub async fn leave(&self) -> Result<(), AgentError> {
        let beats = {
            let mut beats = self.0.beats.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *beats)
        };
        // A heartbeat behind the farewell would bring the agent back.
        drop(beats);
        let core = self.core();
        let _turn = core.beating.lock().await;
        if core.left.is_cancelled() {
            return Ok(());
        }
        self.ack().await?;
        // The farewell of an earlier start would be taken for that of the later one.
        core.mail.confirm().await?;
        // Heartbeats may be ahead of the clock, and one that is read later brings nobody back
        // where the farewell is behind it.
        let at = core.said().now(&*core.clock).timestamp;
        let from = Party::Agent(core.id().clone());
        let mut farewell = Request::Leave.envelope(from, &*core.ids, &*core.clock)?;
        farewell.sent_at = at;
        core.send(&farewell).await?;
        core.left.cancel();
        Ok(())
    }

    pub(super) fn core(&self) -> &Core {
        &self.0.core
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> &AgentId {
        self.core().id()
    }

    /// Who it is, this start of it.
    #[must_use]
    pub fn identity(&self) -> &AgentIdentity {
        &self.core().identity
    }

    /// The session.
    #[must_use]
    pub fn namespace(&self) -> &Namespace {
        &self.core().namespace
    }

    /// How often it sends a heartbeat.
    #[must_use]
    pub fn period(&self) -> Duration {
        self.core().period
    }

    /// Whether a person decides about something that it waits for, as far as was read.
    #[must_use]
    pub fn is_paused(&self) -> bool {
        self.core().mail.desk().is_paused()
    }

    /// How the session ended, where that was read.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.core().mail.desk().ended().cloned()
    }
}

async fn open(
    transport: Arc<dyn Transport>,
    documents: Arc<dyn StateStore>,
    options: AgentOptions,
    period: Duration,
) -> Result<Core, AgentError> {
    let AgentOptions { namespace, agent, clock, ids, codec, .. } = options;
    let inbox = InboxOptions::new(agent.clone())
        .with_namespace(namespace.clone())
        .with_clock(Arc::clone(&clock))
        .with_ids(Arc::clone(&ids))
        .with_codec(codec)
        .with_unacknowledged(options.unacknowledged);
    let opened = Inbox::open(Arc::clone(&transport), Arc::clone(&documents), inbox).await;
    let inbox = opened.map_err(|error| AgentError::inbox(&agent, error))?;
    let named =
        |text: String, other: &dyn Fn() -> String| if text.is_empty() { other() } else { text };
    let name = named(options.name, &|| agent.to_string());
    let program = named(options.program, &|| ids.message_id().to_string());
    let now = clock.now();
    let started_at = options.started_at.unwrap_or(now);
    let identity = AgentIdentity::new(agent.clone(), name, program, started_at);
    let about = Request::Join { period: Some(period), tags: options.tags, files: options.files };
    let post = Post::new(transport, namespace.clone(), Stamps::new(&*ids)).with_codec(codec);
    Ok(Core {
        said: Mutex::new(Said::new(identity.clone(), now)),
        identity,
        about,
        post,
        documents,
        clock,
        ids,
        namespace,
        period,
        check_in_every: options.check_in_every.max(1),
        mail: Mail::new(agent, inbox, period * beat::REMINDED),
        beating: tokio::sync::Mutex::new(()),
        left: CancellationToken::new(),
    })
}
