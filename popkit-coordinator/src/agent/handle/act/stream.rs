//! The output of a tool while it is written.

use popkit_protocol::limits::cut;
use popkit_protocol::message::{StreamChunk, StreamEnd, StreamStart};
use popkit_protocol::{Message, MessageId};

use crate::agent::handle::{AgentError, AgentHandle};

/// Bytes of one part: longer text is sent as several.
const PART: usize = 32 * 1024;

/// A stream of tool output. One that is dropped without an end is taken for broken after some
/// minutes.
#[derive(Debug)]
pub struct ToolStream {
    session: AgentHandle,
    id: MessageId,
    tool: String,
    parts: u64,
}

impl AgentHandle {
    /// Begins a stream of the output of this tool. An agent may have 16 of them.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, a stream without parts may have begun.
    pub async fn stream(&self, tool: &str) -> Result<ToolStream, AgentError> {
        let core = self.core();
        let id = core.ids.message_id();
        let start = StreamStart::new(id.as_str(), tool, core.clock.now());
        core.tell(Message::StreamStart(start)).await?;
        Ok(ToolStream { session: self.clone(), id, tool: tool.to_owned(), parts: 0 })
    }
}

impl ToolStream {
    /// Its name.
    #[must_use]
    pub fn id(&self) -> &MessageId {
        &self.id
    }

    /// Sends more output, in parts of at most 32 KiB.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`]: the stream has a hole then; end it by
    /// [`error`](Self::error).
    ///
    /// # Cancel safety
    ///
    /// As after an error.
    pub async fn chunk(&mut self, text: &str) -> Result<(), AgentError> {
        let mut rest = text;
        while !rest.is_empty() {
            let part = cut(rest, PART);
            let chunk = StreamChunk::new(self.id.as_str(), self.parts, self.tool.as_str(), part);
            // Its number is used, whatever becomes of it: another text must not have it.
            self.parts += 1;
            self.session.core().tell(Message::StreamChunk(chunk)).await?;
            rest = rest.get(part.len()..).unwrap_or_default();
        }
        Ok(())
    }

    /// Ends it well.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, the end is said or not.
    pub async fn end(self) -> Result<(), AgentError> {
        let end = self.ending();
        self.session.core().tell(Message::StreamEnd(end)).await.map(drop)
    }

    /// Ends it with what went wrong.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, the end is said or not.
    pub async fn error(self, text: &str) -> Result<(), AgentError> {
        let end = self.ending().with_error(cut(text, PART));
        self.session.core().tell(Message::StreamError(end)).await.map(drop)
    }

    fn ending(&self) -> StreamEnd {
        StreamEnd::new(self.id.as_str(), self.session.core().clock.now())
    }
}
