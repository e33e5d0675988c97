//! The names of the autonomous system, as a view: its dashboards and scripts see the tasks.
//!
//! | Name | Type | Holds |
//! |---|---|---|
//! | `tasks:pending` | zset | ready tasks by priority |
//! | `task:{id}` | hash | `status`, `assignee`, `assigned_at`, `updated_at`, `result` (JSON) |
//! | `agent:{id}` | hash | `status` (`idle`, `busy`), `last_seen`, `current_task` |
//! | `events:task:{id}` | stream | `event_type` (`claimed`, `completed`, `failed`), `timestamp`, `data` (JSON) |
//!
//! It is never the source of truth: who takes a task out of `tasks:pending` has not claimed it.
//! The five `tasks:*` channels are told by the coordinator's task mirror.

mod plan;

use std::time::Duration;

use popkit_protocol::TaskEvent;
use popkit_redis::{Command, Invocation, Reply, Script};
use tokio::time::sleep;

use self::plan::Plan;
use super::RedisStore;
use super::classify::{Told as _, convert};
use crate::{Error, ErrorKind, HistoryQuery, PageRequest, Result, TaskStore as _};

/// Events per write: a script that runs for less than a few milliseconds.
const EVENTS: usize = 200;

static WRITE: Script = Script::new("view", include_str!("view.lua"));

/// Writes the tasks of the unnamed session under the names of the autonomous system. See
/// [`RedisStore::autonomous_view`].
#[derive(Debug, Clone)]
pub struct AutonomousView {
    store: RedisStore,
    /// Where it stands in the log. Beside the tasks, for it belongs to them.
    cursor: String,
}

impl RedisStore {
    /// A view of these tasks under the names of the autonomous system. Any number of processes may
    /// keep it up at the same time: each event is written once.
    ///
    /// # Errors
    ///
    /// `Unsupported` for a session with a name, for the names have no room for it, and on a
    /// cluster, where they would lie on different nodes, and over REST.
    pub fn autonomous_view(&self) -> Result<AutonomousView> {
        let refuse = |why: &str| {
            let message = format!("the names of the autonomous system are not written {why}");
            Err(Error::new(ErrorKind::Unsupported, message).at("redis", "view"))
        };
        if self.0.caller.polls() {
            return refuse("over REST, where a script's keys must be known before; use rediss://");
        }
        if self.0.keyspace.key("").contains('{') {
            return refuse(
                "for a named session or on a cluster; use the unnamed one on one server",
            );
        }
        let cursor = self.0.caller.keys().of("view");
        Ok(AutonomousView { store: self.clone(), cursor })
    }
}

impl AutonomousView {
    /// Writes what has happened since it was last written; answers with how many events that
    /// were. Ended tasks are shown for a day.
    ///
    /// # Errors
    ///
    /// Those of [`TaskStore::history`](crate::TaskStore::history) and of the server. `Corrupt` where
    /// other data is under one of the names: that is told once and left as it is, and the next call
    /// goes on behind it.
    pub async fn sync(&self) -> Result<u64> {
        let mut written = 0;
        loop {
            let from = self.position().await?;
            let page = PageRequest::first(EVENTS).after(from);
            let page = self.store.history(HistoryQuery::default().page(page)).await?;
            let Some(last) = page.items.last() else { return Ok(written) };
            let to = last.cursor.number();
            if self.write(from, to, &page.items).await? {
                written += page.items.len() as u64;
            }
        }
    }

    /// Keeps it up, looking for news every `interval`. Ends with the first failure; what was
    /// written stays, and the next goes on from there.
    ///
    /// # Errors
    ///
    /// Those of [`sync`](Self::sync).
    pub async fn run(&self, interval: Duration) -> Result<()> {
        loop {
            self.sync().await?;
            sleep(interval).await;
        }
    }

    async fn position(&self) -> Result<u64> {
        let command = Command::new("GET").arg(self.cursor.as_str());
        let reply = self.store.0.redis.execute(command).await.told("view")?;
        Ok(reply.into_option(Reply::into_count).map_err(convert)?.unwrap_or_default())
    }

    /// Writes these events, unless another was faster.
    async fn write(&self, from: u64, to: u64, events: &[TaskEvent]) -> Result<bool> {
        let mut plan = Plan::default();
        for event in events {
            plan.event(event)?;
        }
        let now = events.last().map(|event| plan::naive(event.at)).unwrap_or_default();
        let ids = plan.tasks();
        for (id, task) in ids.iter().zip(self.store.get_many(&ids).await?) {
            match task {
                Some(task) => plan.task(&task),
                None => plan.gone(id, &now),
            }
        }
        let call = Invocation::new().key(self.cursor.as_str()).arg(from).arg(to);
        let reply = self.store.0.redis.eval(&WRITE, plan.complete(call)).await.told("view")?;
        let [written, refused, why] = reply.into_tuple().map_err(convert)?;
        let refused = refused.into_count().map_err(convert)?;
        if refused > 0 {
            let why = why.into_text().map_err(convert)?;
            let message = format!(
                "{refused} commands were refused, the first with {why:?}; the rest is written: \
                 rename what is under the names of the autonomous system"
            );
            return Err(Error::new(ErrorKind::Corrupt, message).at("redis", "view"));
        }
        written.into_bool().map_err(convert)
    }
}
