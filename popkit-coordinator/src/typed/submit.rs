//! Inserting typed tasks.

use std::sync::Arc;

use popkit_protocol::{IdSource as _, JsonError, NewTask, RandomIds, TaskId};
use popkit_store::{TaskStore, TaskStoreExt as _};

use super::{TaskHandle, TypedTask};

/// A typed task that could not be inserted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// The kind, its policy or the unique key is wrong. Every reason is listed.
    #[error("cannot insert a task of kind {kind:?}: {}", problems.join("; "))]
    Invalid {
        /// The kind, as its type names it.
        kind: &'static str,
        /// What is wrong, one line each.
        problems: Vec<String>,
    },
    /// The input has no JSON form.
    #[error("the input of a task of kind {kind:?} has no JSON form")]
    Encode {
        /// The kind.
        kind: &'static str,
        /// Why.
        source: JsonError,
    },
    /// The store did not take it.
    #[error(transparent)]
    Store(#[from] popkit_store::Error),
}

/// Typed tasks on every store whose handles can be cloned, `Arc<dyn TaskStore>` among them.
pub trait TypedStoreExt: TaskStore + Clone {
    /// Inserts a task under a new id. Where an open task has the same
    /// [unique key](TypedTask::unique), nothing is inserted and the handle is that task's.
    ///
    /// # Errors
    ///
    /// [`SubmitError`].
    ///
    /// # Cancel safety
    ///
    /// Dropped, the task may have been inserted. To be able to repeat the call, give the id:
    /// [`submit_as`](Self::submit_as).
    fn submit<T: TypedTask>(
        &self,
        task: &T,
    ) -> impl Future<Output = Result<TaskHandle<T>, SubmitError>> + Send {
        self.submit_as(RandomIds.task_id(), task)
    }

    /// Inserts a task under this id. Repeating it is safe: where a task with this id exists,
    /// nothing is inserted and the handle is that task's.
    ///
    /// # Errors
    ///
    /// [`SubmitError`].
    fn submit_as<T: TypedTask>(
        &self,
        id: TaskId,
        task: &T,
    ) -> impl Future<Output = Result<TaskHandle<T>, SubmitError>> + Send {
        // Before the future begins, so that it need not borrow the task.
        let task = task.new_task(id);
        async move { insert(self, task?).await }
    }

    /// The handle of a task that was inserted before.
    fn handle<T: TypedTask>(&self, id: TaskId) -> TaskHandle<T> {
        TaskHandle::new(Arc::new(self.clone()), id)
    }
}

async fn insert<S, T>(store: &S, task: NewTask) -> Result<TaskHandle<T>, SubmitError>
where
    S: TypedStoreExt,
    T: TypedTask,
{
    let inserted = store.insert(task).await?;
    Ok(store.handle(inserted.id().clone()))
}

impl<S: TaskStore + Clone> TypedStoreExt for S {}
