//! On which channel a message goes.

use super::{Envelope, Party};
use crate::{Message, Topic};

impl Envelope {
    /// Where it is published.
    ///
    /// | Type | To an agent | To anybody else |
    /// |---|---|---|
    /// | `HEARTBEAT` | heartbeat | heartbeat |
    /// | `RESULT` | results | results |
    /// | `HUMAN_REQUIRED` | human | human |
    /// | `SYNC_ACK`, `BOUNDARY_ALERT`, `STREAM_*` | coordinator | coordinator |
    /// | `INSIGHT` | the agent's | insights |
    /// | `SYNC`, `OBJECTIVE_UPDATE`, `AGENT_DOWN`, `TASK_ORPHANED` | the agent's | broadcast |
    /// | all others | the agent's | to everyone: broadcast; else coordinator or human |
    #[must_use]
    pub fn topic(&self) -> Topic {
        match (&self.message, &self.to) {
            (Message::Heartbeat(_), _) => Topic::Heartbeat,
            (Message::Result(_), _) => Topic::Results,
            (Message::HumanRequired(_), _) => Topic::Human,
            (
                Message::SyncAck(_)
                | Message::BoundaryAlert(_)
                | Message::StreamStart(_)
                | Message::StreamChunk(_)
                | Message::StreamEnd(_)
                | Message::StreamError(_),
                _,
            ) => Topic::Coordinator,
            (_, Party::Agent(id)) => Topic::Agent(id.clone()),
            (Message::Insight(_), _) => Topic::Insights,
            (
                Message::Sync(_)
                | Message::ObjectiveUpdate(_)
                | Message::AgentDown(_)
                | Message::TaskOrphaned(_),
                _,
            )
            | (_, Party::Everyone) => Topic::Broadcast,
            (_, Party::Coordinator) => Topic::Coordinator,
            (_, Party::Human) => Topic::Human,
        }
    }
}
