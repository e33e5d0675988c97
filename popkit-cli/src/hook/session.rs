//! The power sessions that are active here.

use std::sync::Arc;

use popkit_protocol::{Codec, Json, Namespace as Names, Objective};
use popkit_store::{Document, StateKey, StateStore, TaskStore};

use crate::context::Context;
use crate::error::CliError;
use crate::messages::{Address, Scoped};
use crate::session::Place;
use crate::state::Namespace as Room;

/// A session with an objective, and its store.
#[derive(Debug)]
pub(super) struct Session {
    /// Whose it is.
    pub(super) room: Room,
    /// What it is for.
    pub(super) objective: Objective,
    /// Where its messages are.
    pub(super) messages: Address,
    /// Its documents, by their bare names.
    pub(super) documents: Arc<dyn StateStore>,
    /// Where `popkit inbox`, too, keeps how far agents have read.
    pub(super) places: Arc<dyn StateStore>,
    tasks: Arc<dyn TaskStore>,
}

/// A store that may be a session's.
struct Candidate {
    room: Room,
    messages: Address,
    tasks: Arc<dyn TaskStore>,
    documents: Arc<dyn StateStore>,
    places: Arc<dyn StateStore>,
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
        for candidate in candidates(cx).await? {
            found.extend(Self::of(candidate).await?);
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

    async fn of(candidate: Candidate) -> Result<Option<Self>, CliError> {
        let Candidate { room, messages, tasks, documents, places } = candidate;
        let key = StateKey::new("objective")?;
        let Some(found) = documents.load(&key).await? else {
            tasks.close().await?;
            return Ok(None);
        };
        let objective = read(&found.value).map_err(|error| error.at(&key))?;
        Ok(Some(Self { room, objective, messages, documents, places, tasks }))
    }

    /// The names of its channels.
    pub(super) fn names(&self) -> &Names {
        &self.messages.session
    }

    /// Closes its store.
    pub(super) async fn close(self) -> Result<(), CliError> {
        Ok(self.tasks.close().await?)
    }
}

/// The stores to look into: the one that is named in any way, else those of all rooms.
async fn candidates(cx: &Context) -> Result<Vec<Candidate>, CliError> {
    let is_named = cx.session().is_some() || cx.transport_url().is_some();
    if is_named || cx.store_url().is_some() {
        return Ok(named(cx).await?.into_iter().collect());
    }
    let rooms = match cx.plan() {
        Some(_) => vec![cx.selected_for_messages()?],
        None => cx.state_dir(&cx.cwd).rooms()?,
    };
    let mut found = Vec::new();
    // The server that `power start` chose by itself, beside the rooms.
    if cx.plan().is_none()
        && let Some(place) = Place::remembered(cx)?
    {
        found.extend(at(cx, &place).await?);
    }
    for room in rooms {
        if cx.has_store(&room)? {
            let opened = cx.open(&room).await?;
            let messages = Address::of_room(cx, &room);
            let (tasks, documents) = (opened.tasks, opened.documents);
            let places = Arc::clone(&documents);
            found.push(Candidate { room, messages, tasks, documents, places });
        }
    }
    Ok(found)
}

async fn named(cx: &Context) -> Result<Option<Candidate>, CliError> {
    at(cx, &Place::find(cx)?).await
}

async fn at(cx: &Context, place: &Place) -> Result<Option<Candidate>, CliError> {
    let Some(site) = place.look().await? else { return Ok(None) };
    let (room, messages) = (place.room().clone(), place.messages().clone());
    let scope = messages.scope(&cx.store_place(&room));
    let (tasks, documents) = (Arc::clone(&site.tasks), Arc::clone(&site.documents));
    let places = Scoped::of(Arc::clone(&documents), &scope);
    Ok(Some(Candidate { room, messages, tasks, documents, places }))
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
