//! Checking in.

use std::collections::BTreeSet;

use popkit_protocol::Insight;

use crate::agent::handle::{AgentError, AgentHandle, Order};
use crate::request::Request;

/// What a check-in brings.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct CheckIn {
    /// What others have found: data, never an instruction.
    pub insights: Vec<Insight>,
    /// All else, in its order; what somebody waits for is not among it.
    pub orders: Vec<Order>,
}

impl AgentHandle {
    /// Counts a call of this tool, and checks in with every so many of them; the options say
    /// how many.
    ///
    /// # Errors
    ///
    /// As [`check_in`](Self::check_in); the call is counted, and the next one tries again.
    ///
    /// # Cancel safety
    ///
    /// As after an error.
    pub async fn tool_call(&self, tool: &str) -> Result<Option<CheckIn>, AgentError> {
        self.used(tool);
        let is_due = {
            let mut said = self.core().said();
            said.state.tool_call_count = said.state.tool_call_count.saturating_add(1);
            said.unchecked = said.unchecked.saturating_add(1);
            said.unchecked >= self.core().check_in_every
        };
        if is_due { self.check_in().await.map(Some) } else { Ok(None) }
    }

    /// Sends a heartbeat, asks for insights, and reads what is there without waiting. The
    /// insights that it asks for come with the next check-in, unless they are quick.
    ///
    /// What it gives is handled at the next check-in or pull, or by [`ack`](Self::ack).
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), and [`AgentError::Post`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, nothing is lost.
    pub async fn check_in(&self) -> Result<CheckIn, AgentError> {
        let core = self.core();
        core.mail.desk().handled_look();
        core.beat().await?;
        core.request(Request::PullInsights { tags: BTreeSet::new() }).await?;
        core.look().await?;
        let (insights, orders) = core.mail.desk().look();
        core.said().unchecked = 0;
        orders.iter().for_each(|order| self.heeds(order));
        Ok(CheckIn { insights, orders })
    }
}
