//! The channels that are there, by their folders.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

use popkit_protocol::{AgentId, Channel, Namespace as Session, Topic};

/// The longest channel whose folder has its name for sure; the folders of longer ones may have
/// digests.
const LONGEST: usize = 60;

/// The folders of channels in a folder of messages.
#[derive(Debug)]
pub(crate) struct Folders {
    root: PathBuf,
    /// Folders whose channel is known.
    seen: HashSet<OsString>,
}

impl Folders {
    /// Of this folder of messages, which need not be there.
    pub(crate) fn of(root: PathBuf) -> Self {
        Self { root, seen: HashSet::new() }
    }

    /// The agents of a session whose channels were made since the last call.
    pub(crate) fn new_agents(&mut self, session: &Session) -> Vec<AgentId> {
        let mut agents = Vec::new();
        for name in self.names() {
            if self.seen.contains(&name) {
                continue;
            }
            // One that is being made just now is found the next time.
            let text = fs::read_to_string(self.root.join(&name).join("channel"));
            let Ok(text) = text else { continue };
            self.seen.insert(name);
            let channel = text.lines().nth(1).and_then(|name| Channel::new(name).ok());
            if let Some(Topic::Agent(agent)) = channel.and_then(|channel| session.topic(&channel)) {
                agents.push(agent);
            }
        }
        agents.sort();
        agents
    }

    /// Those of these channels that are there. One that is not has nothing in it.
    pub(crate) fn there(&self, channels: &[Channel]) -> Vec<Channel> {
        let names: HashSet<String> =
            self.names().iter().filter_map(|name| plain(name.to_str()?)).collect();
        let is_there = |channel: &&Channel| {
            let name = channel.as_str();
            name.len() > LONGEST || names.contains(&name.to_ascii_lowercase())
        };
        channels.iter().filter(is_there).cloned().collect()
    }

    fn names(&self) -> Vec<OsString> {
        let entries = fs::read_dir(&self.root).into_iter().flatten().flatten();
        entries.filter(|entry| entry.path().is_dir()).map(|entry| entry.file_name()).collect()
    }
}

/// The name of the channel of a folder, without its capitals: `=3a` is a `:`, what follows a
/// `+` says which letters are capitals, and a `=` before anything else is no part of the name.
fn plain(folder: &str) -> Option<String> {
    let (text, _) = folder.split_once('+').unwrap_or((folder, ""));
    let mut parts = text.split('=');
    let mut name = parts.next()?.to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match byte.filter(u8::is_ascii) {
            Some(byte) => {
                name.push(char::from(byte));
                name.push_str(part.get(2..)?);
            }
            None => name.push_str(part),
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_its_channel() {
        for (folder, name) in [
            ("pop=3abroadcast", "pop:broadcast"),
            ("pop=3aagent=3aann+004", "pop:agent:ann"),
            ("pop=3a=7bred=7d=3aresults", "pop:{red}:results"),
            ("=con", "con"),
            ("tasks=3anew", "tasks:new"),
        ] {
            assert_eq!(plain(folder).as_deref(), Some(name));
        }
    }

    #[tokio::test]
    async fn channels_are_found_as_the_transport_makes_them() {
        use popkit_transport::{FileOptions, TransportExt as _};
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("messages");
        let transport = FileOptions::new(&root).open().await.unwrap();
        let session = Session::unnamed();
        let mut folders = Folders::of(root);
        assert!(folders.new_agents(&session).is_empty());
        let [ann, bob] = ["Ann", "bob"].map(|id| AgentId::new(id).unwrap());
        let of = |agent: &AgentId| session.channel(&Topic::Agent(agent.clone()));
        let results = session.channel(&Topic::Results);
        for channel in [of(&ann), results.clone()] {
            transport.publish(&channel, "x").await.unwrap();
        }
        assert_eq!(folders.new_agents(&session), std::slice::from_ref(&ann));
        assert!(folders.new_agents(&session).is_empty(), "each is told once");
        let all = [of(&ann), of(&bob), results.clone()];
        assert_eq!(folders.there(&all), [of(&ann), results]);
        transport.publish(&of(&bob), "x").await.unwrap();
        assert_eq!(folders.new_agents(&session), [bob]);
    }
}
