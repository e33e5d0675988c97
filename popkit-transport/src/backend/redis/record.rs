//! A message as it is kept: fields of a stream's entry, and of a latest value.
//!
//! | Field | Says |
//! |---|---|
//! | `e`, `b` | the log it was appended to, and the bytes appended before it |
//! | `p`, `s` | its stamp: producer and sequence |
//! | `i` | it was imported; then there is no stamp |
//! | `l`, `k` | of a latest value: where the log ended, and its key |
//! | `h:NAME` | a header |
//! | `m` | the payload |

use bytes::Bytes;
use popkit_protocol::{Channel, ProducerId, Timestamp};
use popkit_redis::{Entry, StreamId};

use super::position::{Place, read_epoch};
use crate::{Delivery, Headers, LatestKey, Position, Stamp};

/// The header of a message that the bridge has imported.
pub(super) const IMPORTED: &str = "imported";

/// The number that stands for the log it was appended to; `None` where popkit has not appended it.
pub(super) fn epoch(entry: &Entry) -> Option<u64> {
    entry.field("e").and_then(|epoch| read_epoch(epoch))
}

/// A message of a log; `None` where the entry holds none.
pub(super) fn message(channel: &Channel, epoch: u64, entry: &Entry) -> Option<Delivery> {
    let position = Place::new(epoch, entry.id).position().ok()?;
    delivery(channel, position, entry.id, &entry.fields)
}

/// A latest value, from its change or from the hash.
pub(super) fn value(
    channel: &Channel,
    id: StreamId,
    fields: &[(Bytes, Bytes)],
) -> Option<Delivery> {
    let position = Position::new(text(fields, "l")?).ok()?;
    let key = LatestKey::new(text(fields, "k")?).ok()?;
    Some(delivery(channel, position, id, fields)?.with_latest(key))
}

fn delivery(
    channel: &Channel,
    position: Position,
    id: StreamId,
    fields: &[(Bytes, Bytes)],
) -> Option<Delivery> {
    let payload = field(fields, "m")?.clone();
    let at = Timestamp::from_millis(id.ms);
    let mut message = Delivery::new(channel.clone(), position, payload, at);
    if let Some(stamp) = stamp(fields) {
        message = message.with_stamp(stamp);
    }
    let mut headers = Headers::new();
    if field(fields, "i").is_some() {
        headers = headers.with(IMPORTED, "1");
    }
    for (name, value) in fields {
        if let Some(name) = name.strip_prefix(b"h:")
            && let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value))
        {
            headers = headers.with(name, value);
        }
    }
    Some(message.with_headers(headers))
}

fn field<'a>(fields: &'a [(Bytes, Bytes)], name: &str) -> Option<&'a Bytes> {
    fields.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, value)| value)
}

fn text<'a>(fields: &'a [(Bytes, Bytes)], name: &str) -> Option<&'a str> {
    str::from_utf8(field(fields, name)?).ok()
}

fn stamp(fields: &[(Bytes, Bytes)]) -> Option<Stamp> {
    let producer: ProducerId = text(fields, "p")?.parse().ok()?;
    Some(Stamp { producer, sequence: text(fields, "s")?.parse().ok()? })
}

/// Reads what the hash of latest values holds: the id of the change and the fields, each text as
/// `LENGTH:TEXT,`. `None` for anything else.
pub(super) fn unpack(mut packed: Bytes) -> Option<(StreamId, Vec<(Bytes, Bytes)>)> {
    let mut next = || {
        let digits = packed.iter().position(|byte| *byte == b':')?;
        let length: usize = str::from_utf8(packed.get(..digits)?).ok()?.parse().ok()?;
        let end = (digits + 1).checked_add(length)?;
        if packed.get(end) != Some(&b',') {
            return None;
        }
        let text = packed.slice(digits + 1..end);
        packed = packed.slice(end + 1..);
        Some(text)
    };
    let id = str::from_utf8(&next()?).ok()?.parse().ok()?;
    let mut fields = Vec::new();
    while let Some(name) = next() {
        fields.push((name, next()?));
    }
    Some((id, fields))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn channel() -> Channel {
        Channel::new("pop:heartbeat").unwrap()
    }

    #[test]
    fn a_value_is_read_as_the_script_packs_it() {
        let packed = "4:17-3,1:l,20:0000000000000000.0-0,1:k,7:agent-1,3:h:a,2:1:,1:m,5:a,\0:b,";
        let (id, fields) = unpack(Bytes::from(packed)).unwrap();
        let value = value(&channel(), id, &fields).unwrap();
        assert_eq!(value.latest.unwrap().as_str(), "agent-1");
        assert_eq!((value.payload, value.at), (Bytes::from("a,\0:b"), Timestamp::from_millis(17)));
        assert_eq!((value.stamp, value.headers.get("a")), (None, Some("1:")));
    }

    #[test]
    fn what_is_no_value_is_none() {
        for bad in ["", "x", "4:17-3", "9:17-3,", "4:17-3;", "4:17x3,", "99999999999999999999:a,"] {
            assert!(unpack(Bytes::from(bad)).is_none(), "{bad:?}");
        }
        let (id, fields) = unpack(Bytes::from("3:1-1,1:m,1:x,")).unwrap();
        assert!(value(&channel(), id, &fields).is_none(), "no key");
    }
}
