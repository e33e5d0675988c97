//! The power sessions that are active here.

use std::sync::Arc;

use popkit_protocol::{Codec, Json, Namespace as Names, Objective};
use popkit_store::{Document, Opened, StateKey, StateStore};

use super::literal::Literal;
use crate::context::{Context, StorePlace};
use crate::error::CliError;
use crate::messages::{Address, Scoped};
use crate::state::Namespace;

/// A session with an objective, and its store.
#[derive(Debug)]
pub(super) struct Session {
    /// Whose it is.
    pub(super) room: Namespace,
    /// What it is for.
    pub(super) objective: Objective,
    /// The names of its channels and documents.
    pub(super) names: Names,
    /// Its documents.
    pub(super) documents: Arc<dyn StateStore>,
    store: Opened,
}

impl Session {
    /// All that are active: those whose objective is there. A room without a store has none.
    ///
    /// # Errors
    ///
    /// A store that cannot be reached or read, and an objective that is damaged: nobody can
    /// tell then what is allowed.
    pub(super) async fn active(cx: &Context) -> Result<Vec<Self>, CliError> {
        let mut found = Vec::new();
        for room in rooms(cx)? {
            if cx.has_store(&room)?
                && let Some(session) = Self::open(cx, room).await?
            {
                found.push(session);
            }
        }
        Ok(found)
    }

    /// The one that is active, if there is one.
    ///
    /// # Errors
    ///
    /// Also where there are several.
    pub(super) async fn only(cx: &Context) -> Result<Option<Self>, CliError> {
        let mut all = Self::active(cx).await?;
        if all.len() > 1 {
            let names: Vec<&str> = all.iter().map(|session| session.room.name()).collect();
            let names = names.join(", ");
            let message =
                format!("several sessions are active: {names}; say which with --plan NAME");
            return Err(CliError::usage(message));
        }
        Ok(all.pop())
    }

    async fn open(cx: &Context, room: Namespace) -> Result<Option<Self>, CliError> {
        let store = cx.open(&room).await?;
        let names = cx.session().map_or_else(Names::unnamed, Names::of);
        let documents: Arc<dyn StateStore> = match cx.store_place(&room) {
            StorePlace::Server(_) => Arc::new(Literal::of(Arc::clone(&store.documents), &names)),
            _ => Arc::clone(&store.documents),
        };
        let key = StateKey::new(format!("{}objective", names.prefix()))?;
        let objective = match documents.load(&key).await? {
            Some(found) => read(&found.value).map_err(|error| error.at(&key))?,
            None => {
                store.tasks.close().await?;
                return Ok(None);
            }
        };
        Ok(Some(Self { room, objective, names, documents, store }))
    }

    /// A name of a document.
    pub(super) fn key(&self, name: &str) -> Result<StateKey, CliError> {
        Ok(StateKey::new(format!("{}{name}", self.names.prefix()))?)
    }

    /// Where its messages are.
    pub(super) fn address(&self, cx: &Context) -> Result<Address, CliError> {
        let address = match cx.transport_url() {
            Some(url) => Address::given(cx, url)?,
            None => Address::of_room(cx, &self.room),
        };
        Ok(address.with_session(self.names.clone()))
    }

    /// Where `popkit inbox`, too, keeps how far agents have read.
    pub(super) fn places(&self, cx: &Context, address: &Address) -> Arc<dyn StateStore> {
        let scope = address.scope(&cx.store_place(&self.room));
        Scoped::of(Arc::clone(&self.store.documents), &scope)
    }

    /// Closes its store.
    pub(super) async fn close(self) -> Result<(), CliError> {
        Ok(self.store.tasks.close().await?)
    }
}

/// Where a session may be.
fn rooms(cx: &Context) -> Result<Vec<Namespace>, CliError> {
    if cx.store_url().is_some() || cx.plan().is_some() {
        return Ok(vec![cx.selected_for_messages()?]);
    }
    cx.state_dir(&cx.cwd).rooms()
}

fn read(document: &Document) -> Result<Objective, CliError> {
    let Document::Text(bytes) = document else {
        return Err(CliError::data("the objective is no text"));
    };
    let text = std::str::from_utf8(bytes);
    let text = text.map_err(|error| CliError::data(format!("the objective: {error}")))?;
    let json = Json::from_text(text);
    let json = json.map_err(|error| CliError::data(format!("the objective: {error}")))?;
    Ok(Codec::default().from_json(&json)?)
}
