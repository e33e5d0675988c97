//! What is watched: named channels, or all, with those of agents as they come.

use std::time::Duration;

use popkit_protocol::{AgentId, Channel, Namespace as Session, Topic};

use crate::error::CliError;
use crate::messages::{Address, There, channel};

/// The channels that are watched.
#[derive(Debug)]
pub(super) struct Watched {
    session: Session,
    /// They, each once.
    pub(super) channels: Vec<Channel>,
    there: There,
    /// Whether agents are added that come later.
    is_all: bool,
}

impl Watched {
    /// The channels of these names; without any, all that there are.
    ///
    /// # Errors
    ///
    /// A name that is none.
    pub(super) fn new(address: &Address, names: &[String]) -> Result<Self, CliError> {
        let session = address.session.clone();
        let (channels, there) = (named(&session, names)?, address.there());
        Ok(Self { session, channels, there, is_all: names.is_empty() })
    }

    /// Whether agents may come later.
    pub(super) fn may_grow(&self) -> bool {
        self.is_all
    }

    /// How often agents are looked for that came later.
    pub(super) fn pause(&self) -> Duration {
        self.there.pause()
    }

    /// Adds the channels of agents that came since the last call.
    pub(super) async fn grow(&mut self) {
        if self.is_all {
            let agents = self.there.new_agents(&self.session).await;
            let channels = agents.into_iter().map(|agent| self.channel_of(agent));
            let new: Vec<Channel> = channels.collect();
            self.channels.extend(new);
        }
    }

    fn channel_of(&self, agent: AgentId) -> Channel {
        self.session.channel(&Topic::Agent(agent))
    }

    /// Leaves out those that nobody made: there is nothing in them.
    pub(super) fn keep_what_is_there(&mut self) {
        self.channels = self.there.readable(&self.channels);
    }

    /// What is watched, for people.
    pub(super) fn told(&self) -> String {
        let names: Vec<&str> = self.channels.iter().map(Channel::as_str).collect();
        let later = if self.is_all { ", and agents that come later" } else { "" };
        format!("{}{later}", names.join(", "))
    }
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
