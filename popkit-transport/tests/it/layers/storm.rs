//! Retry over fault: thousands of messages, with answers lost on the way.

use std::collections::BTreeMap;
use std::time::Duration;

use popkit_protocol::Channel;
use popkit_transport::layer::{
    Fault, FaultOptions, FaultRates, Operation, Retry, RetryOptions, Timeout,
};
use popkit_transport::{
    Cursor, Event, MemoryTransport, Publish, Start, SubscribeOptions, Transport as _,
    TransportExt as _,
};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::support::{SECOND, memory, named};

const PUBLISHERS: u64 = 4;
const EACH: u64 = 500;
const READERS: u64 = 3;

type Stack = Retry<Timeout<Fault<MemoryTransport>>>;

/// Random numbers by an xorshift generator, one per actor.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn channels() -> [Channel; 3] {
    ["pop:results", "pop:insights", "pop:human"].map(named)
}

/// A process: its own layers, hence its own producer, over the shared faults.
fn process(fault: &Fault<MemoryTransport>, seed: u64) -> Stack {
    // Shorter than the longest delays: deadlines cut calls before and after they happen.
    let timed = Timeout::new(fault.clone(), SECOND);
    let options = RetryOptions::default().max_tries(100).deadline(SECOND * 36_000);
    Retry::with_options(timed, options.max_delay(SECOND / 2).seed(seed))
}

/// Publishes `number/0`, `number/1` … to each channel in turn by chance, alone or in batches;
/// all must be accepted. Gives what went where.
async fn publish(transport: Stack, number: u64, mut dice: Dice) -> BTreeMap<Channel, Vec<String>> {
    let mut sent: BTreeMap<Channel, Vec<String>> = BTreeMap::new();
    let mut next = 0;
    while next < EACH {
        let end = EACH.min(next + 1 + dice.below(2) * dice.below(20));
        let batch: Vec<Publish> = (next..end)
            .map(|n| {
                let channel = channels()[usize::try_from(dice.below(3)).unwrap()].clone();
                sent.entry(channel.clone()).or_default().push(format!("{number}/{n}"));
                Publish::new(channel, format!("{number}/{n}"))
            })
            .collect();
        match &batch[..] {
            [one] => drop(transport.publish(&one.channel, one.payload.clone()).await.unwrap()),
            _ => {
                for answer in transport.publish_batch(batch).await.unwrap() {
                    answer.unwrap();
                }
            }
        }
        next = end;
    }
    sent
}

/// Reads all channels until everything was read; comes back from its cursor now and then, as
/// a process does that crashed.
async fn read(fault: Fault<MemoryTransport>, seed: u64, mut dice: Dice) -> (Vec<Event>, u64) {
    let (mut told, mut repeats) = (Vec::new(), 0);
    let mut cursor = Cursor::new();
    loop {
        let transport = process(&fault, seed);
        let capacity = usize::try_from(1 + dice.below(30)).unwrap();
        let opts = SubscribeOptions::default().with_start(Start::After(cursor));
        let mut reader =
            transport.subscribe_opts(&channels(), opts.with_capacity(capacity)).await.unwrap();
        for _ in 0..dice.below(400) {
            told.push(reader.next().await.unwrap().unwrap());
            if u64::try_from(told.len()).unwrap() == PUBLISHERS * EACH {
                return (told, repeats + reader.duplicates());
            }
        }
        repeats += reader.duplicates();
        cursor = reader.cursor().to_string().parse().unwrap();
    }
}

/// What a reader was told, by channel and publisher.
fn by_publisher(told: Vec<Event>) -> BTreeMap<(Channel, String), Vec<String>> {
    let mut all: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for event in told {
        let Event::Message(delivery) = event else { panic!("{event:?}") };
        let payload = String::from_utf8(delivery.payload.to_vec()).unwrap();
        let publisher = payload.split('/').next().unwrap().to_owned();
        all.entry((delivery.channel, publisher)).or_default().push(payload);
    }
    all
}

async fn storm(seed: u64) {
    let rates = FaultRates::default().fail(0.1).lose(0.15).twice(0.05);
    let rates = rates.delay(0.1).delay_reply(0.1).longest(Duration::from_millis(1500));
    let reads = FaultRates::default().fail(0.1).lose(0.1).twice(0.1).longest(SECOND);
    let options = FaultOptions::seeded(seed).every(rates).on(Operation::Read, reads);
    let fault = Fault::with_options(memory(), options);
    let began = Instant::now();
    let (mut publishers, mut readers) = (JoinSet::new(), JoinSet::new());
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15 ^ seed);
    let mut dice = || Dice(1 + dice.below(u64::MAX - 1));
    for number in 0..PUBLISHERS {
        publishers.spawn({
            let (transport, dice) = (process(&fault, seed + number), dice());
            async move { (number, publish(transport, number, dice).await) }
        });
    }
    for number in 0..READERS {
        readers.spawn(read(fault.clone(), seed + 100 + number, dice()));
    }
    // The network goes away now and then, for less long than anybody's patience.
    let weather = {
        let fault = fault.clone();
        let mut dice = dice();
        async move {
            // Many times what the storm takes.
            for _ in 0..1000 {
                tokio::time::sleep(SECOND * u32::try_from(dice.below(30)).unwrap()).await;
                fault.down();
                tokio::time::sleep(SECOND / 2).await;
                fault.up();
            }
        }
    };
    let mut sent = BTreeMap::new();
    let mut repeats = 0;
    let all_ends = async {
        while let Some(ended) = publishers.join_next().await {
            let (number, by_channel) = ended.unwrap();
            for (channel, payloads) in by_channel {
                sent.insert((channel, number.to_string()), payloads);
            }
        }
        while let Some(ended) = readers.join_next().await {
            let (told, dropped) = ended.unwrap();
            // Nothing lost, nothing twice, and each publisher's messages in their order.
            assert!(by_publisher(told) == sent, "seed {seed}");
            repeats += dropped;
        }
    };
    tokio::select! {
        () = weather => panic!("seed {seed}: a reader waits for what does not come"),
        () = all_ends => {}
    }
    let injected = fault.injected();
    println!("seed {seed}: {injected:?}, {repeats} repeats, {:?} of virtual time", began.elapsed());
    // A storm in which nothing went wrong would prove nothing.
    assert!(injected.lost > 100 && injected.failed > 100 && injected.doubled > 20, "{injected:?}");
    assert!(injected.cut_off > 10 && repeats > 100, "{injected:?}, {repeats} repeats");
}

#[tokio::test(start_paused = true)]
async fn two_thousand_messages_with_lost_answers_are_each_told_once_and_in_order() {
    storm(1).await;
}

#[tokio::test(start_paused = true)]
async fn another_two_thousand() {
    storm(2).await;
}

#[tokio::test(start_paused = true)]
async fn without_retry_a_storm_loses_and_doubles_messages() {
    let rates = FaultRates::default().fail(0.1).lose(0.1).twice(0.1);
    let options = FaultOptions::seeded(3).every(rates).on(Operation::Read, FaultRates::default());
    let fault = Fault::with_options(memory(), options);
    let channel = named("pop:results");
    let mut refused = 0;
    for number in 0..200 {
        refused += u32::from(fault.publish(&channel, number.to_string()).await.is_err());
    }
    let told = super::support::told(fault.inner()).await;
    let mut unique = told.clone();
    unique.dedup();
    assert!(refused > 20 && unique.len() < 190 && unique.len() < told.len(), "{}", told.len());
}
