//! Whose each producer is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use popkit_protocol::{Party, ProducerId};

/// Producers that are remembered.
const REMEMBERED: usize = 16 * 1024;

/// Each producer is of the party that it was first heard from.
///
/// What is told as a repeat goes by the producer alone, so a party that signs with the producer
/// of another one and a high number would make all readers drop what that one says next.
#[derive(Debug, Default)]
pub(in super::super) struct Owners(Mutex<HashMap<ProducerId, Party>>);

impl Owners {
    /// Whether this producer is of this party; one that nobody has is now.
    pub(in super::super) fn has(&self, party: &Party, producer: ProducerId) -> bool {
        let mut owners = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(owner) = owners.get(&producer) {
            return owner == party;
        }
        if owners.len() >= REMEMBERED {
            forget_most(&mut owners);
        }
        owners.insert(producer, party.clone());
        true
    }
}

/// Forgets the producers of the party that has most: whoever makes up producers makes the
/// layer forget none but their own.
fn forget_most(owners: &mut HashMap<ProducerId, Party>) {
    let mut counts: HashMap<&Party, usize> = HashMap::new();
    for owner in owners.values() {
        *counts.entry(owner).or_default() += 1;
    }
    let most = counts.into_iter().max_by_key(|(_, count)| *count);
    if let Some(most) = most.map(|(owner, _)| owner.clone()) {
        owners.retain(|_, owner| *owner != most);
    }
}

#[cfg(test)]
mod tests {
    use popkit_protocol::AgentId;

    use super::*;

    #[test]
    fn who_makes_up_producers_gains_none_of_others() {
        let (owners, ann) = (Owners::default(), Party::Agent(AgentId::new("ann").unwrap()));
        let of_the_coordinator = ProducerId::from_bits(1);
        assert!(owners.has(&Party::Coordinator, of_the_coordinator));
        let made_up = u128::try_from(REMEMBERED).unwrap() * 2;
        for bits in 2..made_up {
            assert!(owners.has(&ann, ProducerId::from_bits(bits)));
        }
        assert!(!owners.has(&ann, of_the_coordinator));
        assert!(owners.has(&Party::Coordinator, of_the_coordinator));
        assert!(owners.0.lock().unwrap().len() <= REMEMBERED);
    }
}
