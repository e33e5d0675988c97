//! Which type has which payload.

use super::error::CodecError;
use super::field::Field;
use super::style::Style;
use crate::Json;
use crate::message::{
    BoundaryAlert, Message, MessageType, Object, OtherType, ProgressMessage, ResultMessage,
    TaskMessage,
};

/// Reads the payload of a type.
pub(crate) fn read(name: &str, json: &Json, style: Style) -> Result<Message, CodecError> {
    let Ok(kind) = name.parse::<MessageType>() else {
        if style.is_strict() {
            let reason = format!("the original knows no type {name:?} and drops the message");
            return Err(CodecError::invalid(reason).under("type"));
        }
        let name = OtherType::new(name).map_err(|e| CodecError::from(e).under("type"))?;
        let payload = Object::read(json, style).map_err(|e| e.under("payload"))?;
        return Ok(Message::Other { name, payload });
    };
    known(kind, json, style).map_err(|e| e.under("payload"))
}

fn known(kind: MessageType, json: &Json, style: Style) -> Result<Message, CodecError> {
    // No payload is anything but an object; the error text is the same for all.
    let body = Object::read(json, style)?;
    Ok(match kind {
        MessageType::Task => Message::Task(TaskMessage::new(body)),
        MessageType::Progress => Message::Progress(ProgressMessage::new(body)),
        MessageType::Result => Message::Result(ResultMessage::new(body)),
        MessageType::Heartbeat => Message::Heartbeat(Field::read(json, style)?),
        MessageType::Sync => Message::Sync(Field::read(json, style)?),
        MessageType::SyncAck => Message::SyncAck(Field::read(json, style)?),
        MessageType::Insight => Message::Insight(Field::read(json, style)?),
        MessageType::Query => Message::Query(body),
        MessageType::Response => Message::Response(body),
        MessageType::ObjectiveUpdate => Message::ObjectiveUpdate(Field::read(json, style)?),
        MessageType::DriftAlert => Message::DriftAlert(Field::read(json, style)?),
        MessageType::CourseCorrect => Message::CourseCorrect(Field::read(json, style)?),
        MessageType::AgentDown => Message::AgentDown(Field::read(json, style)?),
        MessageType::TaskOrphaned => Message::TaskOrphaned(Field::read(json, style)?),
        MessageType::TaskClaimed => Message::TaskClaimed(body),
        MessageType::HumanRequired => Message::HumanRequired(Field::read(json, style)?),
        MessageType::BoundaryAlert => Message::BoundaryAlert(BoundaryAlert::new(body)),
        MessageType::StreamStart => Message::StreamStart(Field::read(json, style)?),
        MessageType::StreamChunk => Message::StreamChunk(Field::read(json, style)?),
        MessageType::StreamEnd => Message::StreamEnd(Field::read(json, style)?),
        MessageType::StreamError => Message::StreamError(Field::read(json, style)?),
        MessageType::EmbeddingRequest => Message::EmbeddingRequest(body),
        MessageType::EmbeddingResult => Message::EmbeddingResult(body),
        MessageType::SimilarityQuery => Message::SimilarityQuery(body),
        MessageType::SimilarityResult => Message::SimilarityResult(body),
    })
}

/// A message is written as its payload.
pub(crate) struct Payload<'a>(pub(crate) &'a Message);

impl Payload<'_> {
    pub(crate) fn write(&self, out: &mut String, style: Style) -> Result<(), CodecError> {
        match self.0 {
            Message::Task(TaskMessage { body })
            | Message::Progress(ProgressMessage { body })
            | Message::Result(ResultMessage { body })
            | Message::BoundaryAlert(BoundaryAlert { body })
            | Message::Query(body)
            | Message::Response(body)
            | Message::TaskClaimed(body)
            | Message::EmbeddingRequest(body)
            | Message::EmbeddingResult(body)
            | Message::SimilarityQuery(body)
            | Message::SimilarityResult(body) => body.write(out, style),
            Message::Heartbeat(state) => Field::write(state, out, style),
            Message::Sync(sync) => Field::write(sync, out, style),
            Message::SyncAck(ack) => Field::write(ack, out, style),
            Message::Insight(insight) => Field::write(insight, out, style),
            Message::ObjectiveUpdate(update) => Field::write(update, out, style),
            Message::DriftAlert(alert) => Field::write(alert, out, style),
            Message::CourseCorrect(correct) => Field::write(correct, out, style),
            Message::AgentDown(down) => Field::write(down, out, style),
            Message::TaskOrphaned(orphan) => Field::write(orphan, out, style),
            Message::HumanRequired(request) => Field::write(request, out, style),
            Message::StreamStart(start) => Field::write(start, out, style),
            Message::StreamChunk(chunk) => Field::write(chunk, out, style),
            Message::StreamEnd(end) | Message::StreamError(end) => Field::write(end, out, style),
            Message::Other { name, .. } if style.is_strict() => {
                let reason =
                    format!("the original knows no type {name} and would drop the message");
                Err(CodecError::not_carried(reason))
            }
            Message::Other { payload, .. } => payload.write(out, style),
        }
    }
}
