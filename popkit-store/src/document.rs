//! Documents of a [`StateStore`](crate::StateStore).

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use crate::{Error, ErrorKind, Result};

/// The largest document, in bytes of content: 1 MiB.
pub(crate) const MAX_BYTES: usize = 1024 * 1024;

/// The name of a document: 1 to 512 characters of printable ASCII without space, `*`, `?`,
/// `[`, `]` and `\`. By convention segments are divided by `:`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct StateKey(Arc<str>);

impl StateKey {
    /// Checks and takes the text.
    ///
    /// # Errors
    ///
    /// `InvalidInput` with the rule it breaks.
    pub fn new(text: impl AsRef<str>) -> Result<Self> {
        let text = text.as_ref();
        let allowed = |b: u8| b.is_ascii_graphic() && !b"*?[]\\".contains(&b);
        if (1..=512).contains(&text.len()) && text.bytes().all(allowed) {
            return Ok(Self(text.into()));
        }
        let shown: String = text.chars().take(80).collect();
        Err(Error::new(
            ErrorKind::InvalidInput,
            format!(
                "invalid key {shown:?}: expected 1 to 512 printable ASCII characters without space and * ? [ ] \\"
            ),
        ))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for StateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The number of a write of a document; grows with every write of the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Version(u64);

impl Version {
    /// Takes a number from a store's record.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }
}

/// A value and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Versioned<T> {
    /// The version.
    pub version: Version,
    /// The value.
    pub value: T,
}

impl<T> Versioned<T> {
    /// A value with its version.
    #[must_use]
    pub fn new(version: Version, value: T) -> Self {
        Self { version, value }
    }
}

/// The content of a document. Backends keep each shape in their own type where they have
/// one, so that stock tools show it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Document {
    /// One value.
    Text(Bytes),
    /// Named values.
    Map(BTreeMap<String, Bytes>),
    /// Values, newest first.
    List(Vec<Bytes>),
}

impl Document {
    /// A text document.
    #[must_use]
    pub fn text(text: impl Into<Bytes>) -> Self {
        Self::Text(text.into())
    }

    /// The bytes of its content.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Map(fields) => fields.iter().map(|(k, v)| k.len() + v.len()).sum(),
            Self::List(items) => items.iter().map(Bytes::len).sum(),
        }
    }

    pub(crate) fn check_size(&self) -> Result<()> {
        let size = self.size();
        if size <= MAX_BYTES {
            return Ok(());
        }
        let message = format!("the document has {size} bytes; the limit is {MAX_BYTES}");
        Err(Error::new(ErrorKind::PayloadTooLarge, message))
    }
}

/// What must be true of the present document for a save to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum IfVersion {
    /// Nothing.
    #[default]
    Any,
    /// There is none.
    Absent,
    /// It has this version.
    Is(Version),
}

/// How to save.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SaveOptions {
    /// What must be true of the present document.
    pub if_version: IfVersion,
    /// The document is gone after this, unless saved again. Appending keeps it.
    pub ttl: Option<Duration>,
    /// Save only while that other document is at that version: how a leader fences its
    /// writes.
    pub guard: Option<(StateKey, Version)>,
}

impl SaveOptions {
    /// Only where there is none.
    #[must_use]
    pub fn if_absent(mut self) -> Self {
        self.if_version = IfVersion::Absent;
        self
    }

    /// Only where it has this version.
    #[must_use]
    pub fn if_version(mut self, version: Version) -> Self {
        self.if_version = IfVersion::Is(version);
        self
    }

    /// With a time to live.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.ttl = Some(ttl);
        self
    }

    /// Only while that document is at that version.
    #[must_use]
    pub fn guard(mut self, key: StateKey, version: Version) -> Self {
        self.guard = Some((key, version));
        self
    }
}
