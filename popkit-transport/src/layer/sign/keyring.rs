//! What messages are verified with.

use std::collections::HashMap;
use std::fmt;

use popkit_protocol::Party;

use super::key::SigningKey;
use super::secret::SessionSecret;

/// The keys to verify with: those of all parties, or of some.
///
/// A signature is made and verified with the same key, so whoever can verify a party's
/// messages could sign as that party, too. So the coordinator's process holds the keys of
/// all, and an agent its own alone.
#[derive(Clone)]
pub struct Keyring(Keys);

#[derive(Clone)]
enum Keys {
    All(SessionSecret),
    Some(HashMap<Party, SigningKey>),
}

impl Keyring {
    /// The keys of all parties of a session.
    #[must_use]
    pub fn of_session(secret: SessionSecret) -> Self {
        Self(Keys::All(secret))
    }

    /// These keys alone.
    #[must_use]
    pub fn of(keys: impl IntoIterator<Item = SigningKey>) -> Self {
        Self(Keys::Some(keys.into_iter().map(|key| (key.party().clone(), key)).collect()))
    }

    /// The key of this party, if it is there.
    pub(super) fn key_of(&self, party: &Party) -> Option<SigningKey> {
        match &self.0 {
            Keys::All(secret) => secret.key_of(party).ok(),
            Keys::Some(keys) => keys.get(party).cloned(),
        }
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Keys::All(_) => f.write_str("Keyring(all)"),
            Keys::Some(keys) => write!(f, "Keyring({} keys)", keys.len()),
        }
    }
}
