//! Attending a session with nothing to do there but the tasks of a store.

use std::time::Duration;

use tokio::time::sleep;

use crate::agent::Shutdown;
use crate::agent::handle::{AgentError, AgentHandle, Barrier, Ended, Order};

/// How often it looks whether the agent has finished what it was at, and the wait after what
/// may cure itself.
const LOOK: Duration = Duration::from_secs(1);
/// How long it waits for an order.
const PATIENCE: Duration = Duration::from_secs(600);

impl AgentHandle {
    /// Does for a [worker](crate::Worker) of the session what an agent owes it beside its
    /// tasks: stands at each barrier as soon as none of them is under way, and ends the worker when
    /// the session is over (it drains) or the agent has to stop (at once). All other orders
    /// are passed over, so nobody else asks for the next one meanwhile.
    ///
    /// Answers with the end of the session; `None` where the agent was stopped or the worker
    /// was told to end.
    ///
    /// # Errors
    ///
    /// Those of [`next`](Self::next) that waiting does not cure.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the agent does not answer any more.
    pub async fn attend(&self, worker: &Shutdown) -> Result<Option<Ended>, AgentError> {
        let mut called: Vec<Barrier> = Vec::new();
        loop {
            // Not what the heartbeats say: the beginning of a phase changes that.
            let is_busy = self.core().said().is_busy();
            if !is_busy {
                self.stand(&mut called).await?;
            }
            let patience = if called.is_empty() { PATIENCE } else { LOOK };
            let order = tokio::select! {
                order = self.next(patience) => order,
                () = worker.draining() => return Ok(None),
            };
            match self.cured(order).await?.flatten() {
                Some(Order::Barrier(barrier)) => called.push(barrier),
                Some(Order::BarrierEnded(end)) => called.retain(|barrier| !end.is_of(barrier)),
                // It is the worker that says what the agent works on.
                Some(Order::Phase(_)) => self.core().said().rests_unless_busy(),
                Some(Order::Ended(ended)) => {
                    worker.drain();
                    return Ok(Some(ended));
                }
                Some(Order::Abort(_)) => {
                    worker.now();
                    return Ok(None);
                }
                _ => {}
            }
        }
    }

    async fn stand(&self, called: &mut Vec<Barrier>) -> Result<(), AgentError> {
        while let Some(barrier) = called.last() {
            if self.cured(self.arrive(barrier).await).await?.is_none() {
                return Ok(());
            }
            called.pop();
        }
        Ok(())
    }

    /// `None` after an error that may cure itself, a while later.
    async fn cured<T: Send>(&self, result: Result<T, AgentError>) -> Result<Option<T>, AgentError> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.is_retryable() => {
                tracing::warn!(%error, agent = %self.id(), "the session does not answer");
                sleep(LOOK).await;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
