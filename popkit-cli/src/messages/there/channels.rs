//! The channels that are there, whatever keeps them.

use std::path::PathBuf;
use std::time::Duration;

use popkit_protocol::{AgentId, Channel, Namespace as Session};

use super::Folders;
use super::streams::Streams;

/// The channels that are there.
#[derive(Debug)]
pub(crate) enum There {
    /// In a folder.
    Folders(Folders),
    /// On a server.
    Streams(Box<Streams>),
}

impl There {
    /// In this folder, which need not be there.
    pub(crate) fn in_folder(root: PathBuf) -> Self {
        Self::Folders(Folders::of(root))
    }

    /// On the server of this transport.
    pub(crate) fn on_server(url: &str) -> Self {
        Self::Streams(Box::new(Streams::of(url)))
    }

    /// How often it does no harm to ask.
    pub(crate) fn pause(&self) -> Duration {
        match self {
            Self::Folders(_) => Duration::from_millis(500),
            Self::Streams(streams) if streams.is_billed() => Duration::from_secs(60),
            // To find them it looks through all of its keys.
            Self::Streams(_) => Duration::from_secs(2),
        }
    }

    /// The agents of a session whose channels were made since the last call. Of what cannot be
    /// looked at now they are found the next time.
    pub(crate) async fn new_agents(&mut self, session: &Session) -> Vec<AgentId> {
        match self {
            Self::Folders(folders) => folders.new_agents(session),
            Self::Streams(streams) => streams.new_agents(session).await,
        }
    }

    /// Those of these channels that can be read without making anything.
    pub(crate) fn readable(&self, channels: &[Channel]) -> Vec<Channel> {
        match self {
            Self::Folders(folders) => folders.there(channels),
            // Reading makes nothing on a server.
            Self::Streams(_) => channels.to_vec(),
        }
    }
}
