//! Waiting for work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use popkit_protocol::{IdSource as _, OutcomeKind, RandomIds, Timestamp};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::inbox::Told;
use super::seat::{Errand, Seat, Seats};
use super::serve::{Server, leave};
use crate::backend::redis::classify::corrupt;
use crate::backend::redis::tasks::call::{list, micros, number, part, text, unreadable, until};
use crate::backend::redis::tasks::{Caller, Lanes, WAIT, busy, hold, lease};
use crate::{Error, ErrorKind, Result, Waiter, Wake, WakeReason};

/// Those who do not look at a timer themselves look this much later.
const LATER: Duration = Duration::from_secs(1);
/// The least by which an agent that lives may come too late to ask.
const GRACE: Duration = Duration::from_millis(100);
/// How long an agent that was told something waits for it to come.
const ON_ITS_WAY: Duration = Duration::from_secs(2);
/// As long as any wait needs to be; the timer cannot express every span.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
/// How often the server is told of a handle whose agents wait: it sweeps the inboxes of those that
/// it was not told of for an hour.
const AGAIN: Duration = Duration::from_secs(30 * 60);
/// How often an agent asks again at once because lanes were registered meanwhile, or because
/// the connection was lost.
const TRIES: usize = 16;

/// Where agents of one handle wait.
#[derive(Debug)]
pub(in crate::backend::redis) struct Parking {
    caller: Caller,
    handle: String,
    seats: Arc<Seats>,
    errands: Mutex<Option<mpsc::UnboundedReceiver<Errand>>>,
    /// When the server was last told of the handle.
    entered: Mutex<Option<Instant>>,
    /// What serves those who wait; it ends with the parking.
    serving: Mutex<JoinSet<()>>,
}

/// What the server says of an agent that would wait.
enum Answer {
    /// There are other lanes than it knows.
    Lanes,
    /// It was told something, and is parked no more.
    Told,
    /// There is work.
    Lease(Vec<Bytes>, Timestamp),
    /// It is parked. When the next timer is, and whether it is the one to look then.
    Parked(Option<Duration>, bool),
}

impl Parking {
    pub(in crate::backend::redis) fn new(caller: Caller) -> Self {
        let (errands, todo) = mpsc::unbounded_channel();
        Self {
            caller,
            handle: format!("{:032x}", RandomIds.draw()),
            seats: Seats::new(errands),
            errands: Mutex::new(Some(todo)),
            entered: Mutex::default(),
            serving: Mutex::default(),
        }
    }

    /// Ends all waiting, and takes those who wait out on the server, so that no work is handed to
    /// them any more: for that the server has a moment.
    pub(in crate::backend::redis) async fn close(&self) {
        let done = self.seats.close();
        // Without anybody to do errands there were none.
        if self.errands.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            let _ = timeout(ON_ITS_WAY, done).await;
        }
    }

    /// Starts what serves those who wait, the first time that somebody does.
    fn serve(&self) {
        let todo = self.errands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(todo) = todo else { return };
        let server = Server::new(self.caller.clone(), self.handle.clone(), &self.seats);
        let mut serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner);
        serving.spawn(server.clone().read());
        serving.spawn(server.run_errands(todo));
    }

    /// See [`TaskStore::wait`](crate::TaskStore::wait).
    pub(in crate::backend::redis) async fn wait(
        &self,
        lanes: &Lanes,
        mut waiter: Waiter,
    ) -> Result<Wake> {
        let deadline = Instant::now() + waiter.timeout.min(LONGEST);
        if waiter.claim.ids.is_empty() {
            waiter.claim.ids.push(RandomIds.claim());
        }
        self.serve();
        let Some(mut seat) = self.seats.sit() else { return Err(closed()) };
        let mut tries = 0;
        // Whether something may still come that it was told before it was parked anew.
        let mut owed = false;
        loop {
            let asked = seat.parked;
            // From here on the server may know of it, whatever becomes of the answer.
            seat.parked = true;
            let answer = match self.ask(lanes, &waiter, (seat.number, asked)).await {
                // The request or its answer went with the connection; another is made for the
                // next. A claim that it made, if any, is rescued.
                Err(error) if tries < TRIES && is_cut(&error) && Instant::now() < deadline => {
                    tries += 1;
                    owed = true;
                    seat.parked = asked;
                    continue;
                }
                answer => answer?,
            };
            let on_its_way = matches!(answer, Answer::Told);
            let until = match answer {
                Answer::Lanes if tries < TRIES => {
                    tries += 1;
                    seat.parked = false;
                    continue;
                }
                Answer::Lanes => return Err(busy()),
                Answer::Lease(parts, now) => {
                    seat.parked = false;
                    return Ok(hand_off(lease(&parts, now)?));
                }
                // It is on its way, unless it was lost with a connection.
                Answer::Told => {
                    owed = true;
                    seat.parked = false;
                    Instant::now() + ON_ITS_WAY
                }
                Answer::Parked(next, mine) => {
                    tries = 0;
                    look_at(&waiter, next, mine).min(deadline)
                }
            };
            match told(&mut seat, until).await {
                Some(Told::Lease(parts)) => {
                    // Where it is parked anew it still has to be taken out.
                    seat.parked &= owed;
                    return handed(&parts);
                }
                Some(Told::Closed) => return Err(closed()),
                Some(Told::Look) => {
                    seat.parked &= owed;
                    owed = false;
                }
                None if on_its_way => self.seats.doubt.notify_one(),
                Some(Told::Ask) | None => {}
            }
            if Instant::now() >= deadline {
                return self.time_is_up(&mut seat).await;
            }
        }
    }

    /// Asks for work, and to be parked where there is none.
    async fn ask(
        &self,
        lanes: &Lanes,
        waiter: &Waiter,
        (seat, parked): (u64, bool),
    ) -> Result<Answer> {
        let claim = &waiter.claim;
        let eligible = lanes.eligible(&claim.profile);
        let id = claim.ids.first().map(ToString::to_string).unwrap_or_default();
        let call = self
            .caller
            .begin(None)
            .arg(&*eligible.version)
            .arg(format!("{}:{seat}", self.handle))
            .arg(hold(waiter.holder, claim))
            .arg(micros(claim.lease))
            .arg(&*eligible.lanes)
            .arg(id)
            .arg(if parked { "1" } else { "" })
            .arg(micros(silence(claim.lease)));
        let enters = self.lock_entered().is_none_or(|entered| entered.elapsed() >= AGAIN);
        let call = call.arg(if enters { "1" } else { "" });
        let mut reply = list(self.caller.eval("wait", &WAIT, call).await?)?;
        if enters {
            *self.lock_entered() = Some(Instant::now());
        }
        let word = text(&mut reply)?;
        let now = text(&mut reply)?;
        Ok(match word.as_str() {
            "lanes" => {
                lanes.learn(&now, part(&mut reply)?)?;
                Answer::Lanes
            }
            "told" => Answer::Told,
            "lease" => {
                let parts = list(part(&mut reply)?)?.map(|part| part.into_bytes());
                let parts = parts.collect::<Result<_, _>>().map_err(unreadable)?;
                Answer::Lease(parts, Timestamp::from_micros(number("the time", &now)?))
            }
            "parked" => {
                let next = until(&now, &text(&mut reply)?)?;
                Answer::Parked(next, text(&mut reply)? == "1")
            }
            other => return Err(corrupt(format!("a script answered {other:?}"))),
        })
    }

    fn lock_entered(&self) -> MutexGuard<'_, Option<Instant>> {
        self.entered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn time_is_up(&self, seat: &mut Seat) -> Result<Wake> {
        let parked = seat.parked && leave(&self.caller, &self.handle, seat.number).await?;
        let told = !parked && seat.parked;
        seat.parked = false;
        if told && let Ok(Told::Lease(parts)) = timeout(ON_ITS_WAY, seat.told()).await {
            return handed(&parts);
        }
        Ok(Wake::hint(WakeReason::Timeout))
    }
}

/// What an agent is told until then. One that is not parked any more knows already that
/// something is on its way, and need not ask.
async fn told(seat: &mut Seat, until: Instant) -> Option<Told> {
    loop {
        match timeout_at(until, seat.told()).await {
            Ok(Told::Ask) if !seat.parked => {}
            told => return told.ok(),
        }
    }
}

/// Whether the connection was lost under a call. A server that cannot be reached is told at
/// once by the next.
fn is_cut(error: &Error) -> bool {
    (error.kind(), error.outcome()) == (ErrorKind::Unavailable, OutcomeKind::Unknown)
}

/// When an agent looks by itself: at the next timer, and after its rest at the latest.
fn look_at(waiter: &Waiter, next: Option<Duration>, mine: bool) -> Instant {
    let rest = rest(waiter.claim.lease);
    let timer = next.map(|next| if mine { next } else { next + LATER });
    let now = Instant::now();
    now + timer.map_or(rest, |timer| timer.min(rest))
}

/// How long an agent rests at most: it looks often enough that the tasks of those who died are
/// rescued in time even where the one that was to look has died too.
fn rest(lease: Duration) -> Duration {
    lease.mul_f64(0.4).clamp(Duration::from_millis(50), super::REST)
}

/// After which silence an agent is passed over, as dead. One that is only late loses nothing but
/// a moment: it is told to look.
fn silence(lease: Duration) -> Duration {
    rest(lease).mul_f64(1.25) + GRACE
}

/// A lease out of the inbox. How long it lay there is not known: its holder renews it at once.
fn handed(parts: &[Bytes]) -> Result<Wake> {
    let mut lease = lease(parts, Timestamp::EPOCH)?;
    lease.remaining = lease.task.hold.as_ref().map_or(Duration::ZERO, |hold| hold.length);
    Ok(hand_off(lease))
}

fn hand_off(lease: popkit_protocol::Lease) -> Wake {
    Wake { reason: WakeReason::HandOff, leases: vec![lease] }
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the store was closed")
}
