//! Tool output while it is written: a beginning, parts, an end. `session_id` names the
//! stream, not a power session.

use super::Object;
use crate::Timestamp;
use crate::codec::{CodecError, Reader, Record, Writer};

/// A stream of tool output begins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamStart {
    /// Which stream.
    pub session_id: String,
    /// Of which tool.
    pub tool_name: String,
    /// When.
    pub started_at: Timestamp,
    /// Other keys.
    pub extra: Object,
}

impl StreamStart {
    /// A beginning.
    #[must_use]
    pub fn new(
        session_id: impl Into<String>,
        tool_name: impl Into<String>,
        started_at: Timestamp,
    ) -> Self {
        let (session_id, tool_name) = (session_id.into(), tool_name.into());
        Self { session_id, tool_name, started_at, extra: Object::default() }
    }
}

/// A part of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamChunk {
    /// Which stream.
    pub session_id: String,
    /// Its number in the stream, from 0.
    pub chunk_index: u64,
    /// The output.
    pub content: String,
    /// Of which tool.
    pub tool_name: String,
    /// Whether it is the last part.
    pub is_final: bool,
    /// Anything else about it.
    pub metadata: Object,
    /// Other keys.
    pub extra: Object,
}

impl StreamChunk {
    /// A part that is not the last.
    #[must_use]
    pub fn new(
        session_id: impl Into<String>,
        chunk_index: u64,
        tool_name: impl Into<String>,
        content: impl Into<String>,
    ) -> Self {
        Self {
            session_id: session_id.into(),
            chunk_index,
            content: content.into(),
            tool_name: tool_name.into(),
            is_final: false,
            metadata: Object::default(),
            extra: Object::default(),
        }
    }

    /// The last part.
    #[must_use]
    pub fn last(mut self) -> Self {
        self.is_final = true;
        self
    }

    /// The id of the originals for this message.
    pub(crate) fn legacy_id(&self) -> String {
        format!("{}:{}", self.session_id, self.chunk_index)
    }
}

/// A stream ended: well as `STREAM_END`, else as `STREAM_ERROR`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StreamEnd {
    /// Which stream.
    pub session_id: String,
    /// When.
    pub ended_at: Timestamp,
    /// What went wrong.
    pub error: Option<String>,
    /// Other keys.
    pub extra: Object,
}

impl StreamEnd {
    /// An end without an error.
    #[must_use]
    pub fn new(session_id: impl Into<String>, ended_at: Timestamp) -> Self {
        Self { session_id: session_id.into(), ended_at, error: None, extra: Object::default() }
    }

    /// With what went wrong.
    #[must_use]
    pub fn with_error(mut self, text: impl Into<String>) -> Self {
        self.error = Some(text.into());
        self
    }
}

impl Record for StreamStart {
    const NAME: &'static str = "the beginning of a stream";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            session_id: fields.required("session_id")?,
            tool_name: fields.required("tool_name")?,
            started_at: fields.required("started_at")?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("session_id", &self.session_id)?;
        to.put("tool_name", &self.tool_name)?;
        to.put("started_at", &self.started_at)?;
        to.rest(&self.extra)
    }
}

impl Record for StreamChunk {
    const NAME: &'static str = "a part of a stream";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            session_id: fields.required("session_id")?,
            chunk_index: fields.required("chunk_index")?,
            content: fields.required("content")?,
            tool_name: fields.required("tool_name")?,
            is_final: fields.or("is_final", false)?,
            metadata: fields.optional("metadata")?.unwrap_or_default(),
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("session_id", &self.session_id)?;
        to.put("chunk_index", &self.chunk_index)?;
        to.put("content", &self.content)?;
        to.put("tool_name", &self.tool_name)?;
        to.put("is_final", &self.is_final)?;
        to.put("metadata", &self.metadata)?;
        to.rest(&self.extra)
    }
}

impl Record for StreamEnd {
    const NAME: &'static str = "the end of a stream";

    fn read(fields: &mut Reader) -> Result<Self, CodecError> {
        Ok(Self {
            session_id: fields.required("session_id")?,
            ended_at: fields.required("ended_at")?,
            error: fields.optional("error")?,
            extra: fields.rest(),
        })
    }

    fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        to.put("session_id", &self.session_id)?;
        to.put("ended_at", &self.ended_at)?;
        to.put("error", &self.error)?;
        to.rest(&self.extra)
    }
}
