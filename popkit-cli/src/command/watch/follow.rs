//! Reading, until the end or a signal.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::Namespace as Session;
use popkit_transport::{Cursor, Event, Start, SubscribeOptions, Subscription, Transport};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::channels::Watched;
use super::place::{Kept, start};
use super::view::Told;
use super::{WatchArgs, line};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::messages::{Address, Trouble};
use crate::output;
use crate::signals::Signals;

/// How long what was shown may be unkept. After a crash so much is shown twice.
const UNKEPT: Duration = Duration::from_millis(500);

/// Shows what is said.
pub(crate) async fn run(args: WatchArgs, cx: Context) -> Result<Exit, CliError> {
    let address = Address::find(&cx)?;
    let mut watched = Watched::new(&address, &args.channels)?;
    let start = start(&args)?;
    let mut kept = Kept::new(args.save.clone(), &start)?;
    // From here on a signal must not keep the place from being kept.
    let mut signals = Signals::new()?;
    let transport = match args.once {
        true => address.open_to_look(&cx).await?,
        false => address.open(&cx).await?,
    };
    watched.grow().await;
    let options = SubscribeOptions::default().with_start(start);
    let options = if args.once { options.once() } else { options };
    if args.once {
        watched.keep_what_is_there();
        if watched.channels.is_empty() {
            kept.note(&Cursor::new());
            kept.save()?;
            transport.close().await?;
            return Ok(Exit::Done);
        }
    }
    let events = transport.subscribe_opts(&watched.channels, options).await?;
    if kept.is_wanted() {
        // Where it begins is a place, too; and what cannot be kept is said now.
        kept.note(&events.cursor());
        kept.save()?;
    }
    if !args.once {
        output::note(format!("watching {}", watched.told()));
    }
    let session = address.session.clone();
    let read = watched.channels.len();
    let (raw, json) = (args.raw, cx.json);
    let mut watch = Watch { session, raw, json, transport, watched, read, events, kept };
    let ended = watch.follow(&mut signals, args.once).await;
    // What was shown is kept even where showing ended with an error.
    let saved = watch.kept.save();
    let closed = watch.transport.close().await;
    let exit = ended?;
    saved?;
    closed?;
    Ok(exit)
}

struct Watch {
    session: Session,
    raw: bool,
    json: bool,
    transport: Arc<dyn Transport>,
    watched: Watched,
    /// How many of the channels are read.
    read: usize,
    events: Subscription,
    kept: Kept,
}

impl Watch {
    async fn follow(&mut self, signals: &mut Signals, once: bool) -> Result<Exit, CliError> {
        let mut trouble = Trouble::default();
        let mut due = Instant::now();
        let mut glances = interval(self.watched.pause());
        glances.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let grows = self.watched.may_grow() && !once;
        loop {
            let is_due = self.kept.is_due();
            let event = tokio::select! {
                biased;
                () = signals.next() => return Ok(Exit::Interrupted),
                () = sleep_until(due), if is_due => {
                    self.kept.save()?;
                    continue;
                }
                _ = glances.tick(), if grows => match self.widen().await {
                    Ok(()) => continue,
                    Err(error) => Some(Err(error)),
                },
                event = self.events.next() => event,
            };
            match event {
                None => return Ok(Exit::Done),
                Some(Ok(event)) => {
                    trouble.over();
                    self.show(&event)?;
                    if !is_due {
                        due = Instant::now() + UNKEPT;
                    }
                    if self.kept.is_wanted() {
                        self.kept.note(&self.events.cursor());
                    }
                }
                Some(Err(error)) => {
                    let is_retryable = error.is_retryable();
                    tokio::select! {
                        biased;
                        () = signals.next() => return Ok(Exit::Interrupted),
                        waited = trouble.wait(error, is_retryable) => waited?,
                    }
                }
            }
        }
    }

    /// Reads the channels of agents that came since, too, from their first messages on.
    async fn widen(&mut self) -> popkit_transport::Result<()> {
        self.watched.grow().await;
        let channels = &self.watched.channels;
        if channels.len() > self.read {
            // The others go on where they are.
            let start = Start::After(self.events.cursor());
            let options = SubscribeOptions::default().with_start(start);
            self.events = self.transport.subscribe_opts(channels, options).await?;
            self.read = channels.len();
        }
        Ok(())
    }

    fn show(&self, event: &Event) -> Result<(), CliError> {
        if self.json {
            return output::json(&Told::new(&self.session, event, self.raw).view());
        }
        output::line(line::line(&self.session, event, self.raw))
    }
}
