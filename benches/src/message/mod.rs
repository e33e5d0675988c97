//! Messages: loads that publish and read, and their floors.
//!
//! | Room | Holds |
//! |---|---|
//! | `publish` | publishers, as fast as they are answered |
//! | `receive` | from publishing to reading, within one process |
//! | `catch_up` | reading what lies there |
//! | `floor` | the same writes and wake-ups without popkit |

mod catch_up;
pub mod floor;
mod publish;
mod receive;

pub use catch_up::{catch_up, fill};
pub use publish::{Load, publish};
pub use receive::{Pace, receive};

use bytes::Bytes;
use popkit_protocol::{Channel, ParseError};

use crate::clock;

/// Bytes of a message.
pub const SIZE: usize = 200;

/// The channel that is measured.
///
/// # Errors
///
/// None: its name is valid.
pub fn channel() -> Result<Channel, ParseError> {
    Channel::new("pop:results")
}

/// A message that says when it was made, by the clock that processes share.
#[must_use]
pub fn payload() -> Bytes {
    let mut bytes = vec![b'x'; SIZE];
    for (to, from) in bytes.iter_mut().zip(clock::monotonic().to_le_bytes()) {
        *to = from;
    }
    bytes.into()
}

/// How long ago a message was made, in nanoseconds; `None` for one of somebody else.
#[must_use]
pub fn age(payload: &[u8]) -> Option<u64> {
    let made = u64::from_le_bytes(*payload.first_chunk()?);
    Some(clock::monotonic().saturating_sub(made))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_knows_its_age() {
        let message = payload();
        assert_eq!(message.len(), SIZE);
        let young = age(&message).unwrap();
        let older = age(&message).unwrap();
        assert!(young <= older);
        assert_eq!(age(b"short"), None);
    }
}
