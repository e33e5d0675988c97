//! What can be said.

use std::collections::BTreeMap;

use crate::codec::{CodecError, Reader, Writer, words};
use crate::message::Object;
use crate::{Json, TaskId};

words! {
    /// The types.
    SpineType, "message type" {
        /// May I work so?
        PlanApprovalRequest = "plan:approval_request",
        /// The answer.
        PlanApprovalResponse = "plan:approval_response",
        /// May I do this?
        PermissionRequest = "permission:request",
        /// The answer.
        PermissionResponse = "permission:response",
        /// An agent has nothing to do.
        AgentIdle = "agent:idle",
        /// An agent has work.
        TaskAssigned = "task:assigned",
        /// Stop.
        ShutdownRequest = "shutdown_request",
        /// The answer.
        ShutdownApproved = "shutdown_approved",
        /// To everybody.
        Broadcast = "broadcast",
    }
}

impl SpineType {
    /// The type of the answer to a request.
    #[must_use]
    pub const fn answered_by(self) -> Option<Self> {
        match self {
            Self::PlanApprovalRequest => Some(Self::PlanApprovalResponse),
            Self::PermissionRequest => Some(Self::PermissionResponse),
            Self::ShutdownRequest => Some(Self::ShutdownApproved),
            _ => None,
        }
    }

    /// Whether it is a request or an answer, and so carries a request id.
    #[must_use]
    pub fn is_paired(self) -> bool {
        let answered = |kind: &Self| kind.answered_by() == Some(self);
        self.answered_by().is_some() || Self::ALL.iter().any(answered)
    }
}

/// A message of the execution spine.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpineMessage {
    /// May I work so?
    PlanApprovalRequest {
        /// The plan, in short.
        plan_summary: String,
        /// The files it touches.
        files: Vec<String>,
    },
    /// The answer.
    PlanApprovalResponse {
        /// Whether it may.
        approved: bool,
        /// What there is to say about it.
        comments: Option<String>,
    },
    /// May I do this?
    PermissionRequest {
        /// What.
        content: String,
    },
    /// The answer.
    PermissionResponse {
        /// Whether it may.
        approved: bool,
        /// Why.
        reason: Option<String>,
    },
    /// An agent has nothing to do.
    AgentIdle {
        /// Why.
        reason: Option<String>,
    },
    /// An agent has work.
    TaskAssigned {
        /// Which task.
        task_id: TaskId,
        /// What it is.
        description: String,
    },
    /// Stop.
    ShutdownRequest {
        /// Why.
        reason: Option<String>,
    },
    /// The answer.
    ShutdownApproved {
        /// What there is to say about it.
        note: Option<String>,
    },
    /// To everybody.
    Broadcast {
        /// What.
        content: String,
        /// Anything else; its keys are sorted when it is written.
        metadata: Object,
    },
}

impl SpineMessage {
    /// Its type.
    #[must_use]
    pub const fn kind(&self) -> SpineType {
        match self {
            Self::PlanApprovalRequest { .. } => SpineType::PlanApprovalRequest,
            Self::PlanApprovalResponse { .. } => SpineType::PlanApprovalResponse,
            Self::PermissionRequest { .. } => SpineType::PermissionRequest,
            Self::PermissionResponse { .. } => SpineType::PermissionResponse,
            Self::AgentIdle { .. } => SpineType::AgentIdle,
            Self::TaskAssigned { .. } => SpineType::TaskAssigned,
            Self::ShutdownRequest { .. } => SpineType::ShutdownRequest,
            Self::ShutdownApproved { .. } => SpineType::ShutdownApproved,
            Self::Broadcast { .. } => SpineType::Broadcast,
        }
    }

    pub(super) fn read(kind: SpineType, fields: &mut Reader) -> Result<Self, CodecError> {
        let message = match kind {
            SpineType::PlanApprovalRequest => Self::PlanApprovalRequest {
                plan_summary: fields.required("plan_summary")?,
                files: fields.required("files")?,
            },
            SpineType::PlanApprovalResponse => Self::PlanApprovalResponse {
                approved: fields.required("approved")?,
                comments: fields.optional("comments")?,
            },
            SpineType::PermissionRequest => {
                Self::PermissionRequest { content: fields.required("content")? }
            }
            SpineType::PermissionResponse => Self::PermissionResponse {
                approved: fields.required("approved")?,
                reason: fields.optional("reason")?,
            },
            SpineType::AgentIdle => Self::AgentIdle { reason: fields.optional("reason")? },
            SpineType::TaskAssigned => Self::TaskAssigned {
                task_id: fields.required("task_id")?,
                description: fields.required("description")?,
            },
            SpineType::ShutdownRequest => {
                Self::ShutdownRequest { reason: fields.optional("reason")? }
            }
            SpineType::ShutdownApproved => {
                Self::ShutdownApproved { note: fields.optional("note")? }
            }
            SpineType::Broadcast => Self::Broadcast {
                content: fields.required("content")?,
                metadata: fields.optional("metadata")?.unwrap_or_default(),
            },
        };
        fields.strict_rest()?;
        Ok(message)
    }

    /// Writes the payload, its keys sorted.
    pub(super) fn write(&self, to: &mut Writer<'_>) -> Result<(), CodecError> {
        match self {
            Self::PlanApprovalRequest { plan_summary, files } => {
                to.put("files", files)?;
                to.put("plan_summary", plan_summary)
            }
            Self::PlanApprovalResponse { approved, comments } => {
                to.put("approved", approved)?;
                to.put("comments", comments)
            }
            Self::PermissionRequest { content } => to.put("content", content),
            Self::PermissionResponse { approved, reason } => {
                to.put("approved", approved)?;
                to.put("reason", reason)
            }
            Self::AgentIdle { reason } | Self::ShutdownRequest { reason } => {
                to.put("reason", reason)
            }
            Self::TaskAssigned { task_id, description } => {
                to.put("description", description)?;
                to.put("task_id", task_id)
            }
            Self::ShutdownApproved { note } => to.put("note", note),
            Self::Broadcast { content, metadata } => {
                to.put("content", content)?;
                to.put("metadata", &sorted(metadata.as_json())?)
            }
        }
    }
}

/// The same value, the keys of all its objects sorted. Depth was checked when it was made.
fn sorted(json: &Json) -> Result<Json, CodecError> {
    let refuse = |e: crate::JsonError| CodecError::invalid(e.to_string());
    match json.as_str().as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<String, Json> = json.decode().map_err(refuse)?;
            let members = members.into_iter().map(|(key, value)| Ok((key, sorted(&value)?)));
            Json::encode(&members.collect::<Result<BTreeMap<_, _>, CodecError>>()?).map_err(refuse)
        }
        Some(b'[') => {
            let items: Vec<Json> = json.decode().map_err(refuse)?;
            let items: Vec<Json> = items.iter().map(sorted).collect::<Result<_, _>>()?;
            Json::encode(&items).map_err(refuse)
        }
        _ => Ok(json.clone()),
    }
}
