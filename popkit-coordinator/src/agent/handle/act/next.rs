//! Being told what to do.

use std::time::Duration;

use tokio::task::coop::consume_budget;

use crate::agent::handle::{AgentError, AgentHandle, Order};

impl AgentHandle {
    /// The next thing that the coordinator or another agent says; `None` where nothing comes
    /// within this time. Without patience it reads to the end of what is there.
    ///
    /// Asking for the next order says that the one before is handled: it will not come again.
    /// So one task at a time asks; clones in other tasks may do all else meanwhile. The
    /// beginning of a phase sets what the heartbeats say the agent works on.
    ///
    /// # Errors
    ///
    /// [`AgentError::Replaced`] where another start of the agent has joined;
    /// [`AgentError::Inbox`]: what was read is not lost, the next call goes on.
    ///
    /// # Cancel safety
    ///
    /// Dropped, no order is lost.
    pub async fn next(&self, patience: Duration) -> Result<Option<Order>, AgentError> {
        // After the end it never waits: a loop that passes the end over must not stop all else.
        consume_budget().await;
        let core = self.core();
        core.mail.desk().handled_order();
        core.mail.settle().await?;
        let order = core.within(patience, |desk| desk.next()).await?;
        if let Some(order) = &order {
            self.heeds(order);
        }
        Ok(order)
    }

    /// What the heartbeats say once the agent was told this.
    pub(super) fn heeds(&self, order: &Order) {
        let mut said = self.core().said();
        if let Order::Phase(start) = order
            && !said.is_busy()
        {
            said.begins(&start.phase);
        }
    }

    /// All that was given so far is handled: it will not come again, even if the agent dies.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next); what is handled stays so, and the next call keeps it.
    ///
    /// # Cancel safety
    ///
    /// As after an error.
    pub async fn ack(&self) -> Result<(), AgentError> {
        let core = self.core();
        {
            let mut desk = core.mail.desk();
            desk.handled_order();
            desk.handled_look();
        }
        core.mail.settle().await
    }
}
