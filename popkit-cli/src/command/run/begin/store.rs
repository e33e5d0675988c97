//! Where a run keeps its tasks and messages.

use std::path::Path;

use popkit_protocol::{Namespace as Session, SessionId};

use crate::context::{Context, StorePlace, is_rest, shown, var};
use crate::error::CliError;
use crate::messages::Address;
use crate::state::{Namespace, in_url};

/// The state of one plan.
#[derive(Debug)]
pub(in super::super) struct Place {
    /// Its room in the state directory.
    pub(in super::super) namespace: Namespace,
    /// The URL of its store, good in every folder. That of a server may hold a password.
    pub(in super::super) url: String,
    /// Whether that is the room's own file.
    pub(in super::super) is_own: bool,
    /// Where its messages are, and whose.
    pub(in super::super) messages: Address,
}

impl Place {
    /// Where its store is.
    pub(in super::super) fn store(&self) -> StorePlace {
        if self.is_own {
            return StorePlace::File(self.namespace.store_file());
        }
        StorePlace::of(&self.url)
    }

    /// Whether looking at its tasks or messages is billed.
    pub(in super::super) fn is_billed(&self) -> bool {
        is_rest(&self.url) || is_rest(&self.messages.url())
    }

    /// The URL of its store for people, without secrets.
    pub(in super::super) fn shown(&self) -> String {
        shown(&self.url)
    }
}

/// The state of the plan with this name and folder.
///
/// # Errors
///
/// A name that is no folder's; a transport that is none.
pub(in super::super) fn place(
    cx: &Context,
    name: &str,
    base_dir: &Path,
) -> Result<Place, CliError> {
    let namespace = cx.namespace(name, base_dir)?;
    // A run that is a task of another run has its own plan, and so its own store.
    let session = own_session(cx);
    let asked = cx.store_url_of(session).filter(|url| !is_inherited("POPKIT_STORE", url));
    let url = asked.map(|url| absolute(&url, &cx.cwd));
    let is_own = url.is_none();
    let url = url.unwrap_or_else(|| namespace.store_url());
    let messages = messages(cx, &namespace)?;
    Ok(Place { namespace, url, is_own, messages })
}

/// Where the messages of a run are: apart from those of a run around it, as its tasks are.
fn messages(cx: &Context, namespace: &Namespace) -> Result<Address, CliError> {
    let asked = cx.transport_url().filter(|url| !is_inherited("POPKIT_TRANSPORT", url));
    let address = match asked {
        Some(url) => Address::given(cx, url)?,
        None => Address::of_room(cx, namespace),
    };
    Ok(address.with_session(own_session(cx).map_or_else(Session::unnamed, Session::of)))
}

/// The session that was asked for, unless it is that of the run around this one.
fn own_session(cx: &Context) -> Option<&SessionId> {
    cx.session().filter(|name| !is_inherited("POPKIT_SESSION", name.as_str()))
}

/// Whether a value is the one of the run around this one.
fn is_inherited(name: &str, value: &str) -> bool {
    var("POPKIT_TASK_ID").is_some() && var(name).as_deref() == Some(value)
}

/// The same URL, good in every folder: children have folders of their own.
fn absolute(url: &str, cwd: &Path) -> String {
    let Some(rest) = url.strip_prefix("sqlite:") else { return url.to_owned() };
    let (path, options) = rest.split_once('?').map_or((rest, None), |(p, o)| (p, Some(o)));
    // The folder's own characters are no options.
    let path = Path::new(&in_url(cwd)).join(path);
    match options {
        Some(options) => format!("sqlite:{}?{options}", path.display()),
        None => format!("sqlite:{}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_file_is_made_absolute() {
        let at = |url| absolute(url, Path::new("/here"));
        assert_eq!(
            at("sqlite:a/b.db?durability=relaxed"),
            "sqlite:/here/a/b.db?durability=relaxed"
        );
        assert_eq!(absolute("sqlite:a", Path::new("/w?")), "sqlite:/w%3F/a");
        assert_eq!(at("sqlite:/x.db"), "sqlite:/x.db");
        assert_eq!(at("memory:"), "memory:");
    }
}
