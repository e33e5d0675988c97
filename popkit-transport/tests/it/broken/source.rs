//! Reading with a fault: a source around a sound one.

use std::collections::BTreeMap;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::Poll;

use async_trait::async_trait;
use popkit_protocol::Channel;
use popkit_transport::{Error, ErrorKind, Event, MemoryTransport, Result, Source, Transport as _};

use super::Fault;
use super::place::Place;

/// How a reader began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Began {
    Now,
    Earliest,
    Resumed,
}

pub(super) struct BrokenSource {
    inner: Box<dyn Source>,
    place: Arc<Place>,
    memory: MemoryTransport,
    began: Began,
    /// Nothing was read yet.
    fresh: bool,
    /// The cuts that this reader has noticed.
    noticed: u64,
    waiting: BTreeMap<Channel, VecDeque<Event>>,
}

impl BrokenSource {
    pub(super) fn new(
        inner: Box<dyn Source>,
        place: Arc<Place>,
        memory: MemoryTransport,
        began: Began,
    ) -> Self {
        let noticed = place.cuts();
        let waiting = BTreeMap::new();
        Self { inner, place, memory, began, fresh: true, noticed, waiting }
    }

    fn is(&self, fault: Fault) -> bool {
        self.place.fault == fault
    }

    /// What the sound source tells at once. Dropping its future is safe for that of memory.
    async fn ready(&mut self) -> Option<Result<Vec<Event>>> {
        let mut next = self.inner.next();
        std::future::poll_fn(|cx| match next.as_mut().poll(cx) {
            Poll::Ready(told) => Poll::Ready(Some(told)),
            Poll::Pending => Poll::Ready(None),
        })
        .await
    }

    /// Fetches all there is, and tells one event of the first channel that has any.
    async fn first_channel_first(&mut self) -> Result<Vec<Event>> {
        loop {
            while let Some(told) = self.ready().await {
                let told = told?;
                if told.is_empty() {
                    break;
                }
                self.enter(told);
            }
            let first = self.waiting.values_mut().find_map(VecDeque::pop_front);
            if let Some(first) = first {
                return Ok(vec![first]);
            }
            let told = self.inner.next().await?;
            if told.is_empty() {
                return Ok(told);
            }
            self.enter(told);
        }
    }

    fn enter(&mut self, told: Vec<Event>) {
        for event in told {
            self.waiting.entry(event.channel().clone()).or_default().push_back(event);
        }
    }

    /// What is wrong with events that were fetched.
    fn alter(&self, told: Vec<Event>, first: bool) -> Vec<Event> {
        let mut altered: Vec<Event> = told
            .into_iter()
            .filter(|event| match (self.place.fault, event) {
                (Fault::GapIsUntold, Event::Gap(_))
                | (Fault::ResetIsUntold, Event::Reset { .. }) => false,
                (Fault::LatestIsSeenOnce, Event::Message(told)) => {
                    !(first && self.began == Began::Resumed && told.latest.is_some())
                }
                (Fault::MessagesAreTaken, Event::Message(told)) => {
                    self.place.take(&told.channel, &told.position)
                }
                _ => true,
            })
            .collect();
        match self.place.fault {
            Fault::NeighboursSwap => altered.chunks_mut(2).for_each(<[Event]>::reverse),
            Fault::GapIsMiscounted => altered.iter_mut().for_each(|event| {
                if let Event::Gap(gap) = event {
                    gap.missed = gap.missed.map(|missed| missed + 1);
                }
            }),
            _ => {}
        }
        altered
    }

    /// The connection was cut: the reader hears of it once, and then goes on.
    async fn fail(&mut self) -> Result<Vec<Event>> {
        match self.place.fault {
            Fault::CutLosesWhatIsNext => drop(self.ready().await),
            Fault::CutEndsReaders => return Ok(Vec::new()),
            _ => {}
        }
        Err(Error::new(ErrorKind::Unavailable, "the connection was cut"))
    }
}

#[async_trait]
impl Source for BrokenSource {
    async fn next(&mut self) -> Result<Vec<Event>> {
        let first = std::mem::take(&mut self.fresh);
        if first && self.is(Fault::NowIsTheFirstLook) && self.began == Began::Now {
            drop(self.ready().await);
        }
        let cuts = self.place.cuts();
        if std::mem::replace(&mut self.noticed, cuts) < cuts {
            return self.fail().await;
        }
        if self.is(Fault::CloseCutsReadersOff) && self.memory.ping().await.is_err() {
            return Ok(Vec::new());
        }
        loop {
            let told = match self.place.fault {
                Fault::FirstChannelFirst => self.first_channel_first().await?,
                Fault::WakeUpIsLost => match self.ready().await {
                    Some(told) => told?,
                    None => std::future::pending().await,
                },
                _ => self.inner.next().await?,
            };
            if told.is_empty() {
                return Ok(told);
            }
            let altered = self.alter(told, first);
            if !altered.is_empty() {
                return Ok(altered);
            }
        }
    }
}
