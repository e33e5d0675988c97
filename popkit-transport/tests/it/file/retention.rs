//! What is kept, and what a reader is told of the rest.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::ManualClock;
use popkit_testkit::scratch;
use popkit_transport::{FileOptions, Keep, Publish, Transport as _, TransportExt as _};

use super::support::{channel, line, logs, told};

fn size(folder: &popkit_testkit::Scratch) -> u64 {
    logs(folder).iter().map(|log| fs::metadata(log).unwrap().len()).sum()
}

#[tokio::test]
async fn p18_a_late_reader_of_more_than_a_hundred_messages_misses_none() {
    let folder = scratch();
    let transport = FileOptions::new(folder.path()).open().await.unwrap();
    let mut early = transport.subscribe(&[channel("c")]).await.unwrap();
    for n in 0..250 {
        transport.publish(&channel("c"), n.to_string()).await.unwrap();
    }
    let late = FileOptions::new(folder.path()).open().await.unwrap();
    let expected: Vec<String> = (0..250).map(|n: u32| n.to_string()).collect();
    assert_eq!(told(&late).await, expected);
    for text in &expected {
        assert_eq!(line(early.next().await.unwrap().unwrap()), *text);
    }
    transport.publish(&channel("c"), "more").await.unwrap();
    assert_eq!(line(early.next().await.unwrap().unwrap()), "more", "and it goes on");
}

#[tokio::test]
async fn the_disk_holds_what_is_kept_and_a_quarter_more() {
    let folder = scratch();
    let keep = Keep::ALL.bytes(64 * 1024);
    let transport = FileOptions::new(folder.path()).keep(keep).open().await.unwrap();
    for _ in 0..20 {
        let batch = (0..100).map(|_| Publish::new(channel("c"), vec![b'x'; 400])).collect();
        for answer in transport.publish_batch(batch).await.unwrap() {
            answer.unwrap();
        }
        assert!(size(&folder) <= 96 * 1024, "{}", size(&folder));
    }
    assert!(size(&folder) >= 64 * 1024);
    let told = told(&transport).await;
    let missed = 2000 - (told.len() - 1);
    assert_eq!(told[0], format!("-{missed} retention"));
}

#[tokio::test]
async fn age_removes_what_is_old_once_new_comes() {
    let (folder, clock) = (scratch(), Arc::new(ManualClock::default()));
    let keep = Keep::ALL.age(Duration::from_secs(100));
    let options = FileOptions::new(folder.path()).keep(keep).clock(Arc::clone(&clock) as _);
    let transport = options.open().await.unwrap();
    for n in 0..20 {
        transport.publish(&channel("c"), format!("m{n}")).await.unwrap();
        clock.advance(Duration::from_secs(30));
    }
    let told = told(&transport).await;
    // The newest is 30 s old, so four are at most 100 s old; a quarter more time may be kept.
    assert!((5..=8).contains(&told.len()), "{told:?}");
    assert!(told[0].ends_with(" retention") && told.last().unwrap() == "m19", "{told:?}");
}

#[tokio::test]
async fn a_slow_reader_goes_on_through_what_is_removed_behind_it() {
    let folder = scratch();
    let keep = Keep::ALL.messages(8);
    let transport = FileOptions::new(folder.path()).keep(keep).open().await.unwrap();
    transport.publish(&channel("c"), "0").await.unwrap();
    let mut reader = transport.replay(&[channel("c")]).await.unwrap();
    assert_eq!(line(reader.next().await.unwrap().unwrap()), "0");
    for n in 1..=100 {
        transport.publish(&channel("c"), n.to_string()).await.unwrap();
    }
    let (mut read, mut missed) = (Vec::new(), 0);
    while read.last().is_none_or(|last| last != "100") {
        let line = line(reader.next().await.unwrap().unwrap());
        match line.strip_suffix(" retention") {
            Some(count) => missed += count[1..].parse::<usize>().unwrap(),
            None => read.push(line),
        }
    }
    assert_eq!(read.len() + missed, 100);
    assert!(read.len() >= 8, "{read:?}");
}
