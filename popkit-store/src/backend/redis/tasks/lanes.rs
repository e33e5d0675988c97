//! Which lanes a profile may serve, by the registry as this process knows it.

use std::sync::{Arc, Mutex, PoisonError};

use popkit_protocol::{Profile, Requirement};
use popkit_redis::Reply;

use super::call::{list, number, unreadable};
use crate::Result;
use crate::backend::redis::classify::corrupt;

/// Profiles whose lanes are remembered.
const KNOWN: usize = 64;

/// The registry, as it was last answered. A script refuses a claim by an older one and answers
/// with the new.
#[derive(Debug, Default)]
pub(in crate::backend::redis) struct Lanes(Mutex<Registry>);

#[derive(Debug, Default)]
struct Registry {
    version: Arc<str>,
    lanes: Vec<(u16, Requirement)>,
    known: Vec<(Profile, Arc<str>)>,
}

/// The lanes of a profile, as scripts take them, and the version of the registry.
#[derive(Debug, Clone)]
pub(in crate::backend::redis) struct Eligible {
    pub(in crate::backend::redis) version: Arc<str>,
    pub(in crate::backend::redis) lanes: Arc<str>,
}

impl Lanes {
    pub(in crate::backend::redis) fn eligible(&self, profile: &Profile) -> Eligible {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = if registry.version.is_empty() {
            Arc::from("00000000")
        } else {
            Arc::clone(&registry.version)
        };
        let same = |known: &Profile| known.is_same(profile) || known == profile;
        if let Some((_, lanes)) = registry.known.iter().find(|(known, _)| same(known)) {
            return Eligible { version, lanes: Arc::clone(lanes) };
        }
        let served = registry.lanes.iter().filter(|(_, needs)| profile.serves(needs));
        let lanes: String = served.flat_map(|(lane, _)| code(*lane)).collect();
        let lanes: Arc<str> = lanes.into();
        if registry.known.len() == KNOWN {
            registry.known.remove(0);
        }
        registry.known.push((profile.clone(), Arc::clone(&lanes)));
        Eligible { version, lanes }
    }

    /// Takes over a registry: its version, and its hash as names and values.
    pub(in crate::backend::redis) fn learn(&self, version: &str, hash: Reply) -> Result<()> {
        let mut lanes = Vec::new();
        let mut rest = list(hash)?;
        while let (Some(name), Some(value)) = (rest.next(), rest.next()) {
            let name = name.into_text().map_err(unreadable)?;
            let Some(lane) = name.strip_prefix("r:") else { continue };
            let value = value.into_text().map_err(unreadable)?;
            let needs = serde_json::from_str(&value)
                .map_err(|error| corrupt(format!("lane {lane}: {error}")))?;
            lanes.push((number("a lane", lane)?, needs));
        }
        lanes.sort_by_key(|(lane, _)| *lane);
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *registry = Registry { version: version.into(), lanes, known: Vec::new() };
        Ok(())
    }
}

/// A lane as two printable characters: scripts take them apart in one call, and they pass
/// through a wire that carries text alone.
fn code(lane: u16) -> [char; 2] {
    let digit = |value: u16| char::from(b'0' + u8::try_from(value % 64).unwrap_or_default());
    [digit(lane / 64), digit(lane)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_two_printable_characters() {
        assert_eq!(code(0), ['0', '0']);
        assert_eq!(code(63), ['0', 'o']);
        assert_eq!(code(64), ['1', '0']);
        assert_eq!(code(1023), ['?', 'o']);
    }
}
