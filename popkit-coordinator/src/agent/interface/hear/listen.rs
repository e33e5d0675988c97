//! Listening on the channels of a session.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use popkit_protocol::{Codec, Envelope, Namespace, TaskId, Topic};
use popkit_transport::{
    Event, OutcomeKind, Overflow, Result, Start, SubscribeOptions, Subscription, Transport,
};

use super::{Heard, HeardInsight, HeardPlan, Question};
use crate::agent::Shutdown;
use crate::agent::interface::{InterfaceAgent, InterfaceError};

/// Messages of a channel that are worth catching up with.
const BEHIND: u64 = 1000;
/// The rest after an error.
const REST: Duration = Duration::from_millis(500);

impl InterfaceAgent {
    /// Takes a message; answers whether it is of interest: how far a plan is, an insight, a
    /// question to a person. One whose life is over is not.
    pub fn hear(&self, envelope: &Envelope) -> bool {
        self.lock().take(envelope, self.clock.now())
    }

    /// Hears all that was said and is still kept on the channels `broadcast`, `insights` and
    /// `human` of a session, and answers how many messages were of interest.
    ///
    /// # Errors
    ///
    /// What the transport says.
    pub async fn catch_up(&self, transport: &dyn Transport, of: &Namespace) -> Result<u64> {
        let mut messages = subscribe(transport, of, SubscribeOptions::default().once()).await?;
        let mut heard = 0;
        while let Some(event) = messages.next().await {
            heard += u64::from(self.note(event?));
        }
        Ok(heard)
    }

    /// The same, and then what is said until the shutdown begins. A transport that cannot be
    /// reached is waited for.
    ///
    /// # Errors
    ///
    /// What the transport says that waiting does not cure. That it was closed is none: there
    /// is nothing more to hear.
    ///
    /// # Cancel safety
    ///
    /// Dropped, what was heard stays.
    pub async fn listen(
        &self,
        transport: &dyn Transport,
        of: &Namespace,
        shutdown: &Shutdown,
    ) -> Result<()> {
        tokio::select! {
            biased;
            () = shutdown.draining() => Ok(()),
            heard = self.listen_on(transport, of) => heard,
        }
    }

    async fn listen_on(&self, transport: &dyn Transport, of: &Namespace) -> Result<()> {
        let mut messages = loop {
            match subscribe(transport, of, SubscribeOptions::default()).await {
                Ok(messages) => break messages,
                Err(error) if error.is_retryable() => {
                    tracing::warn!(%error, "cannot listen, trying again");
                    tokio::time::sleep(REST).await;
                }
                Err(error) => return Err(error),
            }
        };
        while let Some(event) = messages.next().await {
            match event {
                Ok(event) => drop(self.note(event)),
                Err(error) if error.is_retryable() || error.outcome() == OutcomeKind::Unknown => {
                    tracing::warn!(%error, "cannot hear, trying again");
                    tokio::time::sleep(REST).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// The insights that were heard last, oldest first; at most 50.
    #[must_use]
    pub fn insights(&self) -> Vec<HeardInsight> {
        self.lock().insights()
    }

    /// The plan told of last.
    pub(in crate::agent::interface) fn plan(&self) -> Option<HeardPlan> {
        self.lock().last_plan()
    }

    /// The questions that still stand: neither over nor settled.
    pub(in crate::agent::interface) async fn questions(
        &self,
    ) -> std::result::Result<Vec<Question>, InterfaceError> {
        let asked = self.lock().questions(self.clock.now());
        let ids: Vec<TaskId> =
            asked.iter().filter_map(|one| Some(one.about.as_ref()?.0.clone())).collect();
        if ids.is_empty() {
            return Ok(asked);
        }
        let tasks = self.store.get_many(&ids).await?;
        let revision = |id: &TaskId| {
            let task = tasks.iter().flatten().find(|task| task.id() == id);
            task.map(|task| task.revision)
        };
        // Only what the store knows better is settled: a claim about a task that it does not
        // have is shown.
        let is_settled = |one: &Question| {
            let about = one.about.as_ref();
            about.is_some_and(|(id, asked_at)| revision(id).is_some_and(|now| now > *asked_at))
        };
        let (settled, standing): (Vec<_>, Vec<_>) = asked.into_iter().partition(is_settled);
        self.lock().settle(&settled);
        Ok(standing)
    }

    /// Takes an event of a subscription.
    fn note(&self, event: Event) -> bool {
        match event {
            Event::Message(message) => match Codec::default().decode(&message.payload) {
                Ok(envelope) => self.hear(&envelope),
                Err(error) => {
                    tracing::debug!(channel = %message.channel, %error, "not a message");
                    false
                }
            },
            // What is missing says less than what the store says now.
            _ => false,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn subscribe(
    transport: &dyn Transport,
    of: &Namespace,
    opts: SubscribeOptions,
) -> Result<Subscription> {
    let topics = [Topic::Broadcast, Topic::Insights, Topic::Human];
    let channels = topics.map(|topic| of.channel(&topic));
    let opts = opts.with_start(Start::Earliest).with_overflow(Overflow::Skip { behind: BEHIND });
    transport.subscribe_opts(&channels, opts).await
}
