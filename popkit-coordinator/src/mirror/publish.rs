//! One round: plan, keep the plan, publish, settle.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use popkit_protocol::{Cursor, IdSource, Namespace, Task, TaskEvent, Topic};
use popkit_store::{HistoryQuery, Page, PageRequest, StateStore, TaskStore};
use popkit_transport::{Error, ErrorKind, Publish, PublishOptions, Stamp, Transport};

use super::message::{payload, topic};
use super::place::{Place, Planned};
use super::replica::Replicas;
use super::{MirrorError, MirrorOptions};
use crate::bookmark::Bookmark;

/// Bytes of one batch, unless a single message has more.
const BATCH_BYTES: usize = 1024 * 1024;

/// What one round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Round {
    /// Messages that were published.
    pub(super) published: u64,
    /// Whether there was more in the log when it was read.
    pub(super) more: bool,
}

/// The state of a mirror.
#[derive(Debug)]
pub(super) struct Publisher {
    store: Arc<dyn TaskStore>,
    transport: Arc<dyn Transport>,
    namespace: Namespace,
    page: usize,
    bookmark: Bookmark,
    /// As it is kept.
    kept: Place,
    /// As it is.
    place: Place,
    /// What is planned, and not told yet.
    messages: HashMap<Cursor, Bytes>,
    replicas: Replicas,
}

impl Publisher {
    pub(super) async fn open(
        store: Arc<dyn TaskStore>,
        documents: Arc<dyn StateStore>,
        transport: Arc<dyn Transport>,
        options: MirrorOptions,
    ) -> Result<Self, MirrorError> {
        let key = options.key().map_err(MirrorError::Store)?;
        let ids: &dyn IdSource = &*options.ids;
        let (bookmark, place) =
            Bookmark::open(documents, key, ids, || Place::new(ids.producer())).await?;
        Ok(Self {
            store,
            transport,
            namespace: options.namespace,
            page: options.page.clamp(1, 1000),
            bookmark,
            kept: place.clone(),
            place,
            messages: HashMap::new(),
            replicas: Replicas::default(),
        })
    }

    /// Tells what is planned, or else the next page of the log.
    ///
    /// Cancel safe: dropped, some of it may be told; the next round tells the rest.
    pub(super) async fn round(&mut self) -> Result<Round, MirrorError> {
        let more = if self.place.is_settled() { self.plan().await? } else { true };
        self.keep().await?;
        let planned = self.place.planned();
        if planned.iter().any(|planned| !self.messages.contains_key(&planned.cursor)) {
            self.recall(&planned).await?;
        }
        let mut published = 0;
        let mut rest = planned.as_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at(self.batch(rest));
            published += self.publish(now).await?;
            rest = later;
        }
        self.messages.clear();
        if !more {
            self.keep().await?;
        }
        Ok(Round { published, more })
    }

    /// Keeps the place, if it has changed.
    async fn keep(&mut self) -> Result<(), MirrorError> {
        if self.kept != self.place {
            self.bookmark.save(&self.place).await?;
            self.kept = self.place.clone();
        }
        Ok(())
    }

    /// Plans the next page of the log; answers whether there is more behind it.
    async fn plan(&mut self) -> Result<bool, MirrorError> {
        let page = self.read(self.place.cursor).await?;
        let Some(last) = page.items.last() else { return Ok(false) };
        let mut events = Vec::with_capacity(page.items.len());
        for event in &page.items {
            // What was pruned since it was read is not told: it might as well have been
            // pruned before.
            let Some(task) = self.replicas.after(&*self.store, event).await? else { continue };
            let topic = topic(&event.change, task.state);
            self.messages.insert(event.cursor, message(&topic, event, &task)?);
            events.push((event.cursor, topic));
        }
        self.place.plan(last.cursor, events);
        Ok(page.next.is_some())
    }

    /// Reads again what is planned, after a restart.
    async fn recall(&mut self, planned: &[Planned]) -> Result<(), MirrorError> {
        let wanted: HashMap<_, _> = planned.iter().map(|p| (p.cursor, &p.topic)).collect();
        let (Some(first), Some(last)) = (wanted.keys().min(), wanted.keys().max()) else {
            return Ok(());
        };
        let mut after = Cursor::from_number(first.number().saturating_sub(1));
        loop {
            let page = self.read(after).await?;
            for event in &page.items {
                let Some(topic) = wanted.get(&event.cursor) else { continue };
                if let Some(task) = self.replicas.after(&*self.store, event).await? {
                    self.messages.insert(event.cursor, message(topic, event, &task)?);
                }
            }
            match page.next.map(Cursor::from_number) {
                Some(next) if next < *last => after = next,
                _ => return Ok(()),
            }
        }
    }

    async fn read(&self, after: Cursor) -> Result<Page<TaskEvent>, MirrorError> {
        let page = PageRequest::first(self.page).after(after.number());
        self.store.history(HistoryQuery::default().page(page)).await.map_err(MirrorError::Store)
    }

    /// How many of these messages, from the first, make one batch; at least one.
    fn batch(&self, planned: &[Planned]) -> usize {
        let size = |p: &Planned| self.messages.get(&p.cursor).map_or(0, Bytes::len);
        let mut bytes = 0_usize;
        let fits = planned.iter().take_while(|p| {
            bytes = bytes.saturating_add(size(p));
            bytes <= BATCH_BYTES
        });
        fits.count().max(1)
    }

    /// Publishes a batch and answers how many of it are through.
    async fn publish(&mut self, planned: &[Planned]) -> Result<u64, MirrorError> {
        // What is planned and no longer in the log is through.
        let told = |p: &&Planned| self.messages.contains_key(&p.cursor);
        let (sent, gone): (Vec<_>, Vec<_>) = planned.iter().partition(told);
        let batch: Vec<_> = sent.iter().filter_map(|p| self.publication(p)).collect();
        let mut answers = Vec::new();
        if !batch.is_empty() {
            answers = self.transport.publish_batch(batch).await.map_err(MirrorError::Transport)?;
        }
        let through = sent.iter().zip(&answers).map(|(p, answer)| (*p, answer.is_ok()));
        self.place.settle(through.chain(gone.into_iter().map(|p| (p, true))));
        let silent = sent.len().saturating_sub(answers.len());
        answers.extend((0..silent).map(|_| Err(no_answer())));
        let mut published = 0;
        for answer in answers {
            answer.map_err(MirrorError::Transport)?;
            published += 1;
        }
        Ok(published)
    }

    fn publication(&self, planned: &Planned) -> Option<Publish> {
        let payload = self.messages.get(&planned.cursor)?.clone();
        let stamp = Stamp { producer: self.place.producer, sequence: planned.sequence };
        let opts = PublishOptions::default().with_stamp(stamp);
        Some(Publish::new(self.namespace.channel(&planned.topic), payload).with_opts(opts))
    }
}

fn message(topic: &Topic, event: &TaskEvent, after: &Task) -> Result<Bytes, MirrorError> {
    let failed = |source| MirrorError::Message { task: event.task.clone(), source };
    payload(topic, event, after).map(Bytes::from).map_err(failed)
}

fn no_answer() -> Error {
    Error::new(ErrorKind::Unexpected, "no answer for a message of the batch").unknown()
}
