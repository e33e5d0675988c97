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

/// Opens the store that a URL names: `memory:`, or `sqlite:PATH` (feature `sqlite`). Options
/// follow a `?`: `sqlite:tasks.db?durability=relaxed&max_lanes=128`.
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
        _ => Err(unknown(url)),
    }
}

fn unknown(url: &str) -> Error {
    // Only the scheme is shown: the rest of a URL may hold a password.
    let scheme = url.split(':').next().unwrap_or_default();
    let message = format!("no backend for {scheme:?}; use memory: or sqlite:PATH");
    Error::new(ErrorKind::InvalidConfig, message)
}
