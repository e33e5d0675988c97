//! A folder of messages in which one file is the fuzzer's.

use std::fs;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use popkit_protocol::{Channel, Durability, IdSource, RandomIds};
use popkit_transport::{
    Cursor, ErrorKind, Event, FileOptions, FileTransport, Place, Position, Start, SubscribeOptions,
    Transport as _, TransportExt as _,
};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::pieces;

/// The largest number of a message, in its position: what comes after it cannot be told.
const LAST: &str = ".9007199254740992.";
/// Nothing here takes as long.
const PATIENCE: Duration = Duration::from_secs(10);

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));
static ROOM: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

/// Ids whose upper half is zero: a channel's folder has no other number then, and the fuzzer's
/// files can be of it.
#[derive(Debug)]
struct LowIds;

impl IdSource for LowIds {
    fn draw(&self) -> u128 {
        RandomIds.draw() & u128::from(u64::MAX)
    }
}

/// Puts the bytes into a file of a channel that has two messages, and uses the channel.
pub(crate) fn read(place: u8, bytes: &[u8]) {
    let folder = tempfile::tempdir_in(ROOM.path()).expect("a folder");
    RUNTIME.block_on(async {
        let used = async {
            let transport = open(folder.path()).await;
            publish(&transport, "one").await.expect("an empty channel takes it");
            publish(&transport, "two").await.expect("a healthy channel takes it");
            transport.close().await.expect("it closes");
            let start = plant(&folder.path().join("messages/c"), place, bytes);
            use_again(&open(folder.path()).await, start).await;
        };
        tokio::time::timeout(PATIENCE, used).await.expect("it comes to an end");
    });
}

fn channel() -> Channel {
    Channel::new("c").expect("a name")
}

async fn open(folder: &Path) -> FileTransport {
    let options = FileOptions::new(folder.join("messages")).durability(Durability::CrashSafe);
    let options = options.ids(Arc::new(LowIds)).watch(false).poll(Duration::from_millis(1));
    options.open().await.expect("it opens")
}

async fn publish(transport: &FileTransport, text: &'static str) -> popkit_transport::Result<()> {
    transport.publish(&channel(), text).await.map(|_| ())
}

/// Writes the file that is theirs, or answers with a start that is.
fn plant(channel: &Path, place: u8, bytes: &[u8]) -> Start {
    let log = channel.join("00000000000000000001-0.log");
    let healthy = fs::read(&log).expect("it is there");
    let (head, _) = healthy.split_at(pieces::HEAD);
    let (path, content) = match place % 10 {
        0 => (log, [&healthy, &*pieces::content(bytes, healthy.len())].concat()),
        1 => (log, [head, &*pieces::content(bytes, pieces::HEAD)].concat()),
        2 => (log, bytes.to_vec()),
        3 => (log, pieces::segment(bytes)),
        4 => (channel.join("00000000000000000003-0.log"), pieces::segment(bytes)),
        5 => (channel.join("turn"), pieces::turn(bytes)),
        6 => (channel.join("turn"), bytes.to_vec()),
        7 => (channel.join("channel"), bytes.to_vec()),
        8 => {
            fs::create_dir(channel.join("latest")).expect("a folder");
            (channel.join("latest/k-a"), pieces::content(bytes, 0))
        }
        _ => {
            // The largest numbers are too long for one.
            let position = Position::new(pieces::position(bytes)).ok();
            let place = position.map(|position| (self::channel(), Place::at(position)));
            return Start::After(Cursor::from_iter(place));
        }
    };
    fs::write(path, content).expect("it can be written");
    Start::Earliest
}

async fn use_again(transport: &FileTransport, start: Start) {
    read_all(transport, start.clone()).await;
    match publish(transport, "three").await {
        Ok(()) => {
            read_all(transport, start).await;
            if let Some(told) = read_all(transport, Start::Earliest).await {
                assert_eq!(told.last().map(Vec::as_slice), Some(&b"three"[..]));
            }
        }
        Err(error) => assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}"),
    }
    transport.close().await.expect("it closes");
}

/// All messages of the log; `None` where the channel is told to be damaged, or full for ever.
async fn read_all(transport: &FileTransport, start: Start) -> Option<Vec<Vec<u8>>> {
    let opts = SubscribeOptions::default().with_start(start).once();
    let mut reader = match transport.subscribe_opts(&[channel()], opts).await {
        Ok(reader) => reader,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Corrupt, "{error}");
            return None;
        }
    };
    let mut told = Vec::new();
    while let Some(event) = reader.next().await {
        match event.expect("what can be subscribed to can be read") {
            Event::Message(message) if message.latest.is_none() => {
                if message.position.as_str().contains(LAST) {
                    return None;
                }
                told.push(message.payload.to_vec());
            }
            Event::Gap(gap) => assert_ne!(gap.missed, Some(0), "{gap:?}"),
            _ => {}
        }
    }
    Some(told)
}
