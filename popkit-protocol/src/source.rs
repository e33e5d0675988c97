//! The one place where randomness comes from.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{ClaimId, HolderId, MessageId, ProducerId, RequestId, TaskId};

/// Draws ids. Injected, so that a test can make them predictable.
pub trait IdSource: fmt::Debug + Send + Sync + 'static {
    /// 128 bits that no other call, in this process or another, gives again.
    fn draw(&self) -> u128;

    /// A new task id.
    fn task_id(&self) -> TaskId {
        let text = format!("task-{}", uuid::Uuid::from_u128(self.draw()));
        TaskId::new(&text).unwrap_or_else(|_| unreachable!("a uuid is a valid id"))
    }

    /// A new message id: 12 hex digits, as the originals write them. Of 16 million messages
    /// two share one with a probability of 40 %: it names a message, it does not prove which.
    fn message_id(&self) -> MessageId {
        let text = format!("{:012x}", self.draw() & 0xffff_ffff_ffff);
        MessageId::new(&text).unwrap_or_else(|_| unreachable!("hex digits are a valid id"))
    }

    /// A new holder.
    fn holder(&self) -> HolderId {
        HolderId::from_bits(self.draw())
    }

    /// A new claim.
    fn claim(&self) -> ClaimId {
        ClaimId::from_bits(self.draw())
    }

    /// A new producer.
    fn producer(&self) -> ProducerId {
        ProducerId::from_bits(self.draw())
    }

    /// A new request.
    fn request(&self) -> RequestId {
        RequestId::from_bits(self.draw())
    }
}

/// Ids from the operating system's randomness. Task ids start with the time, so that
/// ids made by one process sort in the order of making.
#[derive(Debug, Clone, Copy, Default)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn draw(&self) -> u128 {
        uuid::Uuid::new_v4().as_u128()
    }

    fn task_id(&self) -> TaskId {
        let text = format!("task-{}", uuid::Uuid::now_v7());
        TaskId::new(&text).unwrap_or_else(|_| unreachable!("a uuid is a valid id"))
    }
}

/// Ids that count from one: for tests that must give the same result twice.
#[derive(Debug, Default)]
pub struct SequentialIds {
    last: AtomicU64,
}

impl IdSource for SequentialIds {
    fn draw(&self) -> u128 {
        u128::from(self.last.fetch_add(1, Ordering::Relaxed) + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drawn_ids_differ() {
        assert_ne!(RandomIds.claim(), RandomIds.claim());
        assert_ne!(RandomIds.task_id(), RandomIds.task_id());
        let ids = SequentialIds::default();
        assert_ne!(ids.holder().bits(), ids.request().bits());
        assert_ne!(ids.task_id(), ids.task_id());
    }
}
