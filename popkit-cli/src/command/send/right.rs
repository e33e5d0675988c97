//! What agents may not say.

use popkit_protocol::{Codec, Incoming, Party};

use crate::error::CliError;
use crate::session::ensure_no_agent;

/// That whoever sends these bytes may: from an agent's shell nobody stops the session, and
/// nobody speaks as its coordinator or as a person. What no reader takes for a message is only
/// a text.
///
/// # Errors
///
/// Refused.
pub(super) fn ensure_right(bytes: &[u8]) -> Result<(), CliError> {
    match Codec::default().decode_control(bytes) {
        Ok(Incoming::Stop { .. }) => ensure_no_agent("to stop a session"),
        Ok(Incoming::Envelope(envelope)) => match envelope.from {
            Party::Coordinator => ensure_no_agent("to speak as the coordinator"),
            Party::Human => ensure_no_agent("to speak as a person"),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}
