//! Which letters are shown, and which are waited for.

use popkit_coordinator::{InboxError, Letter, Received};
use popkit_protocol::{MessageType, Party};

use super::open::LEFT_OUT;
use crate::error::CliError;
use crate::exit::Exit;

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filter<'a> {
    /// Messages of these types; all, where there are none.
    pub(super) types: &'a [MessageType],
}

impl Filter<'_> {
    /// Whether it lets everything through.
    pub(super) fn is_open(&self) -> bool {
        self.types.is_empty()
    }

    /// Whether it is shown. What is no message is told in any case: it is told once.
    pub(super) fn shows(&self, letter: &Letter) -> bool {
        match letter {
            Letter::Message(received) => self.is_open() || self.names(received),
            _ => true,
        }
    }

    /// Whether it is what somebody waits for.
    pub(super) fn counts(&self, letter: &Letter) -> bool {
        match letter {
            Letter::Message(received) if self.is_open() => !is_news(received),
            Letter::Message(received) => self.names(received),
            _ => self.is_open(),
        }
    }

    fn names(&self, received: &Received) -> bool {
        received.message().kind().is_some_and(|kind| self.types.contains(&kind))
    }

    /// What the inbox says, in the words of the command line.
    pub(super) fn explain(&self, error: InboxError) -> CliError {
        match error {
            InboxError::Unacknowledged { agent, .. } => CliError::new(
                Exit::TryAgain,
                format!(
                    "{LEFT_OUT} messages that --type leaves out are unread; read them with \
                     `popkit inbox --agent {agent}`, then try again"
                ),
            ),
            error => error.into(),
        }
    }
}

/// Whether a run tells everybody how far it is: nobody has to act on that.
fn is_news(received: &Received) -> bool {
    let kind = received.message().kind();
    let told = matches!(kind, Some(MessageType::Progress | MessageType::ObjectiveUpdate));
    told && *received.from() == Party::Coordinator && received.envelope().to == Party::Everyone
}
