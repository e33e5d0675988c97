//! What these tests have in common.

use std::fs;
use std::path::{Path, PathBuf};

use popkit_protocol::Channel;
use popkit_transport::{
    Event, FileOptions, FileTransport, GapCause, Start, SubscribeOptions, Transport as _,
    TransportExt as _,
};

pub(crate) fn channel(name: &str) -> Channel {
    Channel::new(name).unwrap()
}

pub(crate) async fn open(folder: impl AsRef<Path>) -> FileTransport {
    FileOptions::new(folder.as_ref()).open().await.unwrap()
}

/// Publishes these texts on the channel `c`, one by one.
pub(crate) async fn publish(transport: &FileTransport, texts: &[&str]) {
    for text in texts {
        transport.publish(&channel("c"), text.to_string()).await.unwrap();
    }
}

/// All that is kept on the channel `c`, one line per event.
pub(crate) async fn told(transport: &FileTransport) -> Vec<String> {
    told_from(transport, Start::Earliest).await
}

pub(crate) async fn told_from(transport: &FileTransport, start: Start) -> Vec<String> {
    let opts = SubscribeOptions::default().with_start(start).once();
    let mut reader = transport.subscribe_opts(&[channel("c")], opts).await.unwrap();
    let mut told = Vec::new();
    while let Some(event) = reader.next().await {
        told.push(line(event.unwrap()));
    }
    told
}

pub(crate) fn line(event: Event) -> String {
    match event {
        Event::Message(delivery) => String::from_utf8(delivery.payload.to_vec()).unwrap(),
        Event::Gap(gap) => {
            let missed = gap.missed.map_or_else(|| "?".to_owned(), |missed| missed.to_string());
            assert_ne!(gap.cause, GapCause::Sequence, "the log itself knows better");
            format!("-{missed} {}", gap.cause.as_str())
        }
        Event::Reset { .. } => "reset".to_owned(),
        other => panic!("unexpected: {other:?}"),
    }
}

/// The segments of the channel `c`, oldest first.
pub(crate) fn logs(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let mut found: Vec<_> = fs::read_dir(folder.as_ref().join("c"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "log"))
        .collect();
    found.sort();
    found
}

/// Where each record of a segment begins.
pub(crate) fn records(log: &[u8]) -> Vec<usize> {
    let mark = [0xF0, b'P', b'K', b'1'];
    (0..log.len()).filter(|at| log[*at..].starts_with(&mark)).collect()
}
