//! Opening the inbox, or a copy of its place to peek.

use std::sync::Arc;

use popkit_coordinator::{Inbox, InboxOptions};
use popkit_protocol::AgentId;
use popkit_store::{Opened, StateStore};
use popkit_transport::Transport;

use super::InboxArgs;
use crate::context::Context;
use crate::error::CliError;
use crate::messages::{Address, Scoped, copy_of_place};

/// Messages that `--type` may leave out and unread.
pub(super) const LEFT_OUT: usize = 1024;

/// An open inbox, and what has to be closed after it.
pub(super) struct Desk {
    pub(super) inbox: Inbox,
    transport: Arc<dyn Transport>,
    store: Option<Opened>,
}

impl Desk {
    /// Opens the inbox of an agent; to peek, one over a copy of its place, so that nothing is
    /// kept and nobody learns of it.
    pub(super) async fn open(
        cx: &Context,
        agent: AgentId,
        args: &InboxArgs,
    ) -> Result<Self, CliError> {
        let peek = args.peek;
        if cx.store_url().as_deref() == Some("memory:") {
            let message = "an inbox keeps its place in the store, and memory: forgets it; use \
                           sqlite:PATH or redis://HOST";
            return Err(CliError::usage(message));
        }
        let room = cx.selected_for_messages()?;
        let address = match cx.transport_url() {
            Some(url) => Address::given(cx, url)?,
            None => Address::of_room(cx, &room),
        };
        let transport = match peek && args.wait.is_none() && !args.follow {
            true => address.open_to_look(cx).await?,
            false => address.open(cx).await?,
        };
        let scope = address.scope(&cx.store_place(&room));
        let options = InboxOptions::new(agent)
            .with_namespace(address.session.clone())
            .with_broadcast(!args.direct)
            .with_unacknowledged(LEFT_OUT);
        // To look must not make a store.
        let store = match peek && !cx.has_store(&room)? {
            true => None,
            false => Some(cx.open_or_make(&room).await?),
        };
        let places = store.as_ref().map(|store| Scoped::of(Arc::clone(&store.documents), &scope));
        let documents: Arc<dyn StateStore> = match (places, peek) {
            (Some(places), false) => places,
            (places, _) => {
                let (session, agent) = (&address.session, &options.agent);
                Arc::new(copy_of_place(places.as_deref(), session, agent).await?)
            }
        };
        let inbox = Inbox::open(Arc::clone(&transport), documents, options).await?;
        Ok(Self { inbox, transport, store })
    }

    /// Closes everything.
    pub(super) async fn close(self) -> Result<(), CliError> {
        drop(self.inbox);
        self.transport.close().await?;
        if let Some(store) = self.store {
            store.tasks.close().await?;
        }
        Ok(())
    }
}
