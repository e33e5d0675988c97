//! What serves those who wait: one blocking connection, and errands for those who left.

use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{IdSource as _, Outcome, RandomIds, Timestamp};
use popkit_redis::{Command, Dedicated, Reply};
use tokio::sync::mpsc;
use tokio::time::sleep;

use super::inbox::{self, Told};
use super::seat::{Errand, Seats};
use crate::backend::redis::classify::Told as _;
use crate::backend::redis::tasks::call::unreadable;
use crate::backend::redis::tasks::{Caller, LEAVE, Lanes, lease, step};
use crate::{ErrorKind, Result, StepRequest};

/// The shortest and the longest pause after a lost connection.
const PAUSES: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));

#[derive(Debug, Clone)]
pub(super) struct Server {
    caller: Caller,
    handle: String,
    /// Weak: the errand channel closes when the parking is gone.
    seats: Weak<Seats>,
}

/// Takes an agent out on the server; `false` where it was told something before.
pub(super) async fn leave(caller: &Caller, handle: &str, seat: u64) -> Result<bool> {
    let call = caller.begin(None).arg(format!("{handle}:{seat}"));
    let reply = caller.eval("wait", &LEAVE, call).await?;
    Ok(reply.into_int().map_err(unreadable)? == 1)
}

impl Server {
    pub(super) fn new(caller: Caller, handle: String, seats: &Arc<Seats>) -> Self {
        Self { caller, handle, seats: Arc::downgrade(seats) }
    }

    /// Reads the inbox while anybody waits.
    pub(super) async fn read(self) {
        let Ok(mut connection) = self.caller.redis().dedicated() else { return };
        let inbox = self.caller.keys().of(&format!("in:{}", self.handle));
        let mut pause = PAUSES.0;
        while let Some(seats) = self.seats.upgrade() {
            if seats.is_closed() {
                return;
            }
            if seats.is_empty() {
                seats.bell.notified().await;
                continue;
            }
            let before = connection.connections();
            // Where a letter is overdue, the connection may have gone without a word: what is
            // dropped here is thrown away, and another one made.
            let letter = tokio::select! {
                letter = letter(&mut *connection, &inbox) => letter,
                () = seats.doubt.notified() => continue,
            };
            match letter {
                Ok(letter) => {
                    pause = PAUSES.0;
                    if let Some((seat, told)) = letter {
                        seats.tell(seat, told);
                    }
                    // The first connection has lost nothing.
                    if before > 0 && connection.connections() > before {
                        seats.tell_all(&Told::Ask);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Closed => return,
                Err(_) => {
                    // What was told may have gone with the connection: all ask again.
                    seats.tell_all(&Told::Ask);
                    drop(seats);
                    sleep(pause).await;
                    pause = (pause * 2).min(PAUSES.1);
                }
            }
        }
    }

    /// Does what is left for those who no longer wait.
    pub(super) async fn run_errands(self, mut todo: mpsc::UnboundedReceiver<Errand>) {
        let lanes = Lanes::default();
        while let Some(errand) = todo.recv().await {
            // What fails here mends itself: an agent that is told in vain, and a lease that
            // nobody renews, are found by the next to look.
            match errand {
                Errand::Leave(seat) => {
                    let _ = leave(&self.caller, &self.handle, seat).await;
                }
                Errand::GiveBack(parts) => {
                    let _ = self.give_back(&lanes, &parts).await;
                }
                Errand::Tell(done) => {
                    let _ = done.send(());
                }
            }
        }
    }

    async fn give_back(&self, lanes: &Lanes, parts: &[Bytes]) -> Result<()> {
        let lease = lease(parts, Timestamp::EPOCH)?;
        let Some(hold) = &lease.task.hold else { return Ok(()) };
        let (holder, ids) = (hold.holder, RandomIds);
        // A slot that no worker uses: its stored reply is nobody else's.
        let request = StepRequest::new(holder, u32::MAX, ids.request());
        step(&self.caller, lanes, request.with_finish(lease.token, Outcome::Release))
            .await
            .map(drop)
    }
}

/// The next letter; none within the time that the server blocks.
async fn letter(connection: &mut dyn Dedicated, inbox: &str) -> Result<Option<(u64, Told)>> {
    let command = Command::new("BLPOP").arg(inbox).arg(super::BLOCK.as_secs());
    let reply = connection.execute(command, super::BLOCK).await.told("wait")?;
    let Some(mut pair) = reply.into_option(Reply::into_array).map_err(unreadable)? else {
        return Ok(None);
    };
    let letter = pair.pop().unwrap_or(Reply::Nil).into_bytes().map_err(unreadable)?;
    inbox::open(&letter).map(Some)
}
