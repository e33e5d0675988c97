//! A poll as one of its handles has it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Poll;
use super::pace::Bounds;
use super::question::{Found, Question};
use crate::{Error, ErrorKind, Result};

/// One handle's share in a poll. Closing it ends what waits through it, and nothing else.
#[derive(Debug)]
pub(crate) struct Polling {
    poll: Arc<Poll>,
    closed: watch::Sender<bool>,
}

impl Polling {
    pub(crate) fn new(poll: Arc<Poll>) -> Self {
        poll.join();
        Self { poll, closed: watch::Sender::new(false) }
    }

    pub(crate) fn poll(&self) -> &Arc<Poll> {
        &self.poll
    }

    pub(super) async fn wait(
        &self,
        question: Question,
        bounds: Option<Bounds>,
        patience: Option<Duration>,
    ) -> Result<Found> {
        let mut closed = self.closed.subscribe();
        tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => {
                let message = "the Redis handle was closed; open a new one";
                Err(Error::new(ErrorKind::Closed, message))
            }
            found = self.poll.wait(question, bounds, patience) => found,
        }
    }

    pub(crate) fn close(&self) {
        if !self.closed.send_replace(true) {
            self.poll.part();
        }
    }
}

impl Drop for Polling {
    fn drop(&mut self) {
        self.close();
    }
}
