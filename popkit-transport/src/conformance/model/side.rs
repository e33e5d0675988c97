//! One of the transports that are compared: it does what it is told, and remembers what each
//! of its readers was told.

use std::collections::BTreeMap;
use std::sync::Arc;

use popkit_protocol::Channel;

use super::plan::name;
use crate::conformance::reader::Reader;
use crate::conformance::stage::{after, earliest, once};
use crate::{Event, LatestKey, Publish, SubscribeOptions, Transport};

/// What a reader was told, in words that do not depend on how a transport counts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Told {
    /// Of each channel's log, in order.
    log: BTreeMap<Channel, Vec<String>>,
    /// The newest of each latest value.
    latest: BTreeMap<(Channel, LatestKey), String>,
}

#[derive(Debug)]
struct Reading {
    reader: Reader,
    channels: Vec<Channel>,
    told: Told,
}

#[derive(Debug)]
pub(super) struct Side {
    handles: Vec<Arc<dyn Transport>>,
    readings: BTreeMap<usize, Reading>,
}

impl Told {
    /// Enters an event; whether it was a message of the log.
    fn enter(&mut self, event: Event) -> bool {
        let channel = event.channel().clone();
        let line = match event {
            Event::Message(message) => {
                let payload = String::from_utf8_lossy(&message.payload).into_owned();
                let headers: Vec<_> =
                    message.headers.iter().filter(|(n, _)| *n == "made").collect();
                let line = format!("{payload:?} {headers:?}");
                if let Some(key) = message.latest {
                    self.latest.insert((channel, key), line);
                    return false;
                }
                self.log.entry(channel).or_default().push(line);
                return true;
            }
            Event::Gap(gap) => format!("gap: {} {:?}", gap.cause.as_str(), gap.missed),
            Event::Reset { .. } => "reset".to_owned(),
        };
        self.log.entry(channel).or_default().push(line);
        false
    }
}

impl Side {
    pub(super) fn new(handles: Vec<Arc<dyn Transport>>) -> Self {
        Self { handles, readings: BTreeMap::new() }
    }

    fn handle(&self, number: usize) -> &dyn Transport {
        &*self.handles[number % self.handles.len()]
    }

    /// Publishes, one alone or all as one batch; answers with what became of each.
    pub(super) async fn publish(&mut self, handle: usize, mut messages: Vec<Publish>) -> String {
        let transport = self.handle(handle);
        let answers = if messages.len() == 1 {
            let Publish { channel, payload, opts } = messages.remove(0);
            vec![transport.publish_opts(&channel, payload, opts).await]
        } else {
            transport.publish_batch(messages).await.expect("tried")
        };
        let said = |answer: &crate::Result<_>| answer.as_ref().err().map(crate::Error::kind);
        format!("{:?}", answers.iter().map(said).collect::<Vec<_>>())
    }

    pub(super) async fn open(
        &mut self,
        number: usize,
        handle: usize,
        channels: &[usize],
        opts: SubscribeOptions,
    ) {
        let channels: Vec<_> = channels.iter().map(|channel| name(*channel)).collect();
        let reader = self.begin(handle, &channels, opts).await;
        self.readings.insert(number, Reading { reader, channels, told: Told::default() });
    }

    pub(super) async fn restart(&mut self, number: usize, handle: usize, capacity: usize) {
        let Some(mut reading) = self.readings.remove(&number) else { return };
        let saved = reading.reader.cursor().to_string();
        let opts = after(saved.parse().expect("its own text")).with_capacity(capacity);
        reading.reader = self.begin(handle, &reading.channels, opts).await;
        self.readings.insert(number, reading);
    }

    async fn begin(
        &mut self,
        handle: usize,
        channels: &[Channel],
        opts: SubscribeOptions,
    ) -> Reader {
        let begun = self.handle(handle).subscribe_opts(channels, opts).await;
        Reader::new(begun.expect("the channels can be read"))
    }

    /// Reads at most so many messages of the log, as far as they are there at once; answers
    /// with how many they were.
    pub(super) async fn read_ready(&mut self, number: usize, most: usize) -> usize {
        let Some(Reading { reader, told, .. }) = self.readings.get_mut(&number) else { return 0 };
        let mut read = 0;
        while read < most
            && let Some(event) = reader.glance().await
        {
            read += usize::from(told.enter(event));
        }
        read
    }

    /// Reads so many messages of the log, waiting for them.
    pub(super) async fn read(&mut self, number: usize, mut count: usize) {
        let Some(Reading { reader, told, .. }) = self.readings.get_mut(&number) else { return };
        while count > 0 {
            count -= usize::from(told.enter(reader.event().await));
        }
    }

    /// Reads on until this reader was told the same latest values as another; answers false
    /// where that does not come.
    pub(super) async fn read_values(&mut self, number: usize, other: &Told) -> bool {
        let Some(Reading { reader, told, .. }) = self.readings.get_mut(&number) else {
            return true;
        };
        while told.latest != other.latest {
            let next = reader.subscription.next_within(crate::conformance::reader::PATIENCE);
            let Some(event) = next.await.expect("the channel can be read") else { return false };
            told.enter(event);
        }
        true
    }

    /// All there is, each channel for itself.
    pub(super) async fn once(&mut self, handle: usize, channels: &[usize]) -> Told {
        let channels: Vec<_> = channels.iter().map(|channel| name(*channel)).collect();
        let mut told = Told::default();
        for event in self.begin(handle, &channels, once()).await.rest().await {
            told.enter(event);
        }
        told
    }

    /// The numbers of the readers there are.
    pub(super) fn readers(&self) -> Vec<usize> {
        self.readings.keys().copied().collect()
    }

    /// What a reader was told up to now.
    pub(super) fn told(&self, number: usize) -> Told {
        self.readings.get(&number).map(|reading| reading.told.clone()).unwrap_or_default()
    }
}

/// How a reader of a sequence begins.
pub(super) fn start(early: bool, capacity: usize) -> SubscribeOptions {
    let opts = if early { earliest() } else { SubscribeOptions::default() };
    opts.with_capacity(capacity)
}
