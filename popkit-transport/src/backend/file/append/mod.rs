//! The one thread of a handle that writes.
//!
//! Messages come by a channel. Whatever has gathered while the last ones were written and
//! synced is written next, and synced once per segment: under load the cost of syncing is
//! shared, without load nobody waits.
//!
//! | Room | Holds |
//! |---|---|
//! | `item` | a message on its way |
//! | `appender` | one channel: its lock, its end |
//! | `tail` | finding the end of a log, and mending it |
//! | `prune` | removing what is no longer kept |

mod appender;
mod item;
mod prune;
mod tail;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use popkit_protocol::{Channel, Durability};
use tokio::sync::oneshot;

use self::appender::{Appended, Appender};
pub(super) use self::item::Item;
use super::classify::refused;
use super::shared::Shared;
use crate::{Error, ErrorKind, Result};

/// Messages, and bytes, that are written before the first of them is answered.
const GROUP: usize = 1024;
const GROUP_BYTES: usize = 8 * 1024 * 1024;
/// Channels whose files are kept open.
const OPEN: usize = 128;

/// What the writer is sent.
pub(super) enum Message {
    /// Messages, in this order.
    Publish(Vec<Item>),
    /// Finish what came before, then end.
    Close(oneshot::Sender<()>),
}

/// Starts the thread. It ends when the sender is gone.
pub(super) fn start(shared: Arc<Shared>) -> Result<Sender<Message>> {
    let (sender, inbox) = channel();
    let mut writer = Writer::new(shared);
    let work = move || writer.run(&inbox);
    thread::Builder::new().name("popkit-messages".to_owned()).spawn(work).map_err(|error| {
        let message = "cannot start a thread for the messages";
        Error::new(ErrorKind::Unavailable, message).with_source(error)
    })?;
    Ok(sender)
}

struct Writer {
    shared: Arc<Shared>,
    /// By channel, with the time of last use.
    appenders: HashMap<Channel, (u64, Appender)>,
    clock: u64,
    /// The last sequence that this handle gave, by channel.
    sequences: HashMap<Channel, u64>,
}

impl Writer {
    fn new(shared: Arc<Shared>) -> Self {
        Self { shared, appenders: HashMap::new(), clock: 0, sequences: HashMap::new() }
    }

    fn run(&mut self, inbox: &Receiver<Message>) {
        while let Ok(first) = inbox.recv() {
            let (mut items, mut close) = (Vec::new(), None);
            let mut next = Some(first);
            let mut bytes = 0;
            while let Some(message) = next.take() {
                match message {
                    Message::Publish(more) => {
                        bytes += more.iter().map(|item| item.payload.len()).sum::<usize>();
                        items.extend(more);
                    }
                    Message::Close(reply) => close = Some(reply),
                }
                if close.is_none() && items.len() < GROUP && bytes < GROUP_BYTES {
                    next = inbox.try_recv().ok();
                }
            }
            self.write(items);
            if let Some(reply) = close {
                let _ = reply.send(());
                return;
            }
        }
    }

    /// Writes, wakes, syncs, answers.
    fn write(&mut self, items: Vec<Item>) {
        let mut channels: Vec<(Channel, Vec<Item>)> = Vec::new();
        for item in items.into_iter().filter(|item| !item.is_abandoned()) {
            match channels.iter_mut().find(|(channel, _)| *channel == item.channel) {
                Some((_, same)) => same.push(item),
                None => channels.push((item.channel.clone(), vec![item])),
            }
        }
        let mut written = Vec::with_capacity(channels.len());
        for (channel, items) in channels {
            written.push(self.append(&channel, items));
            self.shared.hub.wake(&channel);
        }
        for done in written {
            self.answer(done);
        }
        self.tidy();
    }

    fn append(&mut self, channel: &Channel, items: Vec<Item>) -> Appended {
        self.clock += 1;
        let appender = match self.appenders.remove(channel) {
            Some((_, appender)) => Ok(appender),
            None => Appender::open(&self.shared, channel),
        };
        let mut appender = match appender {
            Ok(appender) => appender,
            Err(error) => return Appended::failed(items, &error),
        };
        let sequence = self.sequences.entry(channel.clone()).or_default();
        let done = appender.append(&self.shared, items, sequence);
        if done.usable {
            self.appenders.insert(channel.clone(), (self.clock, appender));
        }
        done
    }

    fn answer(&mut self, done: Appended) {
        let power_safe = self.shared.durability == Durability::PowerSafe;
        let wants = |(item, result): &(Item, Result<_>)| item.is_durable() && result.is_ok();
        let mut failure = done.unsynced;
        if failure.is_none()
            && power_safe
            && done.items.iter().any(wants)
            && let Some(file) = &done.file
            && let Err(error) = file.sync_data()
        {
            failure = Some(refused("sync the log in", &self.shared.root, error).unknown());
        }
        if failure.is_some() {
            // What was written may be on the disk or not, and asking again would not tell.
            self.appenders.clear();
        }
        for (item, result) in done.items {
            let result = match &failure {
                Some(error) if item.is_durable() && result.is_ok() => Err(error.again()),
                _ => result,
            };
            item.answer(result);
        }
    }

    /// Closes the files that were not used for longest.
    fn tidy(&mut self) {
        if self.appenders.len() <= OPEN {
            return;
        }
        let mut used: Vec<u64> = self.appenders.values().map(|(used, _)| *used).collect();
        used.sort_unstable();
        let oldest = used.get(used.len() - OPEN / 2).copied().unwrap_or_default();
        self.appenders.retain(|_, (used, _)| *used >= oldest);
    }
}
