//! The connection of a client, to be cut.

use std::fmt;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

/// A second handle on a client's connection.
#[derive(Clone)]
pub(in crate::upstash) struct Line(Option<Arc<TcpStream>>);

impl Line {
    /// Ends the connection in both directions, without a word of HTTP.
    pub(in crate::upstash) fn cut(&self) {
        if let Some(stream) = &self.0 {
            // It fails only where the client has ended it before.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Ends the connection and waits for the server to notice, which drops the caller.
    pub(in crate::upstash) async fn end<T>(&self) -> T {
        self.cut();
        std::future::pending().await
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        let second = stream.io().as_fd().try_clone_to_owned();
        Self(second.ok().map(|fd| Arc::new(TcpStream::from(fd))))
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Line").field(&self.0.is_some()).finish()
    }
}
