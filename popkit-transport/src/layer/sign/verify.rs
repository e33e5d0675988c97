//! Telling genuine messages from others.

use std::time::Duration;

use popkit_protocol::{Party, Timestamp};

use super::hex;
use super::keyring::Keyring;
use super::refusal::RefusalReason;
use super::signature::{AT, FROM, SIGNATURE, Statement};
use crate::{Delivery, Stamp};

/// How far a signer's clock may be ahead of the transport's.
const AHEAD: Duration = Duration::from_secs(60);

/// What a reader verifies with.
#[derive(Debug)]
pub(super) struct Verifier {
    pub(super) prefix: String,
    pub(super) keyring: Keyring,
    pub(super) max_delay: Option<Duration>,
}

/// What is known of a message that is genuine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Genuine {
    pub(super) from: Party,
    pub(super) stamp: Stamp,
    pub(super) signed_at: Timestamp,
}

impl Verifier {
    pub(super) fn verify(&self, delivery: &Delivery) -> Result<Genuine, RefusalReason> {
        let headers = &delivery.headers;
        let (signature, at) = match (headers.get(SIGNATURE), headers.get(FROM), headers.get(AT)) {
            (None, None, None) => return Err(RefusalReason::Unsigned),
            (Some(signature), Some(_), Some(at)) => (signature, at),
            _ => return Err(RefusalReason::Malformed),
        };
        let signature = hex::decode(signature).ok_or(RefusalReason::Malformed)?;
        let from = claimed(delivery).ok_or(RefusalReason::Malformed)?;
        let signed_at = micros(at).ok_or(RefusalReason::Malformed)?;
        let stamp = delivery.stamp.ok_or(RefusalReason::Malformed)?;
        let key = self.keyring.key_of(&from).ok_or(RefusalReason::UnknownSender)?;
        let statement = Statement {
            prefix: &self.prefix,
            channel: &delivery.channel,
            from: &from,
            stamp,
            at: signed_at,
            latest: delivery.latest.as_ref(),
            headers,
            payload: &delivery.payload,
        };
        if !statement.is_signed_by(&key, &signature) {
            return Err(RefusalReason::BadSignature);
        }
        match self.max_delay {
            Some(most) if delivery.at.since(signed_at) > most => Err(RefusalReason::Late),
            Some(_) if signed_at.since(delivery.at) > AHEAD => Err(RefusalReason::Early),
            _ => Ok(Genuine { from, stamp, signed_at }),
        }
    }
}

/// Who a message says signed it.
pub(super) fn claimed(delivery: &Delivery) -> Option<Party> {
    let party = delivery.headers.get(FROM)?.parse().ok()?;
    (party != Party::Everyone).then_some(party)
}

fn micros(text: &str) -> Option<Timestamp> {
    let point = Timestamp::from_micros(text.parse().ok()?);
    // As it was written: neither beyond the range nor with a sign or leading zeros.
    (point.as_micros().to_string() == text).then_some(point)
}
