//! Receiving, showing, acknowledging, in this order: a crash in between shows a letter
//! twice, and loses none.

use std::time::Duration;

use popkit_coordinator::{Inbox, Letter};

use super::open::Desk;
use super::{InboxArgs, text, view};
use crate::context::{self, Context};
use crate::error::CliError;
use crate::exit::Exit;
use crate::messages::Trouble;
use crate::output;
use crate::signals::Signals;

/// Letters that are shown before they are acknowledged together.
const PORTION: u64 = 32;
/// How long `--follow` waits before it waits again.
const LONG: Duration = Duration::from_secs(3600);

/// Shows the letters of an inbox.
pub(crate) async fn run(args: InboxArgs, cx: Context) -> Result<Exit, CliError> {
    let agent = context::agent(args.agent.clone())?;
    // Before anything is received: a signal must not end the program between showing a
    // letter and acknowledging it.
    let mut signals = Signals::new()?;
    let mut desk = Desk::open(&cx, agent, args.peek).await?;
    let mut reading = Reading { args: &args, json: cx.json, shown: 0, trouble: Trouble::default() };
    let ended = reading.read(&mut desk.inbox, &mut signals).await;
    let expired = desk.inbox.expired();
    // What was acknowledged is kept either way.
    let closed = desk.close().await;
    let exit = ended?;
    closed?;
    if expired > 0 {
        let what = if expired == 1 { "1 message" } else { &format!("{expired} messages") };
        output::note(format!("{what} had expired unread"));
    }
    Ok(exit)
}

struct Reading<'a> {
    args: &'a InboxArgs,
    json: bool,
    shown: u64,
    trouble: Trouble,
}

impl Reading<'_> {
    async fn read(&mut self, inbox: &mut Inbox, signals: &mut Signals) -> Result<Exit, CliError> {
        let mut patience = match self.args.follow {
            true => LONG,
            false => self.args.wait.unwrap_or_default(),
        };
        while self.left() > 0 {
            let portion = usize::try_from(self.left().min(PORTION)).unwrap_or(1);
            let received = tokio::select! {
                biased;
                () = signals.next() => return Ok(Exit::Interrupted),
                received = inbox.receive(portion, patience) => received,
            };
            let letters = match received {
                Ok(letters) => letters,
                Err(error) => {
                    // Who waits for messages waits for the transport, too.
                    let is_retryable = self.args.follow && error.is_retryable();
                    tokio::select! {
                        biased;
                        () = signals.next() => return Ok(Exit::Interrupted),
                        waited = self.trouble.wait(error, is_retryable) => waited?,
                    }
                    continue;
                }
            };
            self.trouble.over();
            if letters.is_empty() {
                // The place moves over what had expired, too.
                inbox.ack_all().await?;
                if !self.args.follow {
                    return self.nothing(inbox);
                }
            }
            self.show(inbox, &letters).await?;
            if !self.args.follow {
                patience = Duration::ZERO;
            }
        }
        Ok(Exit::Done)
    }

    /// How many more are wanted.
    fn left(&self) -> u64 {
        self.args.max.map_or(u64::MAX, |max| max.saturating_sub(self.shown))
    }

    /// There is nothing, or nothing more.
    fn nothing(&self, inbox: &Inbox) -> Result<Exit, CliError> {
        match self.args.wait {
            Some(_) if self.shown == 0 => {
                let message = format!("there is no message for agent {}", inbox.agent());
                Err(CliError::new(Exit::TryAgain, message))
            }
            _ => Ok(Exit::Done),
        }
    }

    async fn show(&mut self, inbox: &mut Inbox, letters: &[Letter]) -> Result<(), CliError> {
        for (at, letter) in letters.iter().enumerate() {
            if let Err(error) = self.say(letter) {
                // The reader of the output went away: what it got is acknowledged.
                let said = letters.iter().take(at);
                for letter in said {
                    if let Letter::Message(received) = letter {
                        inbox.ack(received).await?;
                    }
                }
                return Err(error);
            }
            self.shown += 1;
        }
        Ok(inbox.ack_all().await?)
    }

    fn say(&self, letter: &Letter) -> Result<(), CliError> {
        if self.json {
            return output::json(&view::letter(letter));
        }
        output::line(text::letter(letter, self.shown > 0))
    }
}
