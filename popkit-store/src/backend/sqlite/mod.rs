//! Tasks and documents in one SQLite file.

use std::str::FromStr;

use crate::{Error, ErrorKind, Result};

/// How to open a [`SqliteStore`].
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SqliteOptions {}

impl FromStr for SqliteOptions {
    type Err = Error;

    fn from_str(_: &str) -> Result<Self> {
        Ok(Self::default())
    }
}

impl SqliteOptions {
    /// The store.
    ///
    /// # Errors
    ///
    /// `Unsupported`.
    #[expect(clippy::unused_async, reason = "a stub")]
    pub async fn open(self) -> Result<crate::MemoryStore> {
        Err(Error::new(ErrorKind::Unsupported, "not built yet"))
    }
}

/// A store in one SQLite file.
pub type SqliteStore = crate::MemoryStore;
