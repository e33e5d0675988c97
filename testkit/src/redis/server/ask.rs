//! Questions to a server, each on a connection of its own through its Unix socket.

use std::collections::BTreeMap;

use super::handle::RedisServer;
use crate::redis::wire::Reply;

impl RedisServer {
    /// Runs a command as a user who may do everything, and returns its answer as text: a line per
    /// element, numbers bare, `(nil)` for nothing.
    ///
    /// # Panics
    ///
    /// When there is no answer, or when it is an error.
    #[track_caller]
    pub fn cli(&self, command: &[&str]) -> String {
        self.instance.tell(command).to_string()
    }

    /// Runs a command as [`cli`](Self::cli) does, where an error is an answer too.
    ///
    /// # Errors
    ///
    /// What the server answers, such as `WRONGTYPE Operation against a key …`.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    #[track_caller]
    pub fn try_cli(&self, command: &[&str]) -> Result<String, String> {
        match self.instance.ask(command) {
            Reply::Error(reason) => Err(reason),
            reply => Ok(reply.to_string()),
        }
    }

    /// Cuts the connections of all clients, subscribers included; returns how many there were.
    ///
    /// Clients may connect again at once. Replicas keep their connections.
    #[track_caller]
    pub fn kill_clients(&self) -> u64 {
        ["normal", "pubsub"]
            .into_iter()
            .map(|kind| self.instance.tell(&["CLIENT", "KILL", "TYPE", kind]))
            .map(|reply| if let Reply::Integer(count) = reply { count } else { 0 })
            .filter_map(|count| u64::try_from(count).ok())
            .sum()
    }

    /// Makes the server forget all scripts, as a restart does: `EVALSHA` answers `NOSCRIPT`.
    #[track_caller]
    pub fn flush_scripts(&self) {
        self.instance.tell(&["SCRIPT", "FLUSH", "SYNC"]);
    }

    /// How often each command has run since the start or the last
    /// [`reset_commandstats`](Self::reset_commandstats): `set`, `client|kill`, …
    ///
    /// What scripts call counts too. So do the helper's own questions, each with the `auth` of a
    /// server with passwords: `info`, `config|resetstat`, and `ping` at the start.
    #[track_caller]
    #[must_use]
    pub fn commandstats(&self) -> BTreeMap<String, u64> {
        let stats = self.instance.tell(&["INFO", "commandstats"]);
        stats.lines().filter_map(calls).collect()
    }

    /// Starts the counts of [`commandstats`](Self::commandstats) from zero.
    #[track_caller]
    pub fn reset_commandstats(&self) {
        self.instance.tell(&["CONFIG", "RESETSTAT"]);
    }

    /// A field of `INFO`, such as `role`.
    ///
    /// # Panics
    ///
    /// When there is no answer, or no such field in it.
    #[track_caller]
    #[must_use]
    pub fn info(&self, field: &str) -> String {
        match self.try_info(field) {
            Some(value) => value,
            None => panic!("no field {field:?} in INFO of this server"),
        }
    }

    /// A field of `INFO` that may not be there.
    ///
    /// # Panics
    ///
    /// When there is no answer.
    #[track_caller]
    #[must_use]
    pub fn try_info(&self, field: &str) -> Option<String> {
        self.instance.tell(&["INFO", "everything"]).field(field).map(ToOwned::to_owned)
    }
}

/// Reads `cmdstat_client|kill:calls=1,usec=…`.
fn calls(line: &str) -> Option<(String, u64)> {
    let (name, figures) = line.strip_prefix("cmdstat_")?.split_once(':')?;
    let calls = figures.split(',').find_map(|figure| figure.strip_prefix("calls="))?;
    Some((name.to_owned(), calls.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_read_by_name() {
        let line = "cmdstat_client|kill:calls=12,usec=7,usec_per_call=0.58,rejected_calls=0";
        assert_eq!(calls(line), Some(("client|kill".to_owned(), 12)));
        assert_eq!(calls("# Commandstats"), None);
    }
}
