//! What serves agents that wait over a wire that cannot block.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use popkit_protocol::layer::SplitMix64;
use popkit_protocol::{IdSource as _, RandomIds};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::look::{look, peek};
use super::news::News;
use super::watch::{Next, Told, Watch};
use crate::backend::redis::classify::Told as _;
use crate::backend::redis::tasks::{Caller, Lanes};
use crate::{Error, ErrorKind, Result, Waiter, Wake, WakeReason};

/// As long as any wait needs to be; the timer cannot express every span.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
/// How often a look whose answer was lost is made again before it is told, and the first pause
/// before that.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(100);

/// Where agents of one handle wait.
#[derive(Debug)]
pub(in crate::backend::redis) struct Lookout {
    server: Server,
    /// What serves those who wait; it ends with the lookout.
    serving: Mutex<JoinSet<()>>,
}

#[derive(Debug, Clone)]
struct Server {
    caller: Caller,
    lanes: Arc<Lanes>,
    watch: Arc<Watch>,
}

impl Lookout {
    pub(in crate::backend::redis) fn new(caller: Caller, lanes: Arc<Lanes>) -> Self {
        let watch = Arc::new(Watch::new(Arc::clone(&lanes)));
        Self { server: Server { caller, lanes, watch }, serving: Mutex::default() }
    }

    pub(in crate::backend::redis) fn close(&self) {
        self.server.watch.close();
    }

    /// See [`TaskStore::wait`](crate::TaskStore::wait).
    pub(in crate::backend::redis) async fn wait(&self, waiter: Waiter) -> Result<Wake> {
        let deadline = Instant::now() + waiter.timeout.min(LONGEST);
        self.serve();
        let claim = &waiter.claim;
        let Some(mut place) = self.server.watch.enter(&claim.profile, claim.lease) else {
            return Err(closed());
        };
        match timeout_at(deadline, place.told()).await {
            Ok(Told::Ready) => Ok(Wake::hint(WakeReason::Ready)),
            Ok(Told::Closed) => Err(closed()),
            Ok(Told::Failed(error)) => Err(error),
            Err(_) => Ok(Wake::hint(WakeReason::Timeout)),
        }
    }

    /// Starts what serves those who wait, the first time that somebody does.
    fn serve(&self) {
        let mut serving = self.serving.lock().unwrap_or_else(PoisonError::into_inner);
        // It has ended where the runtime has in which somebody waited first.
        while serving.try_join_next().is_some() {}
        if serving.is_empty() {
            serving.spawn(self.server.clone().run());
        }
    }
}

impl Server {
    async fn run(self) {
        let seed = u64::try_from(RandomIds.draw() & u128::from(u64::MAX)).unwrap_or_default();
        let mut spread = SplitMix64::new(seed);
        let stream = self.caller.keys().of("wake");
        if let Some(channel) = self.caller.hints() {
            self.caller.redis().hear(channel);
        }
        loop {
            match self.watch.next() {
                Next::End => return,
                Next::Rest => self.watch.bell.notified().await,
                Next::Look => self.look(super::SPREAD.mul_f64(spread.fraction())).await,
                Next::Read(upto, look_at) => {
                    let streams = vec![(stream.clone(), upto)];
                    let news = self.caller.redis().await_entries(streams, super::ENTRIES);
                    tokio::select! {
                        news = news => match news.told("wait") {
                            Ok(found) => {
                                let entries: Vec<_> =
                                    found.into_iter().flat_map(|(_, entries)| entries).collect();
                                self.watch.read(News::read(&entries, &self.lanes.version()));
                            }
                            Err(error) => self.watch.fail(&error),
                        },
                        () = sleep_until(look_at) => self.rested().await,
                        () = self.watch.bell.notified() => {}
                    }
                }
            }
        }
    }

    /// A rest is over. Where nothing could be claimed, one command says whether anything has
    /// happened since.
    async fn rested(&self) {
        if let Some(cursor) = self.watch.quiet_since()
            && peek(&self.caller).await.is_ok_and(|now| now == cursor)
        {
            return self.watch.rest();
        }
        self.watch.must_look();
    }

    /// Looks, and tells those who wait; or that it could not be looked.
    async fn look(&self, later: Duration) {
        let mut pause = PAUSE;
        for number in 1.. {
            match look(&self.caller, &self.lanes, || self.watch.wanted()).await {
                Ok(found) => return self.watch.found(&found, later),
                Err(error) if number < TRIES && may_pass(&error) => {
                    sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return self.watch.fail(&error),
            }
        }
    }
}

/// Whether it is worth trying again at once. What was done before the answer was lost, if
/// anything, was time's to do anyway.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Timeout)
        && error.retry_after().is_none()
}

fn closed() -> Error {
    Error::new(ErrorKind::Closed, "the store was closed")
}
