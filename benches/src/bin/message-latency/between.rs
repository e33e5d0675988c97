//! Between two processes: the second one reads, and says for each message how old it was.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use hdrhistogram::Histogram;
use popkit_benches::message::{Pace, age, channel, payload};
use popkit_benches::peer::{Peer, end_with_parent};
use popkit_benches::{Failure, load::Measured};
use popkit_transport::{Event, Transport as _, TransportExt as _};

use crate::kind::Kind;
use crate::{Bench, Role, runtime};

/// How long the second process waits for a message before it gives up.
const PATIENCE: Duration = Duration::from_secs(30);
/// What it says when it is there.
const READY: &str = "ready";

impl Bench {
    /// Starts the second process, and waits until it is there.
    pub(crate) fn peer(role: Role, more: &[String]) -> Result<Peer, Failure> {
        use clap::ValueEnum as _;
        let value = role.to_possible_value();
        let name = value.as_ref().map_or("", |value| value.get_name());
        let mut peer = Peer::start([format!("--role={name}")].iter().chain(more))?;
        match peer.hear()?.as_str() {
            READY => Ok(peer),
            other => Err(format!("the second process says {other:?}").into()),
        }
    }

    /// From publishing in this process to reading in another, over files of the default
    /// durability; the reader has the system's notices, or polls alone.
    pub(crate) fn between(&self, watch: bool, messages: usize) -> Result<Measured, Failure> {
        let folder = tempfile::tempdir_in(self.folder.path())?;
        let runtime = runtime(1)?;
        let transport = runtime.block_on(Kind::Durable.open(folder.path()))?;
        let url = format!("file:{}?watch={watch}", folder.path().join("messages").display());
        let mut reader = Self::peer(Role::Reader, &[format!("--open={url}")])?;
        // Twice a poll, so that every moment of the reader's sleep is met alike.
        let mut pace = Pace::new(Duration::from_millis(if watch { 5 } else { 100 }));
        let channel = channel()?;
        let found = listen(&mut reader, messages, || {
            runtime.block_on(async {
                tokio::time::sleep(pace.pause()).await;
                transport.publish(&channel, payload()).await
            })?;
            Ok(())
        })?;
        runtime.block_on(transport.close())?;
        Ok(found)
    }

    /// The floor: appending to a bare file that another process has watched.
    pub(crate) fn noticed(&self, messages: usize) -> Result<Measured, Failure> {
        let path = self.folder.path().join("noticed");
        let mut file = OpenOptions::new().append(true).create(true).open(&path)?;
        file.set_len(0)?;
        let open = format!("--open={}", path.display());
        let mut reader = Self::peer(Role::Notice, &[open])?;
        let mut pace = Pace::new(Duration::from_millis(5));
        listen(&mut reader, messages, || {
            std::thread::sleep(pace.pause());
            Ok(file.write_all(&payload())?)
        })
    }
}

/// Sends so many messages, each when the last one was read.
fn listen(
    reader: &mut Peer,
    messages: usize,
    mut send: impl FnMut() -> Result<(), Failure>,
) -> Result<Measured, Failure> {
    let mut histogram = Histogram::new(3)?;
    let mut spent = Duration::ZERO;
    for _ in 0..messages {
        send()?;
        let nanos: u64 = reader.hear()?.parse()?;
        spent += Duration::from_nanos(nanos);
        histogram.record(nanos)?;
    }
    #[allow(clippy::cast_precision_loss, reason = "a rate for people")]
    let per_second = messages as f64 / spent.as_secs_f64();
    Ok(Measured { histogram, per_second })
}

pub(crate) fn say(text: impl std::fmt::Display) -> Result<(), Failure> {
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

/// The second process: reads a transport.
pub(crate) fn read(url: &str) -> Result<(), Failure> {
    end_with_parent()?;
    runtime(1)?.block_on(async {
        let transport = popkit_transport::open(url).await?;
        let mut reader = transport.subscribe(&[channel()?]).await?;
        say(READY)?;
        while let Some(event) = reader.next_within(PATIENCE).await? {
            let Event::Message(message) = event else {
                return Err(format!("a message is due, not {event:?}").into());
            };
            say(age(&message.payload).ok_or("a message of somebody else")?)?;
        }
        Err("no message came".into())
    })
}

/// The second process: reads a bare file.
#[cfg(target_os = "linux")]
pub(crate) fn watch(path: &str) -> Result<(), Failure> {
    end_with_parent()?;
    let mut file = popkit_benches::message::floor::Watched::open(Path::new(path))?;
    say(READY)?;
    loop {
        say(age(&file.read_next()?).ok_or("a message of somebody else")?)?;
    }
}

/// Elsewhere the system's notices have another form.
#[cfg(not(target_os = "linux"))]
pub(crate) fn watch(path: &str) -> Result<(), Failure> {
    let path = Path::new(path).display();
    Err(format!("{path}: bare notices are read on Linux only").into())
}

/// The second process: says every line back.
pub(crate) fn echo() -> Result<(), Failure> {
    say(READY)?;
    for line in std::io::stdin().lines() {
        say(line?)?;
    }
    Ok(())
}
