//! How a server is set up.

use std::fmt;

/// What a server writes to its append-only file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Aof {
    /// Each write is on the disk before it is answered (`appendfsync always`): survives a power cut.
    Always,
    /// The file is synced once a second (`appendfsync everysec`): survives a killed server, but for
    /// a write that came while a slow sync was under way.
    EverySec,
    /// No file at all: after a restart the server is empty. The quickest, and the default.
    #[default]
    Off,
}

/// How a [`RedisServer`](crate::RedisServer) is set up; the default is an empty server on a free
/// loopback port, without password and without a file.
///
/// ```
/// use popkit_testkit::{Aof, RedisOptions};
///
/// let options = RedisOptions::default().aof(Aof::Always).arg("maxmemory-policy", "allkeys-lru");
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
pub struct RedisOptions {
    pub(super) aof: Aof,
    pub(super) unix_socket: bool,
    pub(super) tls: bool,
    pub(super) password: Option<String>,
    pub(super) acl: Option<String>,
    pub(super) args: Vec<(String, String)>,
}

impl RedisOptions {
    /// What is kept over a restart.
    #[must_use]
    pub fn aof(self, aof: Aof) -> Self {
        Self { aof, ..self }
    }

    /// Serves a Unix socket alone, without a port.
    #[must_use]
    pub fn unix_socket(self) -> Self {
        Self { unix_socket: true, ..self }
    }

    /// Serves TLS alone on its port, with a certificate for `127.0.0.1` and `localhost` that an
    /// authority of this server's own has signed.
    #[must_use]
    pub fn tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// Asks the default user for this password.
    #[must_use]
    pub fn password(self, password: impl Into<String>) -> Self {
        Self { password: Some(password.into()), ..self }
    }

    /// Sets up users, in the form of an ACL file: `user ada on >secret ~pop:* &pop:* +@all`, one a
    /// line.
    ///
    /// The default user stays as open as the [password](Self::password) makes it, unless the text
    /// has a line of its own for it. A user `popkit-testkit` is added, as whom the server's own
    /// methods ask. Passwords in an ACL file have no spaces.
    #[must_use]
    pub fn acl_file(self, text: impl Into<String>) -> Self {
        Self { acl: Some(text.into()), ..self }
    }

    /// Adds a line of `redis.conf`, in its syntax: `arg("save", "900 1")`.
    ///
    /// Added lines come last, so they win over what the other options have set.
    #[must_use]
    pub fn arg(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.args.push((name.into(), value.into()));
        self
    }

    /// Refuses what servers that talk to each other do not have.
    #[track_caller]
    pub(super) fn assert_plain(&self) {
        assert!(
            !self.tls && !self.unix_socket,
            "TLS and Unix sockets are for single servers: start a `RedisServer`"
        );
    }
}

/// Without passwords.
impl fmt::Debug for RedisOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisOptions")
            .field("aof", &self.aof)
            .field("unix_socket", &self.unix_socket)
            .field("tls", &self.tls)
            .field("password", &self.password.is_some())
            .field("acl", &self.acl.is_some())
            .field("args", &self.args.iter().map(|(name, _)| name).collect::<Vec<_>>())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown() {
        let options = RedisOptions::default()
            .password("hunter2")
            .acl_file("user ada on >hunter2")
            .arg("requirepass", "hunter2");
        let shown = format!("{options:?}");
        assert!(shown.contains("requirepass") && !shown.contains("hunter2"), "{shown}");
    }
}
