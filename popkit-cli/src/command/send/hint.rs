//! What whoever sent may not expect.

use std::sync::Arc;

use popkit_protocol::{AgentId, Envelope, Party, Topic};
use popkit_transport::Transport;

use crate::context::Context;
use crate::messages::{Address, Folders, Looking, known_agents};

/// One sentence, if any: the room is a guess, the message goes elsewhere than its receiver, or
/// nobody heard of that. Asked before it is sent.
pub(super) async fn hint(
    cx: &Context,
    address: &Address,
    (is_new, envelope): (bool, Option<&Envelope>),
    transport: &Arc<dyn Transport>,
) -> Option<String> {
    if let Some(elsewhere) = envelope.and_then(elsewhere) {
        return Some(elsewhere);
    }
    if let Some(room) = address.guessed(cx) {
        let state = if is_new { "new" } else { "a guess" };
        return Some(format!(
            "room {room} is {state}: no run or task has used it; messages belong to the room of a \
             plan, name it with --plan NAME"
        ));
    }
    let Party::Agent(agent) = &envelope?.to else { return None };
    if is_known(cx, address, agent, transport).await {
        return None;
    }
    Some(format!("nobody has heard of an agent {agent} yet; it finds the message when it comes"))
}

/// Where a message for an agent goes that does not go to its inbox.
fn elsewhere(envelope: &Envelope) -> Option<String> {
    let Party::Agent(agent) = &envelope.to else { return None };
    let topic = envelope.topic();
    let kind = envelope.message.name();
    (topic != Topic::Agent(agent.clone()))
        .then(|| format!("{kind} goes to the channel {}, whoever it is for: {agent} does not find it in its inbox", topic.name()))
}

/// Whether an agent has a channel, beats, or has read its inbox. What cannot be found out is
/// no reason for a hint.
async fn is_known(
    cx: &Context,
    address: &Address,
    agent: &AgentId,
    transport: &Arc<dyn Transport>,
) -> bool {
    let looking: Arc<dyn Transport> = match address.folder().map(Folders::of) {
        Some(folders) => {
            let channel = address.session.channel(&Topic::Agent(agent.clone()));
            if !folders.there(std::slice::from_ref(&channel)).is_empty() {
                return true;
            }
            Arc::new(Looking::new(Arc::clone(transport), folders))
        }
        None if address.there().new_agents(&address.session).await.contains(agent) => return true,
        None => Arc::clone(transport),
    };
    let known = known_agents(cx, address, &looking).await;
    known.map_or(true, |agents| agents.contains(agent))
}
