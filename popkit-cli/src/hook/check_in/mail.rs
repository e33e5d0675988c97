//! The messages to the agent, each until it was told.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::check_in::{HookMemory, Note};
use popkit_coordinator::{Inbox, InboxOptions, Letter, Received};
use popkit_protocol::{AgentId, IdSource as _, Message, MessageType, Party, RandomIds};

use super::desk::Desk;
use crate::error::CliError;
use crate::messages::copy_of_place;
use crate::messages::text::gap;
use crate::output::short;

/// Letters that are looked at in one go.
const PORTION: usize = 64;
/// Messages that may stay unread.
const UNREAD: usize = 1024;

/// Letters that were received and not acknowledged. What is not acknowledged is received again
/// by the next process.
pub(super) struct Mail {
    inbox: Inbox,
    letters: Vec<Letter>,
    told: Vec<Received>,
    is_all_told: bool,
}

impl Mail {
    /// What is there; `None` where there is nothing. To find that out nothing is written: it is
    /// asked at each tool call.
    pub(super) async fn fetch(desk: &Desk) -> Result<Option<Self>, CliError> {
        let names = desk.session.names();
        let options = InboxOptions::new(desk.agent.clone())
            .with_namespace(names.clone())
            .with_unacknowledged(UNREAD);
        let copy = copy_of_place(Some(&*desk.session.places), names, &desk.agent).await?;
        let transport = || Arc::clone(&desk.transport);
        let mut look = Inbox::open(transport(), Arc::new(copy), options.clone()).await?;
        if look.receive(1, Duration::ZERO).await?.is_empty() && look.expired() == 0 {
            return Ok(None);
        }
        drop(look);
        let mut inbox = Inbox::open(transport(), Arc::clone(&desk.session.places), options).await?;
        let letters = inbox.receive(PORTION, Duration::ZERO).await?;
        Ok(Some(Self { inbox, letters, told: Vec::new(), is_all_told: true }))
    }

    /// Adds what is new to the agent, in order, as far as there is room.
    pub(super) fn tell(&mut self, note: &mut Note, memory: &mut HookMemory) {
        let letters = std::mem::take(&mut self.letters);
        let agent = self.inbox.agent().clone();
        let count = letters.iter().filter(|letter| is_for_reading(letter, &agent, memory)).count();
        let text = format!("Messages to you: {count}");
        let mut heading = Some(text.as_str());
        let mut left = count;
        for letter in &letters {
            if is_for_reading(letter, &agent, memory) {
                if !add(note, heading, letter, memory) {
                    // They stay in order: what comes after it waits, too.
                    self.is_all_told = false;
                    note.leave_out(left.saturating_sub(1));
                    return;
                }
                heading = None;
                left = left.saturating_sub(1);
            }
            if let Letter::Message(received) = letter {
                self.told.push(received.clone());
            }
        }
    }

    /// What was told need not be told again.
    pub(super) async fn ack(mut self) -> Result<(), CliError> {
        if self.is_all_told {
            return Ok(self.inbox.ack_all().await?);
        }
        for received in &self.told {
            self.inbox.ack(received).await?;
        }
        Ok(())
    }
}

/// Whether a model has to read it: not its own words, not the news of a run, and no insight
/// that it has.
fn is_for_reading(letter: &Letter, agent: &AgentId, memory: &HookMemory) -> bool {
    let Letter::Message(received) = letter else { return true };
    if received.from().agent() == Some(agent) {
        return false;
    }
    match received.message() {
        Message::Insight(insight) => !memory.has_seen(insight),
        message => {
            let is_progress = message.kind() == Some(MessageType::Progress);
            !(is_progress && received.envelope().to == Party::Everyone)
        }
    }
}

fn add(note: &mut Note, heading: Option<&str>, letter: &Letter, memory: &mut HookMemory) -> bool {
    let text = match letter {
        Letter::Message(received) => {
            if let Message::Insight(insight) = received.message() {
                let is_added = note.insight(heading, insight, RandomIds.draw());
                return is_added && memory.see(insight);
            }
            return note.block(heading, &received.text_block_within(Note::block_bytes()));
        }
        Letter::Gap(missing) => format!("On {}: {}.", missing.channel, gap(missing)),
        Letter::Reset { channel } => format!("The channel {channel} was begun anew."),
        Letter::Expired(expired) => {
            format!("A {} of {} had expired unread.", expired.kind, expired.from)
        }
        Letter::Undecodable(other) => {
            let reason = short(&other.reason.to_string(), 200);
            format!("On {} was something that is no message: {reason}", other.channel)
        }
        _ => return true,
    };
    note.fact(&text)
}
