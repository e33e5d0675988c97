//! What is sent to the writer, and who is waited for.

use std::collections::VecDeque;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::Message;
use super::job::Job;

/// The most calls of one transaction.
const GROUP: usize = 64;
/// Looks into the channel before the thread sleeps: about 60 µs, in which an agent's next
/// call often comes. Waking a sleeping thread takes longer than most calls.
const EAGER: u32 = 120;

/// How long a transaction waits for the next call that is expected. It holds the turn of all
/// processes meanwhile, and on a busy machine a single look takes that long.
const PATIENCE: Duration = Duration::from_micros(100);

/// The writer's end of the channel.
pub(super) struct Inbox<'r> {
    channel: &'r Receiver<Message>,
    /// Calls that wait for a transaction.
    queue: VecDeque<Box<dyn Job>>,
    /// Somebody was woken and went: whoever else waits may be needed.
    pub(super) hand_on: bool,
    /// To be answered when the files are closed.
    pub(super) close: Option<oneshot::Sender<()>>,
    /// Whether nobody has a handle any more.
    abandoned: bool,
    /// How many calls the next transaction is likely to get: those that waited when the
    /// last one was answered, and the next ones of those who were answered.
    expected: usize,
    /// Until when this transaction waits for those who are expected.
    patience: Option<Instant>,
    /// Whether this transaction will be synced, and so is worth being shared.
    durable: bool,
}

/// What became of waiting for something.
pub(super) enum Wait {
    /// There is something to do.
    Some,
    /// Nothing came in time.
    Quiet,
    /// Nothing will come.
    End,
}

impl<'r> Inbox<'r> {
    pub(super) fn new(channel: &'r Receiver<Message>) -> Self {
        Self {
            channel,
            queue: VecDeque::new(),
            hand_on: false,
            close: None,
            abandoned: false,
            expected: 0,
            patience: None,
            durable: false,
        }
    }

    fn has_something(&self) -> bool {
        !self.queue.is_empty() || self.hand_on || self.close.is_some()
    }

    fn take_in(&mut self, message: Message) {
        match message {
            Message::Job(job) => self.queue.push_back(job),
            Message::HandOn => self.hand_on = true,
            Message::Close(reply) => self.close = Some(reply),
        }
    }

    /// Takes in what is there, up to the size of a group.
    fn drain(&mut self) {
        while self.queue.len() < GROUP && self.close.is_none() {
            match self.channel.try_recv() {
                Ok(message) => self.take_in(message),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {
                    self.abandoned = true;
                    return;
                }
            }
        }
    }

    /// A job of the writer's own.
    pub(super) fn add(&mut self, job: Box<dyn Job>) {
        self.queue.push_back(job);
    }

    /// Looks for a while; where `eager`, something is likely to come at once.
    pub(super) fn look(&mut self, eager: bool) -> Wait {
        for _ in 0..if eager { EAGER } else { 1 } {
            self.drain();
            if self.has_something() {
                return Wait::Some;
            }
            if self.abandoned {
                return Wait::End;
            }
            thread::yield_now();
        }
        Wait::Quiet
    }

    /// Sleeps until something comes, for `nap` at most.
    pub(super) fn sleep(&mut self, nap: Option<Duration>) -> Wait {
        let received = match nap {
            Some(nap) => self.channel.recv_timeout(nap),
            None => self.channel.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match received {
            Ok(message) => {
                self.take_in(message);
                Wait::Some
            }
            Err(RecvTimeoutError::Timeout) => Wait::Quiet,
            Err(RecvTimeoutError::Disconnected) => Wait::End,
        }
    }

    /// A transaction begins; `false` where nobody is left who wants one.
    pub(super) fn begin(&mut self) -> bool {
        self.drain();
        self.queue.retain(|job| !job.is_abandoned());
        self.durable = self.queue.iter().any(|job| job.is_durable());
        self.patience = None;
        !self.queue.is_empty()
    }

    pub(super) fn is_durable(&self) -> bool {
        self.durable
    }

    /// All that waits.
    pub(super) fn take(&mut self) -> impl Iterator<Item = Box<dyn Job>> {
        std::mem::take(&mut self.queue).into_iter()
    }

    /// Whether no other call is known or expected to share the transaction of the one that
    /// was just taken.
    pub(super) fn is_last(&self) -> bool {
        self.queue.is_empty() && !(self.durable && self.expected > 1)
    }

    /// The next call for a transaction that has `so_far`. One that will be synced also takes
    /// in who came since it began, and waits a moment for those who are expected: else two
    /// halves of the callers take turns, and each sync serves only one of them.
    pub(super) fn next(&mut self, so_far: usize) -> Option<Box<dyn Job>> {
        if so_far >= GROUP {
            return None;
        }
        if let Some(job) = self.queue.pop_front() {
            return Some(job);
        }
        if !self.durable || so_far == 0 {
            return None;
        }
        loop {
            if self.close.is_some() {
                return None;
            }
            self.drain();
            if let Some(job) = self.queue.pop_front() {
                self.patience = None;
                return Some(job);
            }
            let now = Instant::now();
            let until = *self.patience.get_or_insert(now + PATIENCE);
            if now >= until || so_far >= self.expected || self.abandoned {
                return None;
            }
            thread::yield_now();
        }
    }

    /// A transaction ended, and so many callers are about to be answered.
    pub(super) fn expect(&mut self, answered: usize) {
        self.drain();
        self.expected = self.queue.len() + answered;
    }
}
