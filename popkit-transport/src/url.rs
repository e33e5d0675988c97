//! One URL names a backend.

use std::sync::Arc;

use crate::{Error, ErrorKind, MemoryTransport, Result, Transport};

/// Opens the transport that a URL names. Options follow a `?`:
/// `file:./.popkit/messages?durability=crash-safe&keep_age=1d`.
///
/// | URL | Feature |
/// |---|---|
/// | `memory:` | always |
/// | `file:FOLDER` | `file` |
/// | `redis://…`, `unix:PATH`, `redis+unix://…` | `redis` |
/// | `rediss://…` | `redis-tls` |
/// | `redis+cluster://…`, `rediss+cluster://…` | `redis-cluster` |
/// | `upstash:`, `upstash://…`, `https://…` | `upstash` |
/// | `redis+sentinel://…`, `rediss+sentinel://…` | `redis-sentinel` |
///
/// # Errors
///
/// `InvalidConfig` for an unknown scheme or option; whatever opening says.
pub async fn open(url: &str) -> Result<Arc<dyn Transport>> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(unknown(url));
    };
    match scheme {
        "memory" if rest.is_empty() => Ok(Arc::new(MemoryTransport::new())),
        #[cfg(feature = "file")]
        "file" => {
            let options: crate::FileOptions = rest.parse()?;
            Ok(Arc::new(options.open().await?))
        }
        #[cfg(feature = "redis")]
        "redis" | "rediss" | "unix" | "redis+unix" | "redis+cluster" | "rediss+cluster"
        | "redis+sentinel" | "rediss+sentinel" => {
            let options: crate::RedisTransportOptions = url.parse()?;
            Ok(Arc::new(options.open().await?))
        }
        #[cfg(feature = "upstash")]
        "upstash" | "https" | "http" => {
            let options: crate::RedisTransportOptions = url.parse()?;
            Ok(Arc::new(options.open().await?))
        }
        _ => Err(unknown(url)),
    }
}

fn unknown(url: &str) -> Error {
    // Only the scheme is shown: the rest of a URL may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    let known = if cfg!(feature = "upstash") {
        "use memory:, file:FOLDER, redis://HOST or upstash://HOST"
    } else if cfg!(feature = "redis") {
        "use memory:, file:FOLDER or redis://HOST"
    } else {
        "use memory: or file:FOLDER"
    };
    let message = format!("no transport for {scheme:?}; {known}");
    Error::new(ErrorKind::InvalidConfig, message)
}
