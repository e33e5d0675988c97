//! For tests: a wire as REST is, over whatever a test answers.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::{Namespace, RandomIds};
use popkit_redis::{
    Command, Counters, Dedicated, Error, ErrorKind, Keyspace, Listener, Redis, Reply, Result,
    Topics, Wire, WireCapabilities,
};

use super::shared::Shared;
use crate::{Capabilities, Keep};

struct Fake<F>(F);

impl<F> fmt::Debug for Fake<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fake")
    }
}

/// What a transport shares whose commands are answered like this.
pub(super) fn shared(
    answer: impl Fn(&Command) -> Result<Reply> + Send + Sync + 'static,
) -> Arc<Shared> {
    let redis = Redis::over(Arc::new(Fake(answer)));
    let keyspace = Keyspace::new(&Namespace::unnamed(), false);
    let (ids, capabilities) = (Arc::new(RandomIds), Capabilities::least());
    let server = "a fake".to_owned();
    Arc::new(Shared::new(redis, keyspace, Keep::ALL, ids, true, capabilities, server))
}

#[async_trait]
impl<F: Fn(&Command) -> Result<Reply> + Send + Sync + 'static> Wire for Fake<F> {
    fn capabilities(&self) -> WireCapabilities {
        WireCapabilities::least()
    }

    async fn execute(&self, command: Command) -> Result<Reply> {
        (self.0)(&command)
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        Ok(commands.iter().map(&self.0).collect())
    }

    async fn transaction(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        self.pipeline(commands).await
    }

    fn dedicated(&self) -> Result<Box<dyn Dedicated>> {
        Err(Error::new(ErrorKind::Unsupported, "it cannot block"))
    }

    async fn subscribe(&self, _: Topics) -> Result<Box<dyn Listener>> {
        Err(Error::new(ErrorKind::Unsupported, "it has no channels"))
    }

    fn counters(&self) -> Counters {
        Counters::default()
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
