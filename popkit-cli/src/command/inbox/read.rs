//! Receiving, showing, acknowledging, in this order: a crash in between shows a letter
//! twice, and loses none.

use std::ops::ControlFlow;
use std::time::Duration;

use popkit_coordinator::{Inbox, InboxError, Letter};
use tokio::time::Instant;

use super::filter::Filter;
use super::open::Desk;
use super::{InboxArgs, runner, text, view};
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
    if !args.peek {
        runner::ensure_none(&agent)?;
    }
    // Before anything is received: a signal must not end the program between showing a
    // letter and acknowledging it.
    let mut signals = Signals::new()?;
    let mut desk = Desk::open(&cx, agent, &args).await?;
    let filter = Filter { types: &args.types };
    let trouble = Trouble::default();
    let mut reading = Reading { args: &args, filter, json: cx.json, shown: 0, met: 0, trouble };
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
    filter: Filter<'a>,
    json: bool,
    shown: u64,
    /// Those of them that were asked for: that count, and end a wait.
    met: u64,
    trouble: Trouble,
}

impl Reading<'_> {
    async fn read(&mut self, inbox: &mut Inbox, signals: &mut Signals) -> Result<Exit, CliError> {
        let began = Instant::now();
        while self.left() > 0 {
            let patience = self.patience(began);
            let portion = usize::try_from(self.left().min(PORTION)).unwrap_or(1);
            let received = tokio::select! {
                biased;
                () = signals.next() => return Ok(Exit::Interrupted),
                received = inbox.receive(portion, patience) => received,
            };
            let letters = match received {
                Ok(letters) => letters,
                Err(error) => {
                    if self.wait_out(error, signals).await?.is_break() {
                        return Ok(Exit::Interrupted);
                    }
                    continue;
                }
            };
            self.trouble.over();
            // Where there are none the place moves over what had expired, too.
            let said = self.show(inbox, &letters).await?;
            while let Err(error) = self.acknowledge(inbox, &said).await {
                if self.wait_out(error, signals).await?.is_break() {
                    return Ok(Exit::Interrupted);
                }
            }
            if letters.is_empty() && !self.args.follow {
                return self.nothing(inbox);
            }
        }
        Ok(Exit::Done)
    }

    /// Waits until it may work again: who follows waits for the transport and the store, too.
    /// Breaks at a signal.
    ///
    /// # Errors
    ///
    /// The error, where nobody waits.
    async fn wait_out(
        &mut self,
        error: InboxError,
        signals: &mut Signals,
    ) -> Result<ControlFlow<()>, CliError> {
        let is_retryable = self.args.follow && error.is_retryable();
        let error = self.filter.explain(error);
        tokio::select! {
            biased;
            () = signals.next() => Ok(ControlFlow::Break(())),
            waited = self.trouble.wait(error, is_retryable) => waited.map(ControlFlow::Continue),
        }
    }

    /// How long to wait for more.
    fn patience(&self, began: Instant) -> Duration {
        match self.args.wait {
            _ if self.args.follow => LONG,
            Some(wait) if self.met == 0 => wait.saturating_sub(began.elapsed()),
            _ => Duration::ZERO,
        }
    }

    /// How many more are wanted.
    fn left(&self) -> u64 {
        self.args.max.map_or(u64::MAX, |max| max.saturating_sub(self.met))
    }

    /// There is nothing, or nothing more.
    fn nothing(&self, inbox: &Inbox) -> Result<Exit, CliError> {
        match self.args.wait {
            Some(_) if self.met == 0 => {
                let message = format!("there is no message for agent {}", inbox.agent());
                Err(CliError::new(Exit::TryAgain, message))
            }
            _ => Ok(Exit::Done),
        }
    }

    /// Shows the letters that are wanted, and gives them back.
    async fn show<'l>(
        &mut self,
        inbox: &mut Inbox,
        letters: &'l [Letter],
    ) -> Result<Vec<&'l Letter>, CliError> {
        let mut said = Vec::new();
        for letter in letters.iter().filter(|letter| self.filter.shows(letter)) {
            if let Err(error) = self.say(letter) {
                // The reader of the output went away: what it got is acknowledged.
                ack(inbox, &said).await?;
                return Err(error);
            }
            self.shown += 1;
            self.met += u64::from(self.filter.counts(letter));
            said.push(letter);
        }
        Ok(said)
    }

    /// Done twice it is done once.
    async fn acknowledge(&self, inbox: &mut Inbox, said: &[&Letter]) -> Result<(), InboxError> {
        if self.filter.is_open() { inbox.ack_all().await } else { ack(inbox, said).await }
    }

    fn say(&self, letter: &Letter) -> Result<(), CliError> {
        if self.json {
            return output::json(&view::letter(letter));
        }
        output::line(text::letter(letter, self.shown > 0))
    }
}

async fn ack(inbox: &mut Inbox, letters: &[&Letter]) -> Result<(), InboxError> {
    for letter in letters {
        if let Letter::Message(received) = letter {
            inbox.ack(received).await?;
        }
    }
    Ok(())
}
