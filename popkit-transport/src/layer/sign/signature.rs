//! What is signed, and where the signature travels.

use hmac::{Hmac, Mac as _};
use popkit_protocol::{Channel, Party, Timestamp};
use sha2::{Digest as _, Sha256};

use super::hex;
use super::key::SigningKey;
use crate::{Headers, LatestKey, Stamp};

/// The signature: 64 hex digits.
pub(super) const SIGNATURE: &str = "sig";
/// Who signed.
pub(super) const FROM: &str = "sig-from";
/// When, in microseconds since the epoch.
pub(super) const AT: &str = "sig-at";
/// Why a message that was let through is not verified. Never travels.
pub(super) const MISSING: &str = "sig-missing";

/// Headers of the layer's own. What others put there is left out.
pub(super) fn is_own(name: &str) -> bool {
    [SIGNATURE, FROM, AT, MISSING].contains(&name)
}

/// These headers without the layer's own.
pub(super) fn without_own(headers: &Headers) -> Headers {
    headers.iter().filter(|(name, _)| !is_own(name)).collect()
}

/// Everything that a signature vouches for.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// What every channel of the session begins with.
    pub(super) prefix: &'a str,
    pub(super) channel: &'a Channel,
    pub(super) from: &'a Party,
    pub(super) stamp: Stamp,
    pub(super) at: Timestamp,
    pub(super) latest: Option<&'a LatestKey>,
    /// The layer's own are not looked at.
    pub(super) headers: &'a Headers,
    pub(super) payload: &'a [u8],
}

impl Statement<'_> {
    /// The signature under this key, in hex.
    pub(super) fn sign(&self, key: &SigningKey) -> String {
        hex::encode(&self.mac(key).finalize().into_bytes())
    }

    /// Whether this is the signature under this key; takes the same time for every wrong one.
    pub(super) fn is_signed_by(&self, key: &SigningKey, signature: &[u8]) -> bool {
        self.mac(key).verify_slice(signature).is_ok()
    }

    fn mac(&self, key: &SigningKey) -> Hmac<Sha256> {
        let (kind, latest_key) = match self.latest {
            None => ("log", ""),
            Some(key) => ("latest", key.as_str()),
        };
        let fields: [&[u8]; 11] = [
            b"popkit v1 message",
            self.prefix.as_bytes(),
            self.channel.as_str().as_bytes(),
            self.from.as_str().as_bytes(),
            &self.stamp.producer.bits().to_be_bytes(),
            &self.stamp.sequence.to_be_bytes(),
            &self.at.as_micros().to_be_bytes(),
            kind.as_bytes(),
            latest_key.as_bytes(),
            &digest_of(self.headers),
            &Sha256::digest(self.payload),
        ];
        fields
            .iter()
            .fold(key.mac(), |mac, field| mac.chain_update(length(field)).chain_update(field))
    }
}

/// Each field is led by its length, so that no two lists of fields are the same bytes.
fn length(field: &[u8]) -> [u8; 8] {
    u64::try_from(field.len()).unwrap_or(u64::MAX).to_be_bytes()
}

/// Of the headers whatever their order, which not every backend keeps.
fn digest_of(headers: &Headers) -> [u8; 32] {
    let mut all: Vec<_> = headers.iter().filter(|(name, _)| !is_own(name)).collect();
    all.sort_unstable();
    let fields = all.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
    fields
        .fold(Sha256::new(), |hash, field| hash.chain_update(length(field)).chain_update(field))
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use popkit_protocol::{AgentId, ProducerId};

    use super::*;
    use crate::layer::SessionSecret;

    fn builder() -> Party {
        Party::Agent(AgentId::new("builder-1").unwrap())
    }

    fn key() -> SigningKey {
        let secret = SessionSecret::new(b"0123456789abcdef".to_vec()).unwrap();
        secret.key_of(&builder()).unwrap()
    }

    #[test]
    fn a_signature_is_that_of_the_documentation() {
        let (channel, from) = (Channel::new("pop:{team}:results").unwrap(), builder());
        let headers = Headers::new().with("trace", "00-1").with("b", "2").with(AT, "not looked at");
        let statement = Statement {
            prefix: "pop:{team}:",
            channel: &channel,
            from: &from,
            stamp: Stamp { producer: ProducerId::from_bits(7), sequence: 42 },
            at: Timestamp::from_micros(1_767_225_600_000_001),
            latest: None,
            headers: &headers,
            payload: b"done",
        };
        // Computed by Python's hmac module.
        let expected = "51ec8529b04868ded90c5c858d25a4b700a465352239b6694f3e2741da80d8ac";
        assert_eq!(statement.sign(&key()), expected);
        assert!(statement.is_signed_by(&key(), &hex::decode(expected).unwrap()));
        for wrong in [&expected[..62], &format!("{expected}00"), "", &"00".repeat(32)] {
            assert!(!statement.is_signed_by(&key(), &hex::decode(wrong).unwrap()), "{wrong:?}");
        }
        let reordered = Headers::new().with("b", "2").with("trace", "00-1");
        let same = Statement { headers: &reordered, ..statement };
        assert_eq!(same.sign(&key()), expected, "whatever the order of the headers");
    }

    #[test]
    fn what_moves_from_one_field_to_the_next_is_another_statement() {
        let digest = |pairs: &[(&str, &str)]| digest_of(&pairs.iter().copied().collect());
        let all = [
            digest(&[("ab", "c")]),
            digest(&[("a", "bc")]),
            digest(&[("a", "b"), ("c", "")]),
            digest(&[]),
        ];
        for (index, one) in all.iter().enumerate() {
            assert!(!all[index + 1..].contains(one));
        }
    }
}
