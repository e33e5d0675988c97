//! Where the session plays.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use popkit_benches::Failure;
use popkit_store::{Opened, TaskStore};
use popkit_testkit::{Aof, RedisOptions, RedisServer};
use popkit_transport::Transport;

/// What is asked of the server to learn what it was asked.
const OWN: [&str; 3] = ["info", "config|resetstat", "auth"];

/// A server or a folder of the bench's own; gone with the bench.
#[derive(Debug)]
pub(crate) enum Scene {
    Server(Box<RedisServer>),
    Folder(tempfile::TempDir),
}

/// A store and a transport on it, as one process has them.
#[derive(Debug)]
pub(crate) struct Handles {
    pub(crate) store: Opened,
    pub(crate) transport: Arc<dyn Transport>,
}

impl Scene {
    pub(crate) fn open(redis: bool) -> Result<Self, Failure> {
        if redis {
            // A rewrite of the file would fall into one measurement and not into another.
            let options = RedisOptions::default().aof(Aof::EverySec);
            let options = options.arg("auto-aof-rewrite-percentage", "0");
            return Ok(Self::Server(Box::new(RedisServer::start(options))));
        }
        Ok(Self::Folder(tempfile::Builder::new().prefix("session-load-").tempdir()?))
    }

    /// What it is, for people.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Server(server) => {
                format!("Redis {}, appendfsync everysec", server.info("redis_version"))
            }
            Self::Folder(_) => "a SQLite file, and messages in files".to_owned(),
        }
    }

    /// By this another process [opens](handles) it.
    pub(crate) fn place(&self) -> String {
        match self {
            Self::Server(server) => server.url(),
            Self::Folder(folder) => folder.path().display().to_string(),
        }
    }

    /// A handle of its own, with connections of its own.
    pub(crate) async fn handles(&self) -> Result<Handles, Failure> {
        handles(&self.place()).await
    }

    /// Starts to count what the server is asked.
    pub(crate) fn reset(&self) {
        if let Self::Server(server) = self {
            server.reset_commandstats();
        }
    }

    /// How often the server ran each command since then, those of scripts among them; nothing
    /// where there is no server.
    pub(crate) fn commands(&self) -> BTreeMap<String, u64> {
        let Self::Server(server) = self else { return BTreeMap::new() };
        let mut commands = server.commandstats();
        commands.retain(|name, _| !OWN.contains(&name.as_str()));
        commands
    }
}

/// Opens a scene: a folder, or the URL of a server.
pub(crate) async fn handles(place: &str) -> Result<Handles, Failure> {
    if place.contains("://") {
        let (store, transport) =
            (popkit_store::open(place).await?, popkit_transport::open(place).await?);
        return Ok(Handles { store, transport });
    }
    let file = |name: &str| Path::new(place).join(name).display().to_string();
    let store = popkit_store::open(&format!("sqlite:{}", file("tasks.db"))).await?;
    let transport = popkit_transport::open(&format!("file:{}", file("messages"))).await?;
    Ok(Handles { store, transport })
}

impl Handles {
    pub(crate) fn tasks(&self) -> Arc<dyn TaskStore> {
        Arc::clone(&self.store.tasks)
    }
}
