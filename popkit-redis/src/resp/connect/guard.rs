//! Nodes that a cluster names, and whether they may be connected to.

use std::io;
use std::net::SocketAddr;

use redis::io::AsyncDNSResolver;
use redis::{RedisError, RedisFuture};
use tokio::net::lookup_host;

use crate::Address;

/// Finds hosts for the crate, and lets nothing unencrypted leave this machine unasked: which
/// nodes there are is known to the cluster alone.
pub(super) struct Guard {
    /// Whether any node will do.
    pub(super) is_open: bool,
}

impl AsyncDNSResolver for Guard {
    fn resolve<'a, 'b: 'a>(
        &'a self,
        host: &'b str,
        port: u16,
    ) -> RedisFuture<'a, Box<dyn Iterator<Item = SocketAddr> + Send + 'a>> {
        Box::pin(async move {
            if !self.is_open && !Address::tcp(host, port).is_local() {
                let message = format!("{host} is another machine, and TLS is off");
                return Err(RedisError::from(io::Error::new(io::ErrorKind::Unsupported, message)));
            }
            let found = lookup_host((host, port)).await?;
            let found: Box<dyn Iterator<Item = SocketAddr> + Send> =
                Box::new(found.collect::<Vec<_>>().into_iter());
            Ok(found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_was_asked_for_leaves_this_machine() {
        let closed = Guard { is_open: false };
        assert_eq!(closed.resolve("127.0.0.1", 1).await.unwrap().count(), 1);
        assert!(closed.resolve("192.0.2.1", 1).await.is_err());
        let open = Guard { is_open: true };
        assert_eq!(open.resolve("192.0.2.1", 1).await.unwrap().count(), 1);
    }
}
