//! Receiving and acknowledging.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{AgentId, HolderId};
use popkit_store::StateStore;
use popkit_transport::{Cursor, Delivery, Event, Transport};
use tokio::time::Instant;

use super::ledger::{Ledger, Seen};
use super::letter::{Expired, Letter, Received, Ticket, Undecodable};
use super::reader::Reader;
use super::{InboxError, InboxOptions};
use crate::bookmark::Bookmark;

/// The messages to one agent, from where it was when it last acknowledged.
///
/// | | |
/// |---|---|
/// | order | of each sender on each channel, the first time a message is received |
/// | repeats | none while it is open; after a restart, what was not acknowledged |
/// | losses | only what the transport no longer keeps, told as [`Letter::Gap`] |
///
/// One process at a time reads an inbox: the one that opened it last. Another one learns of it
/// when it acknowledges, by [`BookmarkError::Taken`](crate::BookmarkError::Taken).
#[derive(Debug)]
pub struct Inbox {
    options: InboxOptions,
    bookmark: Bookmark,
    reader: Reader,
    ledger: Ledger,
    /// What is handled, as it is kept.
    kept: Seen,
    /// Letters that were read and not handed out, each with its number.
    waiting: VecDeque<(u64, Letter)>,
    /// The number of the last letter that was handed out.
    handed: u64,
    /// Tells its messages from those of other inboxes.
    opening: HolderId,
    expired: u64,
}

impl Inbox {
    /// Opens the inbox and takes its place over. The first time it begins with the oldest
    /// messages that the transport keeps, so nothing is lost that was sent before the agent
    /// came.
    ///
    /// # Errors
    ///
    /// [`InboxError::Place`] where the place cannot be read or taken.
    pub async fn open(
        transport: Arc<dyn Transport>,
        documents: Arc<dyn StateStore>,
        options: InboxOptions,
    ) -> Result<Self, InboxError> {
        let key = options.key().map_err(InboxError::Key)?;
        let (bookmark, kept) = Bookmark::open(documents, key, &*options.ids, Seen::default).await?;
        let reader = Reader::new(transport, options.channels(), kept.cursor.clone());
        Ok(Self {
            bookmark,
            reader,
            ledger: Ledger::new(kept.clone()),
            kept,
            waiting: VecDeque::new(),
            handed: 0,
            opening: options.ids.holder(),
            expired: 0,
            options,
        })
    }

    /// Whose inbox it is.
    #[must_use]
    pub fn agent(&self) -> &AgentId {
        &self.options.agent
    }

    /// Receives at most `max` letters: those that are there, or else the first that come
    /// within this time. Without patience it reads to the end of what is there, however long
    /// the transport takes for that.
    ///
    /// A letter is received once while the inbox is open; messages that are not acknowledged
    /// are received again when it is opened anew. Expired messages are not delivered: they
    /// are [counted](Self::expired), and those that asked for an acknowledgement are told as
    /// [`Letter::Expired`].
    ///
    /// # Errors
    ///
    /// [`InboxError::Unacknowledged`] where as many messages as the options allow are
    /// unacknowledged; [`InboxError::Transport`], where the next call goes on from the same
    /// place.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses nothing: the next call gives what was read.
    pub async fn receive(
        &mut self,
        max: usize,
        patience: Duration,
    ) -> Result<Vec<Letter>, InboxError> {
        let limit = self.options.unacknowledged.max(1);
        let room = limit.saturating_sub(self.ledger.open());
        let wanted = max.max(1).min(self.waiting.len() + room);
        if wanted == 0 {
            let (agent, pending) = (self.options.agent.clone(), self.pending());
            return Err(InboxError::Unacknowledged { agent, pending });
        }
        let read = match patience.is_zero() {
            true => self.look(wanted).await,
            false => self.follow(wanted, patience).await,
        };
        if let Err(source) = read
            && self.waiting.is_empty()
        {
            return Err(InboxError::Transport { agent: self.options.agent.clone(), source });
        }
        Ok(self.hand_out(wanted))
    }

    /// Reads what is there until so many letters wait.
    async fn look(&mut self, wanted: usize) -> popkit_transport::Result<()> {
        // A look that an earlier call did not end may not see what came since.
        let mut looks = if self.reader.is_looking() { 2 } else { 1 };
        while looks > 0 && self.waiting.len() < wanted {
            match self.reader.look().await? {
                Some(event) => self.take(event),
                None => {
                    looks -= 1;
                    self.reader.channels().iter().for_each(|channel| self.ledger.forget(channel));
                }
            }
        }
        Ok(())
    }

    /// Waits for the first letter, and reads on until so many wait or there are no more.
    async fn follow(&mut self, wanted: usize, patience: Duration) -> popkit_transport::Result<()> {
        let deadline = Instant::now().checked_add(patience);
        let mut left = patience;
        while self.waiting.len() < wanted {
            let wait = if self.waiting.is_empty() { left } else { Duration::ZERO };
            match self.reader.follow(wait).await? {
                Some(event) => self.take(event),
                None => break,
            }
            left = deadline.map_or(patience, |at| at.saturating_duration_since(Instant::now()));
            if left.is_zero() {
                break;
            }
        }
        Ok(())
    }

    fn take(&mut self, event: Event) {
        let after = self.reader.cursor().clone();
        let letter = match event {
            Event::Message(delivery) => return self.take_message(delivery, after),
            Event::Gap(gap) => Letter::Gap(gap),
            Event::Reset { channel, .. } => {
                self.ledger.forget(&channel);
                Letter::Reset { channel }
            }
            // Kinds of events to come.
            _ => return self.ledger.pass(after, None),
        };
        self.waiting.push_back((self.ledger.read(after, None), letter));
    }

    fn take_message(&mut self, delivery: Delivery, after: Cursor) {
        let spot = (delivery.channel.clone(), delivery.position.clone());
        if self.ledger.was_handled(&spot) {
            return self.ledger.pass(after, Some(spot));
        }
        let envelope = match self.options.codec.decode(&delivery.payload) {
            Ok(envelope) => envelope,
            Err(reason) => {
                let letter = Letter::Undecodable(Undecodable::of(delivery, reason));
                return self.waiting.push_back((self.ledger.read(after, Some(spot)), letter));
            }
        };
        let is_expired = envelope.is_expired(self.options.clock.now());
        self.expired += u64::from(is_expired);
        if is_expired && !envelope.requires_ack {
            return self.ledger.pass(after, None);
        }
        let number = self.ledger.read(after, Some(spot));
        let letter = match is_expired {
            true => Letter::Expired(Expired::of(&envelope)),
            false => {
                let mark = self.options.ids.draw();
                let ticket = Ticket { inbox: self.opening, number, mark };
                Letter::Message(Received::new(envelope, delivery.channel, delivery.at, ticket))
            }
        };
        self.waiting.push_back((number, letter));
    }

    fn hand_out(&mut self, wanted: usize) -> Vec<Letter> {
        let some = wanted.min(self.waiting.len());
        let mut letters = Vec::with_capacity(some);
        for (number, letter) in self.waiting.drain(..some) {
            self.handed = number;
            if !matches!(letter, Letter::Message(_)) {
                self.ledger.handle(number);
            }
            letters.push(letter);
        }
        letters
    }

    /// The message is handled: it will not be received again. That is kept before this answers.
    /// Messages may be acknowledged in any order; acknowledging twice is no error.
    ///
    /// # Errors
    ///
    /// [`InboxError::Place`]: another process has the inbox now, or it could not be kept; the
    /// message counts as acknowledged, and the next call keeps that.
    /// [`InboxError::Foreign`] for a message of another inbox.
    ///
    /// # Cancel safety
    ///
    /// As after an error.
    pub async fn ack(&mut self, received: &Received) -> Result<(), InboxError> {
        self.ack_batch(std::slice::from_ref(received)).await
    }

    /// The same of several messages, which is kept once for all of them.
    ///
    /// # Errors
    ///
    /// As [`ack`](Self::ack); with [`InboxError::Foreign`] none counts as acknowledged.
    ///
    /// # Cancel safety
    ///
    /// As [`ack`](Self::ack).
    pub async fn ack_batch(&mut self, all: &[Received]) -> Result<(), InboxError> {
        if let Some(foreign) = all.iter().find(|received| received.inbox != self.opening) {
            let (agent, id) = (self.options.agent.clone(), foreign.id().clone());
            return Err(InboxError::Foreign { agent, id });
        }
        all.iter().for_each(|received| self.ledger.handle(received.number));
        self.keep().await
    }

    /// All that was received is handled.
    ///
    /// # Errors
    ///
    /// [`InboxError::Place`], as [`ack`](Self::ack).
    ///
    /// # Cancel safety
    ///
    /// As [`ack`](Self::ack).
    pub async fn ack_all(&mut self) -> Result<(), InboxError> {
        self.ledger.handle_to(self.handed);
        self.keep().await
    }

    /// Makes sure that the inbox is still this one's: that no other process has opened it.
    ///
    /// # Errors
    ///
    /// [`InboxError::Place`], as [`ack`](Self::ack).
    ///
    /// # Cancel safety
    ///
    /// As [`ack`](Self::ack).
    pub async fn confirm(&mut self) -> Result<(), InboxError> {
        let seen = self.ledger.seen();
        self.bookmark.save(&seen).await?;
        self.kept = seen;
        Ok(())
    }

    async fn keep(&mut self) -> Result<(), InboxError> {
        let seen = self.ledger.seen();
        if self.kept != seen {
            self.bookmark.save(&seen).await?;
            self.kept = seen;
        }
        Ok(())
    }

    /// How many messages were received and are not acknowledged.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.ledger.open().saturating_sub(self.waiting.len())
    }

    /// How many messages had expired before they were received, since the inbox was opened.
    #[must_use]
    pub fn expired(&self) -> u64 {
        self.expired
    }
}
