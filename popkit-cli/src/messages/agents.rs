//! Agents that were heard of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use popkit_protocol::{
    AgentId, AgentState, Codec, Message, Namespace as Session, Timestamp, Topic,
};
use popkit_store::{StateKey, StateStore};
use popkit_transport::{Event, Overflow, Start, SubscribeOptions, Transport};

use super::{Address, Scoped};
use crate::context::Context;
use crate::error::CliError;

/// Heartbeats in a log that are worth reading: those of the predecessors, which do not
/// replace each other.
const BEHIND: u64 = 1000;
/// Documents read at once.
const PAGE: usize = 100;

/// The last heartbeat of each agent, and when its life ends.
pub(crate) type Heartbeats = BTreeMap<AgentId, (AgentState, Timestamp)>;

/// Reads the last heartbeat of each agent of a session.
pub(crate) async fn heartbeats(
    transport: &dyn Transport,
    session: &Session,
) -> Result<Heartbeats, CliError> {
    let options = SubscribeOptions::default()
        .with_start(Start::Earliest)
        .with_overflow(Overflow::Skip { behind: BEHIND })
        .once();
    let channel = session.channel(&Topic::Heartbeat);
    let mut events = transport.subscribe_opts(&[channel], options).await?;
    let mut heard = Heartbeats::new();
    while let Some(event) = events.next().await.transpose()? {
        let Event::Message(delivery) = event else { continue };
        let Ok(envelope) = Codec::default().decode(&delivery.payload) else { continue };
        let ends = envelope.expires_at();
        let Message::Heartbeat(state) = envelope.message else { continue };
        let agent = state.agent.id.clone();
        if heard.get(&agent).is_none_or(|(known, _)| known.timestamp <= state.timestamp) {
            heard.insert(agent, (state, ends));
        }
    }
    Ok(heard)
}

/// The agents that have read their inbox.
pub(crate) async fn readers(
    documents: &dyn StateStore,
    session: &Session,
) -> Result<BTreeSet<AgentId>, CliError> {
    let prefix = format!("{}inbox:", session.prefix());
    let mut agents = BTreeSet::new();
    let mut after: Option<StateKey> = None;
    loop {
        let page = documents.list(&prefix, after.as_ref(), PAGE).await?;
        let names = page.items.iter().filter_map(|(key, _)| key.as_str().strip_prefix(&prefix));
        agents.extend(names.filter_map(|name| AgentId::new(name).ok()));
        match page.items.into_iter().next_back() {
            Some((last, _)) if page.next.is_some() => after = Some(last),
            _ => return Ok(agents),
        }
    }
}

/// The agents that were heard of: by a heartbeat, or by their inbox in the store, where there
/// is one.
pub(crate) async fn known_agents(
    cx: &Context,
    address: &Address,
    transport: &Arc<dyn Transport>,
) -> Result<BTreeSet<AgentId>, CliError> {
    let beating = heartbeats(&**transport, &address.session).await?;
    let mut agents: BTreeSet<AgentId> = beating.into_keys().collect();
    // With a transport of its own, a watch need not be about a plan.
    let Some(room) = cx.selected_for_messages().ok() else { return Ok(agents) };
    if !cx.has_store(&room)? {
        return Ok(agents);
    }
    let store = cx.open(&room).await?;
    let scope = address.scope(&cx.store_place(&room));
    let documents = Scoped::of(Arc::clone(&store.documents), &scope);
    let read = readers(&*documents, &address.session).await;
    store.tasks.close().await?;
    agents.extend(read?);
    Ok(agents)
}
