//! Where a server is asked, and as whom.

use std::fmt;
use std::io::{self, Error, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;

use super::link::Link;
use super::reply::Reply;

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// On a TCP port.
    Tcp(SocketAddr),
    /// On a Unix socket.
    Unix(PathBuf),
}

/// A server's endpoint with what it takes to be let in.
#[derive(Clone)]
pub(crate) struct Access {
    endpoint: Endpoint,
    /// Name and password.
    user: Option<(String, String)>,
}

impl Access {
    /// Access without a password.
    pub(crate) fn open(endpoint: Endpoint) -> Self {
        Self { endpoint, user: None }
    }

    /// The same access as the named user.
    pub(crate) fn with_user(self, name: &str, password: &str) -> Self {
        Self { user: Some((name.to_owned(), password.to_owned())), ..self }
    }

    /// Asks one command on a connection of its own.
    pub(crate) fn ask(&self, command: &[&str]) -> io::Result<Reply> {
        let mut link = Link::open(&self.endpoint)?;
        if let Some((name, password)) = &self.user
            && let Reply::Error(reason) = link.ask(&["AUTH", name, password])?
        {
            return Err(Error::new(ErrorKind::PermissionDenied, reason));
        }
        link.ask(command)
    }
}

/// Without the password.
impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = self.user.as_ref().map(|(name, _)| name);
        f.debug_struct("Access").field("endpoint", &self.endpoint).field("user", &name).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_not_shown() {
        let endpoint = Endpoint::Unix(PathBuf::from("/s"));
        let shown = format!("{:?}", Access::open(endpoint).with_user("tester", "hunter2"));
        assert!(shown.contains("tester") && !shown.contains("hunter2"), "{shown}");
    }
}
