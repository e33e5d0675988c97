//! A message as it is kept: fields of a stream's entry, and of a latest value.
//!
//! | Field | Says |
//! |---|---|
//! | `a` | of a message of the log: `EPOCH BYTES PRODUCER SEQUENCE`, the log it was appended to, the bytes appended before it, its stamp; one that was imported has none |
//! | `l`, `k`, `s` | of a latest value: where the log ended, its key, its stamp: `PRODUCER SEQUENCE` |
//! | `h:NAME` | a header |
//! | `c` | `base64`: how the payload is written, where it is no text and the wire carries nothing else |
//! | `m` | the payload |

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use popkit_protocol::{Channel, Timestamp};
use popkit_redis::{Entry, StreamId};

use super::position::{Place, read_epoch};
use crate::{Delivery, Headers, LatestKey, Position, Stamp};

/// The header of a message that the bridge has imported.
pub(super) const IMPORTED: &str = "imported";

/// The field that says how the payload is written.
pub(super) const CODING: &str = "c";
const BASE64: &str = "base64";

/// The payload as it is sent over a wire that carries any bytes, or text alone; with what is
/// said of that.
pub(super) fn coded(payload: &Bytes, binary: bool) -> (Bytes, Option<&'static str>) {
    if binary || str::from_utf8(payload).is_ok() {
        return (payload.clone(), None);
    }
    (Bytes::from(STANDARD.encode(payload)), Some(BASE64))
}

/// How a message came into its log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin {
    /// The number that stands for the log.
    pub(super) epoch: u64,
    /// `None` where it was imported.
    stamp: Option<Stamp>,
}

impl Origin {
    /// Whether the bridge has imported it.
    pub(super) fn is_imported(&self) -> bool {
        self.stamp.is_none()
    }
}

/// How an entry came into its log; `None` where popkit has not appended it.
pub(super) fn origin(entry: &Entry) -> Option<Origin> {
    let (epoch, rest) = text(&entry.fields, "a")?.split_once(' ')?;
    let stamp = rest.split_once(' ').and_then(|(_, stamp)| read_stamp(stamp));
    Some(Origin { epoch: read_epoch(epoch.as_bytes())?, stamp })
}

/// A message of a log; `None` where the entry holds none.
pub(super) fn message(
    channel: &Channel,
    epoch: u64,
    origin: Option<Origin>,
    entry: &Entry,
) -> Option<Delivery> {
    let position = Place::new(epoch, entry.id).position().ok()?;
    let headers = match origin {
        Some(origin) if origin.is_imported() => Headers::new().with(IMPORTED, "1"),
        _ => Headers::new(),
    };
    let message = delivery(channel, position, entry.id, &entry.fields, headers)?;
    Some(stamped(message, origin.and_then(|origin| origin.stamp)))
}

/// A latest value, from its change or from the hash.
pub(super) fn value(
    channel: &Channel,
    id: StreamId,
    fields: &[(Bytes, Bytes)],
) -> Option<Delivery> {
    let position = Position::new(text(fields, "l")?).ok()?;
    let key = LatestKey::new(text(fields, "k")?).ok()?;
    let value = delivery(channel, position, id, fields, Headers::new())?.with_latest(key);
    Some(stamped(value, text(fields, "s").and_then(read_stamp)))
}

fn delivery(
    channel: &Channel,
    position: Position,
    id: StreamId,
    fields: &[(Bytes, Bytes)],
    mut headers: Headers,
) -> Option<Delivery> {
    let payload = field(fields, "m")?.clone();
    let payload = match text(fields, CODING) {
        None => payload,
        Some(BASE64) => Bytes::from(STANDARD.decode(&payload).ok()?),
        Some(_) => return None,
    };
    for (name, value) in fields {
        if let Some(name) = name.strip_prefix(b"h:")
            && let (Ok(name), Ok(value)) = (str::from_utf8(name), str::from_utf8(value))
        {
            headers = headers.with(name, value);
        }
    }
    let at = Timestamp::from_millis(id.ms);
    Some(Delivery::new(channel.clone(), position, payload, at).with_headers(headers))
}

fn stamped(message: Delivery, stamp: Option<Stamp>) -> Delivery {
    match stamp {
        Some(stamp) => message.with_stamp(stamp),
        None => message,
    }
}

fn field<'a>(fields: &'a [(Bytes, Bytes)], name: &str) -> Option<&'a Bytes> {
    fields.iter().find(|(known, _)| known == name.as_bytes()).map(|(_, value)| value)
}

fn text<'a>(fields: &'a [(Bytes, Bytes)], name: &str) -> Option<&'a str> {
    str::from_utf8(field(fields, name)?).ok()
}

fn read_stamp(text: &str) -> Option<Stamp> {
    let (producer, sequence) = text.split_once(' ')?;
    Some(Stamp { producer: producer.parse().ok()?, sequence: sequence.parse().ok()? })
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
    fn bytes_that_are_no_text_survive_a_wire_that_carries_text() {
        let read = |payload: Bytes, coding: Option<&'static str>| {
            let coding = coding.map(|coding| (Bytes::from(CODING), Bytes::from(coding)));
            let fields: Vec<_> = coding.into_iter().chain([(Bytes::from("m"), payload)]).collect();
            let position = Place::default().position().unwrap();
            delivery(&channel(), position, StreamId::ZERO, &fields, Headers::new())
        };
        for payload in [&b"\xff\0"[..], b"text", b""] {
            let payload = Bytes::from_static(payload);
            let (sent, coding) = coded(&payload, false);
            assert!(str::from_utf8(&sent).is_ok());
            assert_eq!(coding.is_some(), str::from_utf8(&payload).is_err());
            assert_eq!(read(sent, coding).unwrap().payload, payload);
            assert_eq!(coded(&payload, true), (payload, None));
        }
        assert!(read(Bytes::from("!"), Some(BASE64)).is_none());
        assert!(read(Bytes::from("AA=="), Some("rot13")).is_none());
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
