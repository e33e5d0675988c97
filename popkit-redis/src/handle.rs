//! The handle that everything is built on.

use std::fmt;
use std::sync::Arc;

use crate::inspect::{Identity, Settings};
use crate::poll::{Poll, PollOptions, Polling};
use crate::{
    Command, Counters, Dedicated, Error, ErrorKind, Invocation, Listener, Reply, Result, Script,
    Topics, Wire, WireCapabilities, server_error,
};

/// A handle to a Redis server, or to a cluster of them, over one of the wires. Clones share
/// the connection.
#[derive(Clone)]
pub struct Redis {
    wire: Arc<dyn Wire>,
    pub(crate) polling: Arc<Polling>,
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.wire.fmt(f)
    }
}

impl Redis {
    /// Over this wire.
    #[must_use]
    pub fn over(wire: Arc<dyn Wire>) -> Self {
        let poll = Poll::new(Arc::clone(&wire), PollOptions::default());
        Self::with(wire, Arc::new(poll))
    }

    pub(crate) fn with(wire: Arc<dyn Wire>, poll: Arc<Poll>) -> Self {
        Self { wire, polling: Arc::new(Polling::new(poll)) }
    }

    /// Connects over the RESP wire, with one try: what is wrong shows at once. Later the wire
    /// mends itself.
    ///
    /// # Errors
    ///
    /// - `InvalidConfig`: see [`RedisConfig::check`](crate::RedisConfig::check); a server of
    ///   another kind (a node of a cluster, a Sentinel); no such database; a certificate that
    ///   is not trusted.
    /// - `Unauthenticated`: no such user and password.
    /// - `Unsupported`: Redis before 7.0.
    /// - `Unavailable`, `Timeout`: nothing answers there, or it is a replica.
    #[cfg(feature = "resp")]
    #[cfg_attr(docsrs, doc(cfg(feature = "resp")))]
    pub async fn connect(config: crate::RedisConfig) -> Result<Self> {
        let wire = crate::resp::RespWire::connect(config).await?;
        Ok(Self::over(Arc::new(wire)))
    }

    /// Connects over the REST wire, by asking for a sign of life with one try: what is wrong
    /// shows at once. It costs one command.
    ///
    /// Handles of one process and runtime with the same configuration share the clients, the
    /// counters and the poll: what is opened twice costs nothing more. Each is closed for itself.
    ///
    /// # Errors
    ///
    /// - `InvalidConfig`: see [`RestConfig::check`](crate::RestConfig::check); no REST service
    ///   at the URL; a certificate that is not trusted.
    /// - `Unauthenticated`: the service does not know the token.
    /// - `RateLimited`: the quota is used up.
    /// - `Unavailable`, `Timeout`: nothing answers there.
    #[cfg(feature = "rest")]
    #[cfg_attr(docsrs, doc(cfg(feature = "rest")))]
    pub async fn connect_rest(config: crate::RestConfig) -> Result<Self> {
        let (wire, poll) = crate::rest::open(config).await?;
        Ok(Self::with(wire, poll))
    }

    /// What the wire can do.
    #[must_use]
    pub fn capabilities(&self) -> WireCapabilities {
        self.wire.capabilities()
    }

    /// See [`Wire::execute`].
    ///
    /// # Errors
    ///
    /// Those of [`Wire::execute`].
    pub async fn execute(&self, command: Command) -> Result<Reply> {
        self.wire.execute(command).await
    }

    /// See [`Wire::pipeline`].
    ///
    /// # Errors
    ///
    /// Those of [`Wire::pipeline`].
    pub async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.wire.pipeline(commands).await
    }

    /// See [`Wire::transaction`].
    ///
    /// # Errors
    ///
    /// Those of [`Wire::transaction`].
    pub async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.wire.transaction(commands).await
    }

    /// See [`Wire::dedicated`].
    ///
    /// # Errors
    ///
    /// Those of [`Wire::dedicated`].
    pub fn dedicated(&self) -> Result<Box<dyn Dedicated>> {
        self.wire.dedicated()
    }

    /// See [`Wire::subscribe`].
    ///
    /// # Errors
    ///
    /// Those of [`Wire::subscribe`].
    pub async fn subscribe(&self, topics: Topics) -> Result<Box<dyn Listener>> {
        self.wire.subscribe(topics).await
    }

    /// Calls a script, by its digest; where the server does not know it (a new server, a
    /// restart, `SCRIPT FLUSH`) once more with its text. One round trip, or two.
    ///
    /// What a script writes before it fails stays written: it looks first and writes then, and
    /// answers what is expected as a value, not as an error.
    ///
    /// # Errors
    ///
    /// An error that the script answers or raises (see [`server_error`]); those of
    /// [`Wire::execute`].
    pub async fn eval(&self, script: &Script, call: Invocation) -> Result<Reply> {
        let locking = self.capabilities().key_locking_flag;
        match self.execute(script.by_digest(locking, &call)).await {
            Err(error) if is_unknown_script(&error) => {
                self.execute(script.by_source(locking, &call)).await
            }
            answer => answer,
        }
    }

    /// Calls a script several times in one transaction: in this order, with nothing in
    /// between. One round trip, or two where the server does not know the script. In a cluster
    /// all keys lie in one slot.
    ///
    /// # Errors
    ///
    /// Those of [`Wire::transaction`]; a call that fails does not keep the others from being
    /// done.
    pub async fn eval_batch(
        &self,
        script: &Script,
        calls: &[Invocation],
    ) -> Result<Vec<Result<Reply>>> {
        let locking = self.capabilities().key_locking_flag;
        let short = |call: &Invocation| script.by_digest(locking, call);
        let answers = self.transaction(calls.iter().map(short).collect()).await?;
        // Within one transaction the server knows the script in all calls or in none.
        let unknown = |answer: &Result<Reply>| answer.as_ref().is_err_and(is_unknown_script);
        if !answers.iter().any(unknown) {
            return Ok(answers);
        }
        let Some((first, rest)) = calls.split_first() else { return Ok(answers) };
        let mut commands = vec![script.by_source(locking, first)];
        commands.extend(rest.iter().map(short));
        self.transaction(commands).await
    }

    /// Which server keeps this key: the only one, but in a cluster. One round trip.
    ///
    /// # Errors
    ///
    /// Those of [`Wire::execute`]. What the server does not allow this user to know is `None`.
    pub async fn identity(&self, key: &str) -> Result<Identity> {
        Identity::read(self.pipeline(Identity::questions(key)).await?)
    }

    /// The settings of the server that keeps this key. One round trip.
    ///
    /// # Errors
    ///
    /// Those of [`Wire::execute`]. What the server does not allow this user to know is `None`.
    pub async fn settings(&self, key: &str) -> Result<Settings> {
        Settings::read(self.pipeline(Settings::questions(key)).await?)
    }

    /// Asks for a sign of life.
    ///
    /// # Errors
    ///
    /// Those of [`Wire::execute`].
    pub async fn ping(&self) -> Result<()> {
        match self.execute(Command::new("PING")).await? {
            Reply::Status(_) | Reply::Bytes(_) => Ok(()),
            other => other.into_ok(),
        }
    }

    /// What was counted since the wire was made.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.wire.counters()
    }

    /// Ends the wire for all its handles. Calls under way are answered, later ones get
    /// `Closed`.
    ///
    /// # Errors
    ///
    /// Those of [`Wire::close`].
    pub async fn close(&self) -> Result<()> {
        self.polling.close();
        self.wire.close().await
    }
}

fn is_unknown_script(error: &Error) -> bool {
    error.kind() == ErrorKind::Unavailable
        && server_error(error).is_some_and(|refused| refused.code() == "NOSCRIPT")
}

#[cfg(test)]
#[path = "handle/tests.rs"]
mod tests;
