//! One URL names a backend.

use std::sync::Arc;

use crate::{Error, ErrorKind, MemoryStore, Result, StateStore, TaskStore};

/// Both seams of one backend.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Opened {
    /// Its tasks.
    pub tasks: Arc<dyn TaskStore>,
    /// Its documents.
    pub documents: Arc<dyn StateStore>,
}

impl Opened {
    /// One backend that is both.
    #[must_use]
    pub fn of<T: TaskStore + StateStore + Clone>(store: &T) -> Self {
        Self { tasks: Arc::new(store.clone()), documents: Arc::new(store.clone()) }
    }
}

/// Opens the store that a URL names. Options follow a `?`:
/// `sqlite:tasks.db?durability=relaxed&max_lanes=128`.
///
/// | URL | Feature |
/// |---|---|
/// | `memory:` | always |
/// | `sqlite:PATH` | `sqlite` |
/// | `redis://…`, `unix:PATH`, `redis+unix://…` | `redis` |
/// | `rediss://…` | `redis-tls` |
/// | `redis+cluster://…`, `rediss+cluster://…` | `redis-cluster` |
/// | `redis+sentinel://…`, `rediss+sentinel://…` | `redis-sentinel` |
/// | `upstash:`, `upstash://…`, `https://…` | `upstash` |
///
/// # Errors
///
/// `InvalidConfig` for an unknown scheme or option; whatever opening says.
pub async fn open(url: &str) -> Result<Opened> {
    let Some((scheme, rest)) = url.split_once(':') else {
        return Err(unknown(url));
    };
    match scheme {
        "memory" if rest.is_empty() => Ok(Opened::of(&MemoryStore::new())),
        #[cfg(feature = "sqlite")]
        "sqlite" => {
            let options: crate::SqliteOptions = rest.parse()?;
            Ok(Opened::of(&options.open().await?))
        }
        "redis" | "rediss" | "unix" | "redis+unix" | "redis+cluster" | "rediss+cluster"
        | "redis+sentinel" | "rediss+sentinel" | "upstash" | "https" | "http" => redis(url).await,
        _ => Err(unknown(url)),
    }
}

#[cfg(feature = "redis")]
async fn redis(url: &str) -> Result<Opened> {
    let options: crate::RedisOptions = url.parse()?;
    Ok(Opened::of(&options.open().await?))
}

#[cfg(not(feature = "redis"))]
fn redis(_: &str) -> std::future::Ready<Result<Opened>> {
    let message = "this build has no Redis; build it with the feature redis";
    std::future::ready(Err(Error::new(ErrorKind::InvalidConfig, message)))
}

fn unknown(url: &str) -> Error {
    // Only the scheme is shown: the rest of a URL may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    let message = format!("no backend for {scheme:?}; use memory:, sqlite:PATH or redis://HOST");
    Error::new(ErrorKind::InvalidConfig, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_no_backend_takes_is_told_without_secrets() {
        for url in ["nonsense://:hunter2@h", "hunter2@h", "memory:hunter2", ""] {
            let error = open(url).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{url}");
            assert!(error.to_string().contains("use memory:, sqlite:PATH or redis://HOST"));
        }
        let error = open("nonsense://:hunter2@h").await.unwrap_err();
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }

    #[tokio::test]
    async fn every_scheme_of_redis_is_known() {
        for scheme in ["redis", "rediss", "redis+cluster", "rediss+cluster"] {
            // None of them connects: an option is wrong, or the build has no Redis.
            let error = open(&format!("{scheme}://:hunter2@h?nonsense=1")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{scheme}");
            let says = if cfg!(feature = "redis") { "unknown option" } else { "feature redis" };
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        for scheme in ["upstash", "https", "http"] {
            let error = open(&format!("{scheme}://:hunter2@h?nonsense=1")).await.unwrap_err();
            let upstash = if cfg!(feature = "redis") { "feature upstash" } else { "feature redis" };
            let says = if cfg!(feature = "upstash") { "unknown option" } else { upstash };
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        for url in ["unix:/s?nonsense=1", "redis+unix:///s?nonsense=1"] {
            assert!(!open(url).await.unwrap_err().to_string().contains("no backend"), "{url}");
        }
        for scheme in ["redis+sentinel", "rediss+sentinel"] {
            let error = open(&format!("{scheme}://h/m?nonsense=1")).await.unwrap_err();
            assert!(!error.to_string().contains("no backend"), "{error}");
        }
    }
}
