//! Shared and boxed stores are stores, `Arc<dyn TaskStore>` among them.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::{NewTask, Requirement, Task, TaskEvent, TaskId};

use crate::{
    ChangeRequest, CountQuery, Document, Heartbeat, HeartbeatReply, HistoryQuery, InsertOptions,
    Inserted, LaneRule, LaneStatus, Page, PruneQuery, Result, SaveOptions, StateKey, StateStore,
    StepReply, StepRequest, StoreCapabilities, TaskCounts, TaskQuery, TaskStore, Version,
    Versioned, Waiter, Wake,
};

// `**self` is the inner store; `self.…` would call this very impl again.
macro_rules! pointer {
    ($pointer:ident) => {
        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: TaskStore + ?Sized> TaskStore for $pointer<T> {
            fn backend(&self) -> &'static str {
                (**self).backend()
            }

            fn capabilities(&self) -> StoreCapabilities {
                (**self).capabilities()
            }

            async fn insert_opts(
                &self,
                batch: Vec<NewTask>,
                opts: InsertOptions,
            ) -> Result<Vec<Inserted>> {
                (**self).insert_opts(batch, opts).await
            }

            async fn step(&self, request: StepRequest) -> Result<StepReply> {
                (**self).step(request).await
            }

            async fn heartbeat(&self, beat: Heartbeat) -> Result<HeartbeatReply> {
                (**self).heartbeat(beat).await
            }

            async fn wait(&self, waiter: Waiter) -> Result<Wake> {
                (**self).wait(waiter).await
            }

            async fn change(&self, request: ChangeRequest) -> Result<Task> {
                (**self).change(request).await
            }

            async fn get_many(&self, ids: &[TaskId]) -> Result<Vec<Option<Task>>> {
                (**self).get_many(ids).await
            }

            async fn query(&self, query: TaskQuery) -> Result<Page<Task>> {
                (**self).query(query).await
            }

            async fn counts(&self, query: CountQuery) -> Result<TaskCounts> {
                (**self).counts(query).await
            }

            async fn history(&self, query: HistoryQuery) -> Result<Page<TaskEvent>> {
                (**self).history(query).await
            }

            async fn prune(&self, query: PruneQuery) -> Result<u64> {
                (**self).prune(query).await
            }

            async fn set_lane(
                &self,
                requirement: Requirement,
                rule: LaneRule,
            ) -> Result<LaneStatus> {
                (**self).set_lane(requirement, rule).await
            }

            async fn lanes(&self) -> Result<Vec<LaneStatus>> {
                (**self).lanes().await
            }

            async fn close(&self) -> Result<()> {
                (**self).close().await
            }
        }

        #[deny(clippy::missing_trait_methods)]
        #[async_trait]
        impl<T: StateStore + ?Sized> StateStore for $pointer<T> {
            async fn load(&self, key: &StateKey) -> Result<Option<Versioned<Document>>> {
                (**self).load(key).await
            }

            async fn append(&self, key: &StateKey, item: Bytes, keep: usize) -> Result<Version> {
                (**self).append(key, item, keep).await
            }

            async fn save(
                &self,
                key: &StateKey,
                value: Document,
                opts: SaveOptions,
            ) -> Result<Version> {
                (**self).save(key, value, opts).await
            }

            async fn delete(&self, key: &StateKey, expected: Option<Version>) -> Result<bool> {
                (**self).delete(key, expected).await
            }

            async fn list(
                &self,
                prefix: &str,
                after: Option<&StateKey>,
                limit: usize,
            ) -> Result<Page<(StateKey, Versioned<Document>)>> {
                (**self).list(prefix, after, limit).await
            }
        }
    };
}

pointer!(Arc);
pointer!(Box);
