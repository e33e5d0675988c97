//! A connection to a Redis server.

use std::io;
use std::path::Path;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

use super::command::Command;
use super::reply::Reply;

/// An open connection, on which replies come in the order of the commands.
///
/// It goes through the server's Unix socket: a connection per request then leaves no port behind.
#[derive(Debug)]
pub(crate) struct Link {
    stream: UnixStream,
    /// What has come and has not been taken.
    bytes: Vec<u8>,
}

impl Link {
    /// Connects as the default user.
    ///
    /// # Errors
    ///
    /// When the server cannot be reached.
    pub(crate) async fn open(socket: &Path) -> io::Result<Self> {
        Ok(Self { stream: UnixStream::connect(socket).await?, bytes: Vec::new() })
    }

    /// Sends commands without waiting for their replies.
    ///
    /// # Errors
    ///
    /// When the connection has ended.
    pub(crate) async fn send(&mut self, commands: &[Command]) -> io::Result<()> {
        let mut wire = Vec::new();
        commands.iter().for_each(|command| command.write(&mut wire));
        self.stream.write_all(&wire).await
    }

    /// The next reply. Cancel safe: what has come is kept.
    ///
    /// # Errors
    ///
    /// When the connection has ended, or the server does not speak RESP2.
    pub(crate) async fn reply(&mut self) -> io::Result<Reply> {
        loop {
            let taken = Reply::take(&mut self.bytes);
            if let Some(reply) =
                taken.map_err(|what| io::Error::other(format!("Redis sent {what}")))?
            {
                return Ok(reply);
            }
            if self.stream.read_buf(&mut self.bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
    }

    /// Sends commands and collects their replies.
    ///
    /// # Errors
    ///
    /// When the connection has ended.
    pub(crate) async fn ask_all(&mut self, commands: &[Command]) -> io::Result<Vec<Reply>> {
        self.send(commands).await?;
        let mut replies = Vec::with_capacity(commands.len());
        for _ in commands {
            replies.push(self.reply().await?);
        }
        Ok(replies)
    }

    /// Sends a command and takes its reply.
    ///
    /// # Errors
    ///
    /// When the connection has ended.
    pub(crate) async fn ask(&mut self, command: &Command) -> io::Result<Reply> {
        self.send(std::slice::from_ref(command)).await?;
        self.reply().await
    }
}
