//! The short envelope of the last era of the originals, the execution spine. Another
//! protocol, for plans, permissions and shutdown; not one of its types is one of v1.
//!
//! ```
//! use popkit_protocol::compat::spine::{Spine, SpineEnvelope, SpineMessage};
//! use popkit_protocol::{Party, RandomIds, Timestamp};
//!
//! let now = Timestamp::from_millis(1_795_000_000_000);
//! let ask = SpineMessage::PermissionRequest { content: "rm -r build".to_owned() };
//! let ask = SpineEnvelope::new(&RandomIds, now, "agent-1".parse()?, Party::Coordinator, ask);
//! let yes = SpineMessage::PermissionResponse { approved: true, reason: None };
//! let yes = ask.answer(&RandomIds, now, yes)?;
//! assert!(yes.answers(&ask));
//! let text = Spine::default().encode(&yes)?;
//! assert_eq!(Spine::default().decode(&text)?, yes);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod envelope;
mod message;

pub use envelope::SpineEnvelope;
pub use message::{SpineMessage, SpineType};

use crate::CodecError;
use crate::codec::{Form, Limits, Spacing, Style, Zone, read, write};

/// Reads and writes messages of the execution spine: keys sorted at every depth, no spaces,
/// ASCII, UTC with an offset. Unknown keys and types are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spine {
    limits: Limits,
}

impl Spine {
    /// A codec with these limits.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// The form of a message.
    ///
    /// # Errors
    ///
    /// [`CodecError`] where it is beyond the limits, or a request or response has no request
    /// id.
    pub fn encode(&self, envelope: &SpineEnvelope) -> Result<Vec<u8>, CodecError> {
        Ok(write(envelope, STYLE, self.limits, Spacing::PYTHON_COMPACT)?.into_bytes())
    }

    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`CodecError`] with the key and what is expected there.
    pub fn decode(&self, bytes: &[u8]) -> Result<SpineEnvelope, CodecError> {
        read(bytes, STYLE, self.limits)
    }
}

const STYLE: Style = Style { form: Form::Spine, zone: Zone::UTC };
