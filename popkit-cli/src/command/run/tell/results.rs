//! A `RESULT` beside the news that a task has ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use popkit_protocol::message::{Object, ResultMessage};
use popkit_protocol::{
    AgentId, Change, Channel, Clock as _, Codec, Envelope, Json, Message, Namespace as Session,
    Party, ProducerId, RandomIds, SystemClock, TaskId, Topic,
};
use popkit_store::{HistoryQuery, TaskStore};
use popkit_transport::{
    Capabilities, Pong, Publish, PublishOptions, Receipt, Result, Stamp, SubscribeOptions,
    Subscription, Transport,
};

/// Results up to so many bytes are in the message; larger ones are in the store alone.
const SMALL: usize = 8 * 1024;
/// Agents that are remembered by the tasks they hold.
const REMEMBERED: usize = 4096;

/// A transport that publishes, with each message on `tasks:complete` and `tasks:failed`, a
/// `RESULT` of the agent on `pop:results`.
///
/// The result bears the number of the news under a producer made of the mirror's, so what the
/// mirror repeats after a crash is recognised there, too; and the news count as published
/// only with it.
#[derive(Debug)]
pub(super) struct WithResults {
    inner: Arc<dyn Transport>,
    session: Session,
    tasks: Arc<dyn TaskStore>,
    holders: Mutex<HashMap<TaskId, AgentId>>,
}

impl WithResults {
    pub(super) fn new(
        inner: Arc<dyn Transport>,
        session: Session,
        tasks: Arc<dyn TaskStore>,
    ) -> Self {
        Self { inner, session, tasks, holders: Mutex::default() }
    }

    /// The result that goes with this message, if one does.
    async fn companion(&self, news: &Publish) -> Option<Publish> {
        let topic = self.session.topic(&news.channel)?;
        let success = topic == Topic::TasksComplete;
        if !success && !matches!(topic, Topic::TasksClaimed | Topic::TasksFailed) {
            return None;
        }
        let object = Object::new(&Json::from_text(std::str::from_utf8(&news.payload).ok()?).ok()?);
        let object = object.ok()?;
        let task: TaskId = object.get("task_id")?;
        if topic == Topic::TasksClaimed {
            self.note(task, object.get("agent")?);
            return None;
        }
        let stamp = news.opts.stamp?;
        let agent = self.holder(&task).await;
        let from = agent.map_or(Party::Coordinator, Party::Agent);
        let body = result(&task, success, &object)?;
        let message = Message::Result(ResultMessage::new(body));
        let now = SystemClock.now();
        let envelope = Envelope::new(&RandomIds, now, from, Party::Coordinator, message);
        let payload = Codec::default().encode(&envelope).ok()?;
        let stamp = Stamp { producer: beside(stamp.producer, success), ..stamp };
        let opts = PublishOptions::default().with_stamp(stamp);
        Some(Publish::new(self.session.channel(&Topic::Results), payload).with_opts(opts))
    }

    fn note(&self, task: TaskId, agent: AgentId) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        if holders.len() >= REMEMBERED {
            holders.clear();
        }
        holders.insert(task, agent);
    }

    /// Who held the task last.
    async fn holder(&self, task: &TaskId) -> Option<AgentId> {
        let known = self.holders.lock().unwrap_or_else(PoisonError::into_inner).remove(task);
        if known.is_some() {
            return known;
        }
        // Claimed before this run, or forgotten.
        let (mut query, mut holder) = (HistoryQuery::of(task.clone()), None);
        loop {
            let page = self.tasks.history(query.clone()).await.ok()?;
            for event in page.items {
                if let Change::Claimed { agent, .. } = event.change {
                    holder = Some(agent);
                }
            }
            let Some(next) = page.next else { return holder };
            query.page = query.page.after(next);
        }
    }
}

/// What a result says: which task, whether it went well, and what came out, where that is
/// small.
fn result(task: &TaskId, success: bool, news: &Object) -> Option<Object> {
    let body = Object::default().with("task_id", task).ok()?.with("success", &success).ok()?;
    if let Some(error) = news.get::<String>("error") {
        return body.with("error", &error).ok();
    }
    match news.get::<Json>("result").filter(|result| !result.is_null()) {
        None => Some(body),
        Some(result) if result.len() <= SMALL => body.with("result", &result).ok(),
        Some(result) => body.with("result_bytes", &result.len()).ok(),
    }
}

/// The producer of the results that go with a mirror's news: one for each of the two
/// channels, since each counts for itself.
fn beside(mirror: ProducerId, success: bool) -> ProducerId {
    ProducerId::from_bits(mirror.bits() ^ if success { 1 } else { 2 })
}

#[deny(clippy::missing_trait_methods)]
#[async_trait]
impl Transport for WithResults {
    fn backend(&self) -> &'static str {
        self.inner.backend()
    }

    fn capabilities(&self) -> Capabilities {
        self.inner.capabilities()
    }

    async fn publish_opts(
        &self,
        channel: &Channel,
        payload: Bytes,
        opts: PublishOptions,
    ) -> Result<Receipt> {
        self.inner.publish_opts(channel, payload, opts).await
    }

    async fn publish_batch(&self, batch: Vec<Publish>) -> Result<Vec<Result<Receipt>>> {
        let (mut whole, mut owners) = (batch.clone(), Vec::new());
        for (place, news) in batch.iter().enumerate() {
            if let Some(companion) = self.companion(news).await {
                whole.push(companion);
                owners.push(place);
            }
        }
        let mut answers = self.inner.publish_batch(whole).await?;
        let companions = answers.split_off(batch.len().min(answers.len()));
        for (place, answer) in owners.into_iter().zip(companions) {
            if let (Some(news), Err(error)) = (answers.get_mut(place), answer) {
                *news = Err(error);
            }
        }
        Ok(answers)
    }

    async fn subscribe_opts(
        &self,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Result<Subscription> {
        self.inner.subscribe_opts(channels, opts).await
    }

    async fn ping(&self) -> Result<Pong> {
        self.inner.ping().await
    }

    async fn close(&self) -> Result<()> {
        self.inner.close().await
    }
}

#[cfg(test)]
mod tests;
