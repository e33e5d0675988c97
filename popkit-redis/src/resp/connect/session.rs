//! A connection to one server, ready for commands.

use std::fmt;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, ProtocolVersion, RedisConnectionInfo, RedisResult, Value};
use secrecy::ExposeSecret as _;
use tokio::task::{AbortHandle, JoinSet};

use super::socket::Socket;
use crate::resp::request::Request;
use crate::resp::{convert, lost};
use crate::{Command, Protocol, RedisConfig, Result};

/// Requests that wait to be written, at most; more wait for room, within their deadline.
const BUFFER: usize = 1024;

/// A connection to one server, on which many calls are under way at a time. Dropping it closes
/// it.
pub(in crate::resp) struct Session {
    connection: MultiplexedConnection,
    driver: AbortHandle,
    _tasks: JoinSet<()>,
}

impl Session {
    /// Says the first words: user and password, database.
    pub(super) async fn begin(
        config: &RedisConfig,
        at: &str,
        socket: Box<dyn Socket>,
    ) -> Result<Self> {
        // Deadlines are kept outside: the crate's own would close nothing, and its default of
        // 500 ms would cut what blocks.
        let options = AsyncConnectionConfig::new()
            .set_connection_timeout(None)
            .set_response_timeout(None)
            .set_pipeline_buffer_size(BUFFER);
        let begun =
            MultiplexedConnection::new_with_config(&introduction(config), socket, options).await;
        let (connection, driver) = begun.map_err(|error| lost::unwelcome(config, at, error))?;
        let mut tasks = JoinSet::new();
        let driver = tasks.spawn(driver);
        Ok(Self { connection, driver, _tasks: tasks })
    }

    /// Whether the connection was lost: what is sent now would not arrive.
    pub(in crate::resp) fn is_over(&self) -> bool {
        self.driver.is_finished()
    }

    /// Sends and waits, without a limit, for one answer to each command.
    pub(in crate::resp) async fn send(&self, request: &Request) -> RedisResult<Vec<Value>> {
        if let Some(command) = request.single() {
            return self.send_one(command).await.map(|answer| vec![answer]);
        }
        let count = request.commands.len();
        let mut connection = self.connection.clone();
        connection.send_packed_commands(&convert::pipeline(&request.commands), 0, count).await
    }

    /// The same of one command.
    pub(in crate::resp) async fn send_one(&self, command: &Command) -> RedisResult<Value> {
        self.connection.clone().send_packed_command(&convert::packed(command)).await
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("is_over", &self.is_over()).finish_non_exhaustive()
    }
}

/// User, password, database and protocol, as the crate says them.
pub(super) fn introduction(config: &RedisConfig) -> RedisConnectionInfo {
    let mut words = RedisConnectionInfo::default()
        .set_db(i64::from(config.db))
        .set_lib_name("popkit", env!("CARGO_PKG_VERSION"))
        .set_protocol(match config.protocol {
            Protocol::Resp2 => ProtocolVersion::RESP2,
            Protocol::Resp3 => ProtocolVersion::RESP3,
        });
    if let Some(user) = &config.user {
        words = words.set_username(user);
    }
    if let Some(password) = &config.password {
        words = words.set_password(password.expose_secret());
    }
    words
}
