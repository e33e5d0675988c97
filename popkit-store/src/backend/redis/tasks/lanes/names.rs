//! What lanes are called, as scripts take it: the digest is worth remembering.

use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use popkit_protocol::Requirement;

use crate::Result;
use crate::backend::redis::tasks::step::to_json;

/// Requirements that are remembered.
const KNOWN: usize = 64;

/// The key of a lane, and its requirement as JSON.
pub(in crate::backend::redis) type Name = (Bytes, Bytes);

/// Those that were asked for last.
#[derive(Debug, Default)]
pub(in crate::backend::redis) struct Names(Mutex<Vec<(Requirement, Name)>>);

impl Names {
    /// What the lane of this requirement is called.
    pub(in crate::backend::redis) fn of(&self, requirement: Requirement) -> Result<Name> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, name)) = known.iter().find(|(known, _)| *known == requirement) {
            return Ok(name.clone());
        }
        let name: Name = (requirement.lane().to_string().into(), to_json(&requirement)?.into());
        if known.len() == KNOWN {
            known.remove(0);
        }
        known.push((requirement, name.clone()));
        Ok(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lane_is_called_the_same_however_many_there_are() {
        let names = Names::default();
        let needs = |kind: usize| Requirement::new(format!("kind-{kind}").parse().unwrap());
        for _ in 0..2 {
            for kind in 0..2 * KNOWN {
                let (key, json) = names.of(needs(kind)).unwrap();
                assert_eq!(key, needs(kind).lane().to_string());
                assert_eq!(json, to_json(&needs(kind)).unwrap());
            }
        }
        assert_eq!(names.0.lock().unwrap().len(), KNOWN);
    }
}
