//! Which lanes a profile may serve, by the registry as this process knows it.

mod names;

use std::sync::{Arc, Mutex, PoisonError};

use popkit_protocol::{Profile, Requirement};
use popkit_redis::Reply;

pub(super) use self::names::Names;
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

impl Registry {
    fn version(&self) -> Arc<str> {
        if self.version.is_empty() { Arc::from("00000000") } else { Arc::clone(&self.version) }
    }
}

/// The lanes of a profile, as scripts take them, and the version of the registry.
#[derive(Debug, Clone)]
pub(in crate::backend::redis) struct Eligible {
    pub(in crate::backend::redis) version: Arc<str>,
    pub(in crate::backend::redis) lanes: Arc<str>,
}

impl Lanes {
    /// The version of the registry that is known.
    #[cfg(feature = "upstash")]
    pub(in crate::backend::redis) fn version(&self) -> Arc<str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).version()
    }

    pub(in crate::backend::redis) fn eligible(&self, profile: &Profile) -> Eligible {
        let mut registry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = registry.version();
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
pub(in crate::backend::redis) fn code(lane: u16) -> [char; 2] {
    let digit = |value: u16| char::from(b'0' + u8::try_from(value % 64).unwrap_or_default());
    [digit(lane / 64), digit(lane)]
}

/// The lanes of such a text.
#[cfg(feature = "upstash")]
pub(in crate::backend::redis) fn decode(lanes: &str) -> impl Iterator<Item = u16> {
    let digit = |byte: u8| u16::from(byte.saturating_sub(b'0'));
    lanes.as_bytes().chunks_exact(2).filter_map(move |code| match code {
        [high, low] => Some(digit(*high) * 64 + digit(*low)),
        _ => None,
    })
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
        #[cfg(feature = "upstash")]
        assert_eq!(decode("000o10?o").collect::<Vec<_>>(), [0, 63, 64, 1023]);
    }
}
