//! A call on its way through the writer.

use popkit_protocol::Timestamp;
use tokio::sync::oneshot;

use super::wait::Waiters;
use crate::backend::sqlite::tables::SqliteTables;
use crate::{Error, Result};

/// One call. Runs inside the transaction of its group, is answered after the commit.
pub(in crate::backend::sqlite) trait Job: Send {
    /// Whether its group is to be synced.
    fn is_durable(&self) -> bool;

    /// Whether its caller is gone: then it need not run.
    fn is_abandoned(&self) -> bool;

    /// Whether it fails only where the database does, or before it wrote anything: then it
    /// needs no savepoint, which costs a copy of every page it touches.
    fn is_plain(&self) -> bool;

    /// Runs it; `false` when what it wrote is to be undone.
    fn run(&mut self, tables: &mut SqliteTables<'_>, now: Timestamp) -> bool;

    /// Answers, with `failure` where the group came to nothing.
    fn answer(self: Box<Self>, failure: Option<Error>, waiters: &mut Waiters);
}

/// A call that a closure makes.
pub(in crate::backend::sqlite) struct Call<F, T> {
    pub(in crate::backend::sqlite) durable: bool,
    pub(in crate::backend::sqlite) plain: bool,
    pub(in crate::backend::sqlite) work: Option<F>,
    pub(in crate::backend::sqlite) result: Option<Result<T>>,
    pub(in crate::backend::sqlite) reply: oneshot::Sender<Result<T>>,
}

impl<F, T> Job for Call<F, T>
where
    F: FnOnce(&mut SqliteTables<'_>, Timestamp) -> Result<T> + Send,
    T: Send,
{
    fn is_durable(&self) -> bool {
        self.durable
    }

    fn is_plain(&self) -> bool {
        self.plain
    }

    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, tables: &mut SqliteTables<'_>, now: Timestamp) -> bool {
        let Some(work) = self.work.take() else { return true };
        let result = work(tables, now);
        let holds = result.is_ok();
        self.result = Some(result);
        holds
    }

    fn answer(self: Box<Self>, failure: Option<Error>, _: &mut Waiters) {
        // A refusal stands whatever became of the group: it had changed nothing.
        let result = match (self.result, failure) {
            (Some(Err(refusal)), _) => Err(refusal),
            (_, Some(failure)) => Err(failure),
            (Some(result), None) => result,
            // Its caller was gone before it ran.
            (None, None) => return,
        };
        let _ = self.reply.send(result);
    }
}
