//! What was heard and is not known to be in a log.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::Channel;
use popkit_redis::{Command, Entry, Redis, Reply, StreamId};
use tokio::time::Instant;

use crate::Result;
use crate::backend::redis::classify::Told as _;
use crate::backend::redis::record;

/// Messages, and bytes, that one who waits for the lease remembers at most.
const MOST: usize = 10_000;
const MOST_BYTES: usize = 16 * 1024 * 1024;
/// By how much later a message may be in the log than it was heard, or earlier.
const SLACK: Duration = Duration::from_secs(1);
/// Entries that are read at a time.
const PAGE: usize = 100;

/// A message that was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) channel: Channel,
    pub(super) payload: Bytes,
    pub(super) at: Instant,
}

/// Messages in the order they were heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    messages: VecDeque<Message>,
    bytes: usize,
}

impl Heard {
    /// Enters a message; answers with how many were forgotten for it.
    pub(super) fn push(&mut self, message: Message) -> u64 {
        self.bytes += message.payload.len();
        self.messages.push_back(message);
        let mut forgotten = 0;
        while self.messages.len() > MOST || self.bytes > MOST_BYTES {
            self.pop();
            forgotten += 1;
        }
        forgotten
    }

    /// Forgets what is older than this: whoever held the lease then has imported it.
    pub(super) fn forget(&mut self, age: Duration) {
        while self.messages.front().is_some_and(|message| message.at.elapsed() > age) {
            self.pop();
        }
    }

    fn pop(&mut self) -> Option<Message> {
        let message = self.messages.pop_front()?;
        self.bytes -= message.payload.len();
        Some(message)
    }

    /// The messages of one channel that come first, at most so many and so many bytes.
    pub(super) fn front(&self, most: usize, bytes: usize) -> Option<(Channel, Vec<Bytes>)> {
        let channel = self.messages.front()?.channel.clone();
        let mut sum = 0;
        let fits = |message: &&Message| {
            sum += message.payload.len();
            message.channel == channel && (sum <= bytes || sum == message.payload.len())
        };
        let some = self.messages.iter().take(most).take_while(fits);
        let payloads = some.map(|message| message.payload.clone()).collect();
        Some((channel, payloads))
    }

    /// The first ones are in their log.
    pub(super) fn done(&mut self, count: usize) {
        for _ in 0..count {
            self.pop();
        }
    }

    /// Takes out what another bridge has imported already.
    pub(super) async fn sift(
        &mut self,
        redis: &Redis,
        log: impl Fn(&Channel) -> String,
    ) -> Result<()> {
        let Some(oldest) = self.messages.front().map(|message| message.at.elapsed()) else {
            return Ok(());
        };
        let mut channels: Vec<Channel> = Vec::new();
        for message in &self.messages {
            if !channels.contains(&message.channel) {
                channels.push(message.channel.clone());
            }
        }
        for channel in channels {
            let log = log(&channel);
            let time = Command::new("TIME").near(&log);
            let [seconds, micros] = redis.execute(time).await.and_then(Reply::into_tuple).told()?;
            let now = seconds.into_count().told()? * 1000 + micros.into_count().told()? / 1000;
            let window = u64::try_from((oldest + SLACK).as_millis()).unwrap_or(u64::MAX);
            let from = StreamId::new(now.saturating_sub(window), 0);
            for payload in imported(redis, &log, from).await? {
                self.remove(&channel, &payload);
            }
        }
        Ok(())
    }

    fn remove(&mut self, channel: &Channel, payload: &Bytes) {
        let same = |message: &Message| message.channel == *channel && message.payload == *payload;
        if let Some(at) = self.messages.iter().position(same) {
            self.messages.remove(at);
            self.bytes -= payload.len();
        }
    }
}

/// The payloads that were imported into a log since.
async fn imported(redis: &Redis, log: &str, from: StreamId) -> Result<Vec<Bytes>> {
    let (mut payloads, mut from) = (Vec::new(), from.to_string());
    loop {
        let page = Command::new("XRANGE").args([log, &from, "+", "COUNT"]).arg(PAGE);
        let entries = redis.execute(page).await.and_then(Entry::read_list).told()?;
        let Some(last) = entries.last() else { return Ok(payloads) };
        from = format!("({}", last.id);
        let is_imported =
            |entry: &&Entry| record::origin(entry).is_some_and(|origin| origin.is_imported());
        let foreign = entries.iter().filter(is_imported);
        payloads.extend(foreign.filter_map(|entry| entry.field("m").cloned()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(channel: &str, payload: &'static str) -> Message {
        let channel = Channel::new(channel).unwrap();
        Message { channel, payload: payload.into(), at: Instant::now() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_old_is_forgotten() {
        let mut heard = Heard::default();
        heard.push(message("a", "1"));
        tokio::time::advance(Duration::from_secs(3)).await;
        heard.push(message("a", "2"));
        heard.forget(Duration::from_secs(2));
        assert_eq!(heard.front(9, 9).unwrap().1, ["2"]);
        heard.done(1);
        assert!(heard.messages.is_empty() && heard.bytes == 0);
    }

    #[test]
    fn messages_of_one_channel_come_together_and_in_order() {
        let mut heard = Heard::default();
        for (channel, payload) in [("a", "1"), ("a", "22"), ("b", "3"), ("a", "4")] {
            heard.push(message(channel, payload));
        }
        assert_eq!(heard.front(9, 9).unwrap().1, ["1", "22"]);
        assert_eq!(heard.front(1, 9).unwrap().1, ["1"]);
        assert_eq!(heard.front(9, 2).unwrap().1, ["1"]);
        heard.remove(&Channel::new("a").unwrap(), &"1".into());
        assert_eq!(heard.front(9, 1).unwrap().1, ["22"], "the first one whatever its size");
        heard.done(2);
        assert_eq!(heard.front(9, 9).unwrap().0.as_str(), "a");
    }

    #[test]
    fn it_remembers_no_more_than_its_bound() {
        let mut heard = Heard::default();
        let forgotten: u64 = (0..MOST + 5).map(|_| heard.push(message("a", "x"))).sum();
        assert_eq!(forgotten, 5);
        assert_eq!((heard.messages.len(), heard.bytes), (MOST, MOST));
    }
}
