//! Who waits in this handle, and what each was told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, oneshot};

use super::inbox::Told;

/// What is left to do for an agent that no longer waits.
#[derive(Debug)]
pub(super) enum Errand {
    /// Take it out on the server.
    Leave(u64),
    /// Give the lease back that came too late for it.
    GiveBack(Vec<Bytes>),
    /// Say when all before is done.
    Tell(oneshot::Sender<()>),
}

/// The seats of a handle.
#[derive(Debug)]
pub(super) struct Seats {
    taken: Mutex<Taken>,
    /// Rung when somebody sits down, and when the store is closed.
    pub(super) bell: Notify,
    /// Rung by an agent that was told something and got nothing.
    pub(super) doubt: Notify,
    errands: mpsc::UnboundedSender<Errand>,
}

#[derive(Debug, Default)]
struct Taken {
    last: u64,
    seats: HashMap<u64, mpsc::UnboundedSender<Told>>,
    closed: bool,
}

/// A seat that is taken. Dropping it leaves it, with everything that hangs on it.
#[derive(Debug)]
pub(super) struct Seat {
    seats: Arc<Seats>,
    pub(super) number: u64,
    told: mpsc::UnboundedReceiver<Told>,
    /// Whether the server may know of it.
    pub(super) parked: bool,
}

impl Seats {
    pub(super) fn new(errands: mpsc::UnboundedSender<Errand>) -> Arc<Self> {
        Arc::new(Self {
            taken: Mutex::default(),
            bell: Notify::new(),
            doubt: Notify::new(),
            errands,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a seat; none once the store is closed.
    pub(super) fn sit(self: &Arc<Self>) -> Option<Seat> {
        let (tell, told) = mpsc::unbounded_channel();
        let mut taken = self.lock();
        if taken.closed {
            return None;
        }
        taken.last += 1;
        let number = taken.last;
        taken.seats.insert(number, tell);
        drop(taken);
        self.bell.notify_one();
        Some(Seat { seats: Arc::clone(self), number, told, parked: false })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lock().seats.is_empty()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Passes on what an agent is told. A lease that nobody waits for is given back.
    pub(super) fn tell(&self, number: u64, told: Told) {
        let undelivered = match self.lock().seats.get(&number) {
            Some(seat) => seat.send(told).err().map(|undelivered| undelivered.0),
            None => Some(told),
        };
        if let Some(Told::Lease(parts)) = undelivered {
            let _ = self.errands.send(Errand::GiveBack(parts));
        }
    }

    /// Tells everybody the same.
    pub(super) fn tell_all(&self, told: &Told) {
        for seat in self.lock().seats.values() {
            let _ = seat.send(told.clone());
        }
    }

    /// Ends all waiting. What is left to do for those who waited is done when the answer comes;
    /// nothing comes where that is nobody's any more.
    pub(super) fn close(&self) -> oneshot::Receiver<()> {
        let (done, told) = oneshot::channel();
        let mut taken = self.lock();
        taken.closed = true;
        for (number, seat) in taken.seats.drain() {
            let _ = seat.send(Told::Closed);
            let _ = self.errands.send(Errand::Leave(number));
        }
        drop(taken);
        let _ = self.errands.send(Errand::Tell(done));
        self.bell.notify_one();
        told
    }
}

impl Seat {
    /// What it is told next. Cancel-safe.
    pub(super) async fn told(&mut self) -> Told {
        self.told.recv().await.unwrap_or(Told::Closed)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Once it is out of the list nothing more can come.
        self.seats.lock().seats.remove(&self.number);
        if self.parked {
            let _ = self.seats.errands.send(Errand::Leave(self.number));
        }
        while let Ok(told) = self.told.try_recv() {
            if let Told::Lease(parts) = told {
                let _ = self.seats.errands.send(Errand::GiveBack(parts));
            }
        }
    }
}
