//! Letters for people, and for agents that read what the program writes: the texts of others
//! stand in marked blocks that they cannot end.

use popkit_coordinator::inbox::{Expired, Undecodable};
use popkit_coordinator::{Letter, Received};
use popkit_protocol::text::quote;
use popkit_protocol::{Clock as _, IdSource as _, RandomIds, SystemClock};

use crate::messages::text::{gap, said};
use crate::messages::view::payload;
use crate::output::{age, short};

/// A letter; after another one behind an empty line.
pub(super) fn letter(letter: &Letter, is_next: bool) -> String {
    let text = match letter {
        Letter::Message(received) => message(received),
        Letter::Gap(missing) => format!("-- {}: {}", missing.channel, gap(missing)),
        Letter::Reset { channel } => {
            format!("-- {channel}: the channel was begun anew; what was unread before is gone")
        }
        Letter::Expired(Expired { id, from, kind, .. }) => {
            format!("-- {kind} {id} from {from} had expired before it was read")
        }
        Letter::Undecodable(Undecodable { channel, position, reason, .. }) => {
            let reason = short(&reason.to_string(), 200);
            format!("-- {channel}: what stands at {position} is no message: {reason}")
        }
        _ => "-- something that this version does not know".to_owned(),
    };
    if is_next { format!("\n{text}") } else { text }
}

/// A line about the message, of words that were checked, then what it says.
fn message(received: &Received) -> String {
    let envelope = received.envelope();
    let since = age(SystemClock.now().since(received.sent_at()));
    let (from, to, kind) = (received.from(), &envelope.to, received.message().name());
    let wants = if received.requires_ack() { ", wants an answer" } else { "" };
    let said = said(&payload(envelope));
    let block = quote(from, &said, RandomIds.draw());
    format!("{from} to {to}, {since} ago: {kind} {}{wants}\n{block}", received.id())
}
