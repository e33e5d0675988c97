//! A wire to streams in memory.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use tokio::time::Instant;

use super::{StreamId, id};
use crate::{
    Command, Counters, Dedicated, Error, ErrorKind, Listener, Reply, Result, Topics, Wire,
    WireCapabilities,
};

/// A question that was asked: when, of how many of each, and of what behind which entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) at: Instant,
    pub(super) count: usize,
    pub(super) places: Vec<(String, StreamId)>,
}

#[derive(Debug, Default)]
pub(super) struct Server(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    streams: BTreeMap<String, Vec<StreamId>>,
    asked: Vec<Asked>,
    errors: VecDeque<Error>,
    /// Of questions that are asked together with others.
    own: VecDeque<Error>,
    /// Looks at streams, all of which fail.
    looks: usize,
    /// A key whose questions are refused.
    bad: Option<String>,
    /// Entries beyond which an answer is too large.
    most: Option<usize>,
    commands: u64,
}

impl Server {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    pub(super) fn add(&self, key: &str, ms: u64) {
        self.lock().streams.entry(key.to_owned()).or_default().push(id(ms));
    }

    pub(super) fn fail(&self, error: Error) {
        self.lock().errors.push_back(error);
    }

    /// Answers one of those that are asked for each by himself with this.
    pub(super) fn fail_one(&self, error: Error) {
        self.lock().own.push_back(error);
    }

    pub(super) fn looks(&self) -> usize {
        self.lock().looks
    }

    pub(super) fn refuse(&self, key: &str) {
        self.lock().bad = Some(key.to_owned());
    }

    pub(super) fn answer_at_most(&self, entries: usize) {
        self.lock().most = Some(entries);
    }

    /// Has used so many commands elsewhere.
    pub(super) fn use_up(&self, commands: u64) {
        self.lock().commands += commands;
    }

    pub(super) fn asked(&self) -> Vec<Asked> {
        self.lock().asked.clone()
    }

    /// Forgets what was asked, and says how much it was.
    pub(super) fn take(&self) -> usize {
        std::mem::take(&mut self.lock().asked).len()
    }

    fn read(&self, command: &Command) -> Result<Reply> {
        let words: Vec<String> =
            command.arguments().iter().map(|word| str::from_utf8(word).unwrap().into()).collect();
        let [_, count, _, rest @ ..] = words.as_slice() else { panic!("{words:?}") };
        let (keys, places) = rest.split_at(rest.len() / 2);
        let count: usize = count.parse().unwrap();
        let places: Vec<(String, StreamId)> =
            keys.iter().cloned().zip(places.iter().map(|place| place.parse().unwrap())).collect();
        let mut state = self.lock();
        state.commands += 1;
        state.asked.push(Asked { at: Instant::now(), count, places: places.clone() });
        if let Some(error) = state.errors.pop_front() {
            return Err(error);
        }
        if state.bad.as_ref().is_some_and(|bad| keys.contains(bad)) {
            return Err(Error::new(ErrorKind::Corrupt, "no stream"));
        }
        let text = |text: String| Reply::Bytes(Bytes::from(text));
        let (mut found, mut total) = (Vec::new(), 0);
        for (key, place) in places {
            let all = state.streams.get(&key).into_iter().flatten();
            let entries: Vec<Reply> = all
                .filter(|entry| **entry > place)
                .take(count)
                .map(|entry| Reply::Array(vec![text(entry.to_string()), Reply::Array(Vec::new())]))
                .collect();
            total += entries.len();
            if !entries.is_empty() {
                found.push((text(key), Reply::Array(entries)));
            }
        }
        if state.most.is_some_and(|most| total > most) {
            return Err(Error::new(ErrorKind::PayloadTooLarge, "too large"));
        }
        Ok(if found.is_empty() { Reply::Nil } else { Reply::Map(found) })
    }
}

#[async_trait]
impl Wire for Server {
    fn capabilities(&self) -> WireCapabilities {
        WireCapabilities::least()
    }

    async fn execute(&self, command: Command) -> Result<Reply> {
        self.read(&command)
    }

    async fn pipeline(&self, commands: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        let answer = |command: &Command| {
            if command.name() != "XREAD" {
                self.lock().looks += 1;
                return Err(Error::new(ErrorKind::Unavailable, "no looks"));
            }
            let answer = self.read(command);
            self.lock().own.pop_front().map_or(answer, Err)
        };
        Ok(commands.iter().map(answer).collect())
    }

    async fn transaction(&self, _: Vec<Command>) -> Result<Vec<Result<Reply>>> {
        Err(Error::new(ErrorKind::Unsupported, "a poll writes nothing"))
    }

    fn dedicated(&self) -> Result<Box<dyn Dedicated>> {
        Err(Error::new(ErrorKind::Unsupported, "it cannot block"))
    }

    async fn subscribe(&self, _: Topics) -> Result<Box<dyn Listener>> {
        Err(Error::new(ErrorKind::Unsupported, "it has no channels"))
    }

    fn counters(&self) -> Counters {
        Counters { commands: self.lock().commands, ..Counters::default() }
    }

    async fn close(&self) -> Result<()> {
        Ok(())
    }
}
