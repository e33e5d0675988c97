//! Heartbeats.

use std::sync::Arc;

use popkit_protocol::{AgentState, Message, Party};
use tokio::time::{Instant, sleep_until, timeout};

use super::join::Core;
use super::{AgentError, AgentHandle};
use crate::PostError;

/// With every so many heartbeats the agent says once more who it is: who leads from now on
/// may never have heard it.
pub(super) const REMINDED: u32 = 4;

/// Sends a heartbeat every period, and after one that failed sooner.
pub(super) async fn keep_alive(core: Arc<Core>) {
    let mut next = Instant::now() + core.period;
    let mut since_reminded = 0;
    loop {
        tokio::select! {
            () = core.left.cancelled() => return,
            () = core.mail.silence_ended() => {
                since_reminded = if core.reminds().await { 0 } else { REMINDED };
                continue;
            }
            () = sleep_until(next) => {}
        }
        let began = Instant::now();
        next = match timeout(core.period, core.beat()).await {
            Ok(Ok(())) => began + core.period,
            Ok(Err(AgentError::Left { .. })) => return,
            Ok(Err(error)) => {
                tracing::warn!(%error, agent = %core.id(), "a heartbeat was not sent");
                Instant::now() + core.period / 4
            }
            Err(_) => {
                tracing::warn!(agent = %core.id(), "a heartbeat took longer than its period");
                Instant::now() + core.period / 4
            }
        };
        since_reminded += 1;
        if since_reminded >= REMINDED && core.reminds().await {
            since_reminded = 0;
        }
    }
}

impl Core {
    /// Sends one heartbeat now.
    pub(super) async fn beat(&self) -> Result<(), AgentError> {
        let _turn = self.beating.lock().await;
        let state = self.said().now(&*self.clock);
        match self.send_state(state.clone()).await {
            // That it lives matters more than its lists.
            Err(AgentError::Post(PostError::Codec { .. })) => self.send_state(bare(state)).await,
            sent => sent,
        }
    }

    /// Says once more who it is; `false` where that was not sent.
    async fn reminds(&self) -> bool {
        let remind = async {
            let _turn = self.beating.lock().await;
            // An earlier start would speak for the later one.
            self.mail.confirm().await?;
            self.request(self.about.clone()).await
        };
        match timeout(self.period, remind).await {
            Ok(Ok(_) | Err(AgentError::Left { .. } | AgentError::Replaced { .. })) => true,
            Ok(Err(error)) => {
                tracing::warn!(%error, agent = %self.id(), "the agent could not say who it is");
                false
            }
            Err(_) => {
                tracing::warn!(agent = %self.id(), "to say who the agent is took too long");
                false
            }
        }
    }

    async fn send_state(&self, state: AgentState) -> Result<(), AgentError> {
        let envelope = self.envelope(Party::Coordinator, Message::Heartbeat(state));
        self.send(&envelope).await.map(drop)
    }
}

fn bare(mut state: AgentState) -> AgentState {
    state.files_touched.clear();
    state.tools_used.clear();
    state.blockers.clear();
    state.decisions.clear();
    state
}

impl AgentHandle {
    /// Sends a heartbeat now, beside those of each period: where others are to learn soon
    /// what the agent says about itself.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`]; the next one comes in its turn.
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is sent or not.
    pub async fn beat(&self) -> Result<(), AgentError> {
        self.core().beat().await
    }
}
