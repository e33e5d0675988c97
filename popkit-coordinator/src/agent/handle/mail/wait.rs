//! Reading, waiting, acknowledging.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use popkit_protocol::{AgentId, Message, Timestamp};
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until, timeout_at};

use super::desk::{Desk, Item};
use super::sort::Since;
use crate::Inbox;
use crate::agent::handle::join::Core;
use crate::agent::handle::{AgentError, Order};

/// Letters that are read at once.
const BATCH: usize = 256;
/// A patience that is longer is this one: 10 years.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// The inbox of a handle and what was read from it. Whoever waits reads for all: one at a
/// time has the inbox, the others hear of what came.
#[derive(Debug)]
pub(in crate::agent::handle) struct Mail {
    agent: AgentId,
    inbox: tokio::sync::Mutex<Inbox>,
    desk: Mutex<Desk>,
    /// Something came, or is free again.
    arrived: Notify,
    /// Somebody needs the inbox for a moment: whoever waits at it lets go.
    interrupt: Notify,
    /// The coordinator has spoken after a silence.
    spoken: Notify,
}

impl Mail {
    /// A coordinator that says nothing for longer than `silence` may be another one then.
    pub(in crate::agent::handle) fn new(agent: AgentId, inbox: Inbox, silence: Duration) -> Self {
        Self {
            desk: Mutex::new(Desk::new(agent.clone(), silence)),
            agent,
            inbox: tokio::sync::Mutex::new(inbox),
            arrived: Notify::new(),
            interrupt: Notify::new(),
            spoken: Notify::new(),
        }
    }

    /// The coordinator speaks for the first time, or again after a silence.
    pub(in crate::agent::handle) async fn silence_ended(&self) {
        self.spoken.notified().await;
    }

    pub(in crate::agent::handle) fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The agent has joined, by the transport's clock, and this start of it began then.
    pub(in crate::agent::handle) fn joined(&self, at: Timestamp, began: Timestamp) {
        self.desk().since = Since { began, joined: at };
    }

    /// The inbox, soon: for what does not wait there.
    async fn at_once(&self) -> tokio::sync::MutexGuard<'_, Inbox> {
        if let Ok(inbox) = self.inbox.try_lock() {
            return inbox;
        }
        self.interrupt.notify_one();
        self.inbox.lock().await
    }

    /// Acknowledges what is handled. What fails is tried again with the next.
    async fn flush(&self, inbox: &mut Inbox) -> Result<(), AgentError> {
        let done = self.desk().done.clone();
        if done.is_empty() {
            return Ok(());
        }
        let kept = inbox.ack_batch(&done).await;
        kept.map_err(|error| AgentError::inbox(&self.agent, error))?;
        self.desk().done.drain(..done.len());
        Ok(())
    }

    /// Acknowledges what is handled, now.
    pub(in crate::agent::handle) async fn settle(&self) -> Result<(), AgentError> {
        if self.desk().done.is_empty() {
            return Ok(());
        }
        let mut inbox = self.at_once().await;
        self.flush(&mut inbox).await
    }

    /// Acknowledges what is handled, and makes sure that no other start has joined.
    pub(in crate::agent::handle) async fn confirm(&self) -> Result<(), AgentError> {
        let mut inbox = self.at_once().await;
        self.flush(&mut inbox).await?;
        inbox.confirm().await.map_err(|error| AgentError::inbox(&self.agent, error))
    }

    /// Reads what is there, or else waits for the first letter.
    async fn read(&self, patience: Duration) -> Result<(), AgentError> {
        let mut inbox = match patience.is_zero() {
            true => self.at_once().await,
            false => self.inbox.lock().await,
        };
        self.flush(&mut inbox).await?;
        let letters = tokio::select! {
            letters = inbox.receive(BATCH, patience) => letters,
            () = self.interrupt.notified(), if !patience.is_zero() => return Ok(()),
        };
        let letters = letters.map_err(|error| AgentError::inbox(&self.agent, error))?;
        let mut desk = self.desk();
        letters.into_iter().for_each(|letter| desk.take_in(letter));
        let is_silence_over = std::mem::take(&mut desk.is_silence_over);
        drop(desk);
        if is_silence_over {
            self.spoken.notify_one();
        }
        self.arrived.notify_waiters();
        Ok(())
    }
}

impl Core {
    /// Reads what is there.
    pub(in crate::agent::handle) async fn look(&self) -> Result<(), AgentError> {
        self.mail.read(Duration::ZERO).await?;
        self.answer_again().await;
        Ok(())
    }

    /// Gives the answers that were asked for once more. Each lies on the desk until it is
    /// given: whoever waits may go away at any time.
    async fn answer_again(&self) {
        loop {
            let Some(ack) = self.mail.desk().again.first().cloned() else { return };
            // Where this is lost, too, the coordinator asks again.
            if let Err(error) = self.tell(Message::SyncAck(ack.clone())).await {
                let barrier = ack.barrier_id.as_str();
                tracing::warn!(%error, agent = %self.id(), barrier, "an answer was not sent");
            }
            self.mail.desk().again.retain(|other| *other != ack);
        }
    }

    /// Reads until there is what is picked; `None` where it does not come within this time.
    pub(in crate::agent::handle) async fn within<T>(
        &self,
        patience: Duration,
        mut pick: impl FnMut(&mut Desk) -> Option<T> + Send,
    ) -> Result<Option<T>, AgentError> {
        let deadline = Instant::now() + patience.min(LONGEST);
        let mut has_looked = !patience.is_zero();
        loop {
            let arrived = self.mail.arrived.notified();
            tokio::pin!(arrived);
            // From here on nothing that comes is missed.
            arrived.as_mut().enable();
            match patience.is_zero() {
                true => self.answer_again().await,
                // What is not given in time is given by the next who waits.
                false => drop(timeout_at(deadline, self.answer_again()).await),
            }
            {
                let mut desk = self.mail.desk();
                if let Some(found) = pick(&mut desk) {
                    return Ok(Some(found));
                }
                if let Some(ended) = desk.ended() {
                    return Err(AgentError::Ended { how: ended.how().to_owned() });
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() && has_looked {
                return Ok(None);
            }
            tokio::select! {
                read = self.mail.read(left) => {
                    read?;
                    has_looked = true;
                }
                () = arrived => {}
                () = sleep_until(deadline), if !left.is_zero() => {}
            }
        }
    }

    /// Begins to wait for something: it is given to nobody else from now on.
    pub(in crate::agent::handle) fn claim(
        &self,
        is_it: impl Fn(&Item) -> bool + Send + Sync + 'static,
    ) -> Claimed<'_> {
        let is_it: Arc<dyn Fn(&Item) -> bool + Send + Sync> = Arc::new(is_it);
        let number = self.mail.desk().claim(Arc::clone(&is_it));
        Claimed { core: self, number, is_it }
    }
}

/// A wait. When it is dropped, what it was for is everybody's again.
pub(in crate::agent::handle) struct Claimed<'a> {
    core: &'a Core,
    number: u64,
    is_it: Arc<dyn Fn(&Item) -> bool + Send + Sync>,
}

impl Claimed<'_> {
    /// What it is for, if it comes within this time.
    pub(in crate::agent::handle) async fn within(
        &self,
        patience: Duration,
    ) -> Result<Option<Order>, AgentError> {
        self.core.within(patience, |desk| desk.take(&self.is_it)).await
    }
}

impl Drop for Claimed<'_> {
    fn drop(&mut self) {
        self.core.mail.desk().release(self.number);
        self.core.mail.arrived.notify_waiters();
    }
}
