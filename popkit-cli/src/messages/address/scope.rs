//! Telling the places of readers of these messages from those of others in one store.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::Address;
use crate::context::StorePlace;

impl Address {
    /// What tells this place from others in a store that serves several: the folder or the
    /// server, however it was named. Empty where store and messages are one room's, which move
    /// together, or one server's.
    pub(crate) fn scope(&self, store: &StorePlace) -> String {
        let Some(folder) = self.folder() else {
            let own = self.shown();
            let is_one = matches!(store, StorePlace::Server(server) if *server == own);
            return if is_one { String::new() } else { digest(own.as_bytes()) };
        };
        let folder = real(&folder);
        match store {
            StorePlace::File(store) if are_of_one_room(&real(store), &folder) => String::new(),
            _ => digest(folder.as_os_str().as_encoded_bytes()),
        }
    }
}

fn digest(place: &[u8]) -> String {
    Sha256::digest(place).iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The path by which a folder is known, whether it is there yet or not.
pub(super) fn real(folder: &Path) -> PathBuf {
    let there = folder.ancestors().find_map(|above| {
        let rest = folder.strip_prefix(above).ok()?;
        Some((above.canonicalize().ok()?, rest))
    });
    let (mut path, rest) = there.unwrap_or_else(|| (PathBuf::new(), folder));
    // What is not there is no link: its `..` are its names'.
    for part in rest.components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

/// Whether these are the tasks and the messages of one room.
fn are_of_one_room(store: &Path, messages: &Path) -> bool {
    store.parent() == messages.parent()
        && store.file_name() == Some(OsStr::new("tasks.db"))
        && messages.file_name() == Some(OsStr::new("messages"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Global;
    use crate::context::Context;
    use crate::error::CliError;

    fn given(url: &str) -> Result<Address, CliError> {
        let mut cx = Context::new(Global::default())?;
        cx.cwd = PathBuf::from("/here");
        Address::given(&cx, url)
    }

    fn file(path: &str) -> StorePlace {
        StorePlace::File(path.into())
    }

    #[test]
    fn a_place_is_told_from_others() {
        let (one, other) = (given("file:/x/a").unwrap(), given("file:/x/b").unwrap());
        let store = file("/x/tasks.db");
        assert_eq!(one.scope(&store).len(), 16);
        assert_ne!(one.scope(&store), other.scope(&store));
    }

    #[test]
    fn a_place_is_the_same_however_it_is_named() {
        let scope = |url: &str| given(url).unwrap().scope(&StorePlace::Memory);
        let place = scope("file:/tmp/none/a");
        for url in [
            "file:/tmp/../tmp/none/a",
            "file:/tmp/none/./b/../a/",
            "file:/tmp/none/a?poll=1s&keep_age=1d",
            "file:../tmp/none/a",
        ] {
            assert_eq!(scope(url), place, "{url}");
        }
        // A room's own tasks and messages, whoever names them.
        let messages = given("file:/tmp/none/p/messages").unwrap();
        assert_eq!(messages.scope(&file("/tmp/../tmp/none/p/tasks.db")), "");
        assert_ne!(messages.scope(&file("/tmp/none/q/tasks.db")), "");
    }

    #[test]
    fn tasks_and_messages_of_one_server_belong_together() {
        let scope = |url: &str, store: &str| given(url).unwrap().scope(&StorePlace::of(store));
        let server = "redis://:pw@localhost/1?keep_age=1d";
        assert_eq!(scope(server, "redis://bob:pw@localhost:6379/1?session=red"), "");
        for store in ["redis://localhost", "redis://other?insecure=true", "sqlite:x", "memory:"] {
            assert_eq!(scope(server, store).len(), 16, "{store}");
        }
        assert_ne!(scope("redis://localhost?root=my", "redis://localhost"), "");
    }
}
