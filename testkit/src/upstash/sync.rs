//! Which server answers, and the token that says how much it had seen.

use std::io;
use std::path::{Path, PathBuf};

use super::backend::Backend;
use super::resp::{Command, Link, Reply};
use super::tokens::Caller;

/// A connection for a request, and the server behind it.
#[derive(Debug)]
pub(super) struct Place {
    pub(super) link: Link,
    /// Its Unix socket; nothing where there is only one.
    server: Option<PathBuf>,
}

impl Place {
    /// Reads go to the replica, where there is one, unless the token that came with the request tells
    /// of more than the replica has. Everything else goes to the first server.
    ///
    /// # Errors
    ///
    /// When a server is down.
    pub(super) async fn find(
        backend: &Backend,
        caller: Caller,
        commands: &[Command],
        token: &str,
    ) -> io::Result<Self> {
        let Some(replica) = &backend.replica else {
            return Ok(Self { link: backend.link(caller).await?, server: None });
        };
        let mut server = replica.socket();
        let stale = match token.parse::<u64>() {
            Ok(wanted) => offset(backend, &server).await? < wanted,
            Err(_) => false,
        };
        if stale || !all_read(backend, commands).await? {
            server = backend.redis.socket();
        }
        Ok(Self { link: backend.link_to(&server, caller).await?, server: Some(server) })
    }

    /// The token of the answer: how much the server that has answered had seen, as a number.
    ///
    /// # Errors
    ///
    /// When the server is down.
    pub(super) async fn token(&self, backend: &Backend) -> io::Result<String> {
        match &self.server {
            Some(server) => Ok(offset(backend, server).await?.to_string()),
            None => Ok(count(backend)),
        }
    }
}

/// The token of an answer that no server was asked for: how much there is.
pub(super) async fn newest(backend: &Backend) -> String {
    match backend.replica {
        // A server that is down has nothing to tell.
        Some(_) => offset(backend, &backend.redis.socket())
            .await
            .map_or_else(|_| String::new(), |offset| offset.to_string()),
        None => count(backend),
    }
}

/// A token where nobody is behind: it only has to grow.
fn count(backend: &Backend) -> String {
    backend.tally.total().to_string()
}

/// How much a server has of what was ever written.
async fn offset(backend: &Backend, server: &Path) -> io::Result<u64> {
    let mut link = backend.link_to(server, Caller::Standard).await?;
    let info = link.ask(&Command::of(&["INFO", "replication"])).await?.text();
    let offset = info.lines().find_map(|line| line.strip_prefix("master_repl_offset:"));
    offset
        .and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| io::Error::other("no master_repl_offset in INFO"))
}

/// Whether Redis calls all commands reads.
async fn all_read(backend: &Backend, commands: &[Command]) -> io::Result<bool> {
    let mut link = backend.link(Caller::Standard).await?;
    for command in commands {
        let facts = link.ask(&Command::of(&["COMMAND", "INFO", &command.name()])).await?;
        let flags = facts.into_items().into_iter().next().map(Reply::into_items);
        let flags = flags.and_then(|facts| facts.into_iter().nth(2)).map(Reply::into_items);
        if !flags.unwrap_or_default().iter().any(|flag| flag.text() == "readonly") {
            return Ok(false);
        }
    }
    Ok(true)
}
