//! Standing at barriers.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_protocol::{AgentId, Message};
use tokio::time::Instant;

use crate::agent::handle::{AgentError, AgentHandle, Barrier, BarrierEnd, Order};
use crate::machine::{BarrierRequest, Policy};
use crate::request::Request;

/// How often the answer is given once more: whoever has missed the end is told it then.
const AGAIN: Duration = Duration::from_secs(30);

impl AgentHandle {
    /// Asks the coordinator to open a barrier beside those of the phases: for these agents, or
    /// for all that live. Its members hear of it as [`Order::Barrier`].
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, it is asked for or not; while one of this name is open, no other is opened.
    pub async fn open_barrier(
        &self,
        name: &str,
        members: Option<BTreeSet<AgentId>>,
        instruction: &str,
        policy: Option<Policy>,
    ) -> Result<(), AgentError> {
        let (name, instruction) = (name.to_owned(), instruction.to_owned());
        let request = BarrierRequest { name, members, instruction, policy };
        self.core().request(Request::OpenBarrier(request)).await.map(drop)
    }

    /// Says that the agent stands at a barrier. Done twice it does no harm; from now on the
    /// coordinator is answered by itself where it asks again.
    ///
    /// # Errors
    ///
    /// [`AgentError::Post`], [`AgentError::Left`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, the answer is given or not.
    pub async fn arrive(&self, barrier: &Barrier) -> Result<(), AgentError> {
        self.core().tell(Message::SyncAck(barrier.ack())).await?;
        self.core().mail.desk().arrives(barrier);
        Ok(())
    }

    /// Says that the agent stands at a barrier and waits for its end; `None` where it does not
    /// end within this time. The end that was missed is told, too.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next), and [`AgentError::Post`]; [`AgentError::Ended`] where the
    /// session is over.
    ///
    /// # Cancel safety
    ///
    /// Dropped, the agent stands there all the same; the end comes by
    /// [`next`](Self::next), or when it is waited for again.
    pub async fn wait_at(
        &self,
        barrier: &Barrier,
        patience: Duration,
    ) -> Result<Option<BarrierEnd>, AgentError> {
        let core = self.core();
        let began = Instant::now();
        let wanted = barrier.clone();
        let claim = core.claim(
            move |item| matches!(&item.order, Order::BarrierEnded(end) if end.is_of(&wanted)),
        );
        loop {
            // What was read, or given by `next`, before this wait.
            if let Some(end) = core.mail.desk().end_of(barrier) {
                return Ok(Some(end));
            }
            self.arrive(barrier).await?;
            let left = patience.saturating_sub(began.elapsed());
            if let Some(Order::BarrierEnded(end)) = claim.within(left.min(AGAIN)).await? {
                return Ok(Some(end));
            }
            if left <= AGAIN {
                return Ok(None);
            }
        }
    }

    /// Waits for a barrier by the name that it was asked for with, or by its name on the wire,
    /// stands at it and waits for its end. `None` where the agent is not called to it, or it
    /// does not end, within this time.
    ///
    /// # Errors
    ///
    /// As [`wait_at`](Self::wait_at).
    ///
    /// # Cancel safety
    ///
    /// As [`wait_at`](Self::wait_at).
    pub async fn wait_at_named(
        &self,
        name: &str,
        patience: Duration,
    ) -> Result<Option<BarrierEnd>, AgentError> {
        let core = self.core();
        let began = Instant::now();
        let wanted = name.to_owned();
        let claim = core.claim(
            move |item| matches!(&item.order, Order::Barrier(barrier) if barrier.is_called(&wanted)),
        );
        let known = core.mail.desk().called_so(name);
        let barrier = match known {
            Some(barrier) => barrier,
            None => match claim.within(patience).await? {
                Some(Order::Barrier(barrier)) => barrier,
                _ => return Ok(None),
            },
        };
        self.wait_at(&barrier, patience.saturating_sub(began.elapsed())).await
    }
}
