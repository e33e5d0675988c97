//! Which key a document has.

use popkit_redis::{Invocation, Keyspace};

use crate::StateKey;

/// How names begin that would be keys of something else: of another session or of the tasks
/// (`{`), of the documents' own records (`~`), of a channel's log.
const TAKEN: [&str; 3] = ["{", "~", "stream:"];

/// The keys of one session's documents.
///
/// | Document | Key | In a cluster |
/// |---|---|---|
/// | `objective` | `pop:objective` | `pop:{default}:objective` |
/// | `{x}` | `pop:~{x}` | `pop:{default}:~{x}` |
///
/// | Key | Type | Holds |
/// |---|---|---|
/// | `pop:~revisions` | hash | version, digest and end of each document, by its name |
/// | `pop:~names` | zset | the names, in their order |
/// | `pop:~ends` | zset | the names of those that end, by the time |
#[derive(Debug)]
pub(super) struct DocumentKeys {
    prefix: String,
}

impl DocumentKeys {
    pub(super) fn new(keyspace: &Keyspace) -> Self {
        Self { prefix: keyspace.prefix() }
    }

    /// The key of a document.
    pub(super) fn of(&self, name: &str) -> String {
        let mark = if TAKEN.iter().any(|taken| name.starts_with(taken)) { "~" } else { "" };
        format!("{}{mark}{name}", self.prefix)
    }

    /// The document that has this key, where it is one's.
    pub(super) fn name_of(&self, key: &str) -> Option<StateKey> {
        let name = key.strip_prefix(&self.prefix)?;
        let name = StateKey::new(name.strip_prefix('~').unwrap_or(name)).ok()?;
        (self.of(name.as_str()) == key).then_some(name)
    }

    /// The key that stands for all: they lie in one slot.
    pub(super) fn revisions(&self) -> String {
        format!("{}~revisions", self.prefix)
    }

    /// A call with the keys that every script has, and these documents.
    pub(super) fn call<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> Invocation {
        let own = ["~names", "~ends"].map(|name| format!("{}{name}", self.prefix));
        let documents = names.into_iter().map(|name| self.of(name));
        Invocation::new().key(self.revisions()).keys(own).keys(documents)
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{Namespace, SessionId};
    use proptest::prelude::*;

    use super::*;

    fn unnamed() -> DocumentKeys {
        DocumentKeys::new(&Keyspace::new(&Namespace::unnamed(), false))
    }

    #[test]
    fn documented_keys_are_as_documented() {
        for name in ["objective", "state:a-1", "completed:s", "tasks:orphaned", "streams:s"] {
            assert_eq!(unnamed().of(name), format!("pop:{name}"));
        }
        let team = Namespace::of(&SessionId::new("team").unwrap());
        assert_eq!(DocumentKeys::new(&Keyspace::new(&team, true)).of("a"), "pop:{team}:a");
    }

    #[test]
    fn no_document_has_the_key_of_something_else() {
        let keys = unnamed();
        assert_eq!(keys.of("{default.t}:meta"), "pop:~{default.t}:meta");
        assert_eq!(keys.of("stream:results"), "pop:~stream:results");
        assert_eq!(keys.of("~revisions"), "pop:~~revisions");
        for key in ["pop:~revisions", "pop:{team}:objective", "pop:stream:x", "other", "pop:a b"] {
            assert_eq!(keys.name_of(key), None, "{key}");
        }
    }

    proptest! {
        #[test]
        fn a_document_is_found_by_its_key(name in "(stream:)?[~{}:a]{1,4}") {
            let found = unnamed().name_of(&unnamed().of(&name));
            prop_assert_eq!(found, Some(StateKey::new(name).unwrap()));
        }
    }
}
