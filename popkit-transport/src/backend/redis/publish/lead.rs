//! What all calls for a channel have in common, made once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_redis::{Argument, Invocation};

use super::call::{bounds, told_on};
use crate::backend::redis::keys::Keys;
use crate::backend::redis::shared::Shared;

/// Channels whose calls are remembered: a team has a few, and each of its agents one.
const KNOWN: usize = 1024;

/// The keys of a channel's calls, and the arguments that are the same in all of them.
#[derive(Debug)]
pub(super) struct Lead {
    pub(super) keys: Keys,
    given: Vec<Bytes>,
    /// Behind the epoch: how much is kept, where it is told, whose messages are counted.
    arguments: Vec<Bytes>,
}

impl Lead {
    fn new(shared: &Shared, channel: &Channel) -> Self {
        let bytes = |text: String| Argument::from(text).into_bytes();
        let keys = shared.keys(channel);
        let mut given = vec![keys.log().to_owned(), keys.head(), keys.values(), keys.changes()];
        given.push(keys.count(shared.producer));
        given.extend(shared.legacy.then(|| keys.predecessors(channel)));
        let mut arguments: Vec<Bytes> =
            bounds(shared.keep).map(|bound| bytes(bound.to_string())).into();
        arguments.extend([told_on(shared, channel), shared.producer.to_string()].map(bytes));
        Self { keys, given: given.into_iter().map(bytes).collect(), arguments }
    }

    /// A call's beginning.
    pub(super) fn begin(&self, epoch: String) -> Invocation {
        Invocation::new().keys(&self.given).arg(epoch).args(&self.arguments)
    }
}

/// The leads of a transport, by channel.
#[derive(Debug, Default)]
pub(in crate::backend::redis) struct Leads(Mutex<HashMap<Channel, Arc<Lead>>>);

impl Leads {
    pub(super) fn of(&self, shared: &Shared, channel: &Channel) -> Arc<Lead> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lead) = known.get(channel) {
            return Arc::clone(lead);
        }
        if known.len() >= KNOWN {
            known.clear();
        }
        let lead = Arc::new(Lead::new(shared, channel));
        known.insert(channel.clone(), Arc::clone(&lead));
        lead
    }
}
