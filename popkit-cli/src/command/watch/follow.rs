//! Reading, until the end or a signal.

use std::time::Duration;

use popkit_protocol::{Channel, Namespace as Session, Topic};
use popkit_transport::{Event, SubscribeOptions, Subscription};
use tokio::time::{Instant, sleep_until};

use super::place::{Kept, start};
use super::view::Told;
use super::{WatchArgs, line};
use crate::context::Context;
use crate::error::CliError;
use crate::exit::Exit;
use crate::messages::{Address, Trouble, channel, known_agents};
use crate::output;
use crate::signals::Signals;

/// How long what was shown may be unkept. After a crash so much is shown twice.
const UNKEPT: Duration = Duration::from_millis(500);

/// Shows what is said.
pub(crate) async fn run(args: WatchArgs, cx: Context) -> Result<Exit, CliError> {
    let address = Address::find(&cx)?;
    let session = address.session.clone();
    let mut channels = named(&session, &args.channels)?;
    let start = start(&args)?;
    let mut kept = Kept::new(args.save.clone(), &start);
    // From here on a signal must not keep the place from being kept.
    let mut signals = Signals::new()?;
    let transport = address.open(&cx).await?;
    if args.all {
        let agents = known_agents(&cx, &address, &transport).await?;
        channels.extend(agents.into_iter().map(|agent| session.channel(&Topic::Agent(agent))));
    }
    let options = SubscribeOptions::default().with_start(start);
    let options = if args.once { options.once() } else { options };
    let events = transport.subscribe_opts(&channels, options).await?;
    if kept.is_wanted() {
        // Where it begins is a place, too; and what cannot be kept is said now.
        kept.note(&events.cursor());
        kept.save()?;
    }
    let mut watch = Watch { session, raw: args.raw, json: cx.json, events, kept };
    let ended = watch.follow(&mut signals).await;
    // What was shown is kept even where showing ended with an error.
    let saved = watch.kept.save();
    let closed = transport.close().await;
    let exit = ended?;
    saved?;
    closed?;
    Ok(exit)
}

/// The channels of these names, each once; without any, those that are always there.
fn named(session: &Session, names: &[String]) -> Result<Vec<Channel>, CliError> {
    let mut channels: Vec<Channel> = Vec::new();
    if names.is_empty() {
        let topics = Topic::WELL_KNOWN.into_iter().chain(Topic::TASKS);
        channels.extend(topics.map(|topic| session.channel(&topic)));
    }
    for name in names {
        let channel = channel(session, name)?;
        if !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    Ok(channels)
}

struct Watch {
    session: Session,
    raw: bool,
    json: bool,
    events: Subscription,
    kept: Kept,
}

impl Watch {
    async fn follow(&mut self, signals: &mut Signals) -> Result<Exit, CliError> {
        let mut trouble = Trouble::default();
        let mut due = Instant::now();
        loop {
            let is_due = self.kept.is_due();
            let event = tokio::select! {
                biased;
                () = signals.next() => return Ok(Exit::Interrupted),
                () = sleep_until(due), if is_due => {
                    self.kept.save()?;
                    continue;
                }
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

    fn show(&self, event: &Event) -> Result<(), CliError> {
        if self.json {
            return output::json(&Told::new(&self.session, event, self.raw).view());
        }
        output::line(line::line(&self.session, event, self.raw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_names_eleven_channels_and_none_twice() {
        let session = Session::unnamed();
        assert_eq!(named(&session, &[]).unwrap().len(), 11);
        let names = ["results", "pop:results", "agent:ann"].map(str::to_owned);
        let named = named(&session, &names).unwrap();
        assert_eq!(
            named.iter().map(Channel::as_str).collect::<Vec<_>>(),
            ["pop:results", "pop:agent:ann"]
        );
    }
}
