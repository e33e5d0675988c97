//! Which server it is.

use super::info::field;
use super::version::ServerVersion;
use crate::{Command, Error, ErrorKind, Reply, Result};

/// What a server is to its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Role {
    /// It takes the writes.
    Primary,
    /// It follows a primary.
    Replica,
}

/// How a server runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// For itself.
    Standalone,
    /// As a node of a cluster.
    Cluster,
    /// As a Sentinel.
    Sentinel,
}

/// Which server it is. What the server does not tell this user is `None`.
///
/// Where `run_id` or `replication_id` differs from what it was, the server was restarted or
/// another one took over, and acknowledged writes may be lost.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Identity {
    /// Its version.
    pub version: Option<ServerVersion>,
    /// Drawn anew whenever the server starts. Needs the right to `INFO`.
    pub run_id: Option<String>,
    /// Drawn anew whenever a replica becomes the primary. Needs the right to `INFO`.
    pub replication_id: Option<String>,
    /// What it is to its data.
    pub role: Option<Role>,
    /// How it runs.
    pub mode: Option<Mode>,
    /// How many replicas follow it. Needs the right to `INFO`.
    pub replicas: Option<u64>,
}

impl Identity {
    /// The questions, to the server that keeps this key.
    pub(crate) fn questions(key: &str) -> Vec<Command> {
        vec![
            Command::new("HELLO").near(key),
            Command::new("INFO").arg("server").near(key),
            Command::new("INFO").arg("replication").near(key),
        ]
    }

    /// Reads the answers to [`questions`](Self::questions). A question that the server refuses
    /// for its rules, or does not know, leaves a gap.
    ///
    /// # Errors
    ///
    /// What is no such refusal.
    pub(crate) fn read(answers: Vec<Result<Reply>>) -> Result<Self> {
        let mut answers = answers.into_iter().map(|answer| match answer {
            Err(error) if !is_gap(&error) => Err(error),
            answer => Ok(answer.ok()),
        });
        let mut next = || answers.next().transpose().map(Option::flatten);
        let (hello, server, replication) = (next()?, next()?, next()?);
        let mut found = Self::default();
        if let Some(hello) = hello {
            found.take_hello(hello)?;
        }
        if let Some(server) = server {
            found.take_server(&server.into_text()?);
        }
        if let Some(replication) = replication {
            found.take_replication(&replication.into_text()?);
        }
        Ok(found)
    }

    fn take_hello(&mut self, hello: Reply) -> Result<()> {
        for (name, value) in hello.into_map()? {
            match name.into_text()?.as_str() {
                "version" => self.version = value.into_text()?.parse().ok(),
                "role" => self.role = role(&value.into_text()?),
                "mode" => self.mode = mode(&value.into_text()?),
                _ => {}
            }
        }
        Ok(())
    }

    fn take_server(&mut self, info: &str) {
        self.run_id = field(info, "run_id").map(str::to_owned);
        self.version = self.version.or_else(|| field(info, "redis_version")?.parse().ok());
        self.mode = self.mode.or_else(|| mode(field(info, "redis_mode")?));
    }

    fn take_replication(&mut self, info: &str) {
        self.replication_id = field(info, "master_replid").map(str::to_owned);
        self.replicas = field(info, "connected_slaves").and_then(|number| number.parse().ok());
        self.role = self.role.or_else(|| role(field(info, "role")?));
    }

    /// That popkit works with this version. One that does not tell is taken.
    ///
    /// # Errors
    ///
    /// `Unsupported`.
    pub fn check_version(&self) -> Result<()> {
        match self.version {
            Some(version) if version < ServerVersion::LEAST => {
                let message =
                    format!("the server is Redis {version}; popkit needs 7.0 or later: upgrade it");
                Err(Error::new(ErrorKind::Unsupported, message))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a question was refused in a way that says nothing of the others.
fn is_gap(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::Unsupported)
}

fn role(text: &str) -> Option<Role> {
    match text {
        "master" => Some(Role::Primary),
        "replica" | "slave" => Some(Role::Replica),
        _ => None,
    }
}

fn mode(text: &str) -> Option<Mode> {
    match text {
        "standalone" => Some(Mode::Standalone),
        "cluster" => Some(Mode::Cluster),
        "sentinel" => Some(Mode::Sentinel),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Reply {
        Reply::Bytes(text.to_owned().into())
    }

    fn hello() -> Reply {
        let pairs = [("server", "redis"), ("version", "7.0.15"), ("mode", "standalone")];
        let mut flat: Vec<_> = pairs.iter().flat_map(|(k, v)| [text(k), text(v)]).collect();
        flat.extend([text("id"), Reply::Int(3), text("role"), text("master")]);
        flat.extend([text("modules"), Reply::Array(Vec::new())]);
        Reply::Array(flat)
    }

    #[test]
    fn everything_is_read() {
        let server = text("# Server\r\nredis_version:7.0.15\r\nrun_id:abc\r\n");
        let replication = text("role:master\r\nconnected_slaves:2\r\nmaster_replid:def\r\n");
        let found = Identity::read(vec![Ok(hello()), Ok(server), Ok(replication)]).unwrap();
        assert_eq!(found.version.unwrap().to_string(), "7.0.15");
        assert_eq!(
            (found.run_id.as_deref(), found.replication_id.as_deref()),
            (Some("abc"), Some("def"))
        );
        assert_eq!((found.role, found.mode), (Some(Role::Primary), Some(Mode::Standalone)));
        assert_eq!(found.replicas, Some(2));
    }

    #[test]
    fn what_is_not_allowed_leaves_a_gap_and_anything_else_is_an_error() {
        let denied = || Err(Error::new(ErrorKind::PermissionDenied, "no INFO"));
        let found = Identity::read(vec![Ok(hello()), denied(), denied()]).unwrap();
        assert_eq!((found.run_id, found.role), (None, Some(Role::Primary)));
        let loading = Err(Error::new(ErrorKind::Unavailable, "loading"));
        assert!(Identity::read(vec![loading, denied(), denied()]).is_err());
    }

    #[test]
    fn an_old_server_is_refused_with_the_version_that_is_needed() {
        let old = Identity { version: "6.2.7".parse().ok(), ..Identity::default() };
        let error = old.check_version().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("6.2.7; popkit needs 7.0"), "{error}");
        assert!(Identity::default().check_version().is_ok());
    }
}
