//! Two processes and one folder: this program publishes; a second process of itself follows
//! from a cursor that it keeps, is restarted once, and goes on where it was.
//!
//! Run it: `cargo run -p popkit-examples --example two_processes`. It prints
//!
//! ```text
//! first life: insight 1
//! first life: insight 2
//! second life: insight 3
//! second life: insight 4
//! ```

use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command};
use std::time::Duration;

use popkit_protocol::{Channel, Namespace, Topic};
use popkit_transport::{Cursor, Event, FileOptions, Transport as _, TransportExt as _};

type Failure = Box<dyn std::error::Error>;

fn channel() -> Channel {
    Namespace::unnamed().channel(&Topic::Insights)
}

/// The second process: handles two messages, then ends.
async fn follow(folder: &Path, life: &str) -> Result<(), Failure> {
    let transport = FileOptions::new(folder.join("messages")).open().await?;
    let saved = folder.join("cursor.json");
    let cursor = match saved.exists() {
        true => std::fs::read_to_string(&saved)?.parse()?,
        // Nothing was read yet: from the oldest message on.
        false => Cursor::new(),
    };
    let mut reader = transport.resume(&[channel()], cursor).await?;
    for _ in 0..2 {
        let event = reader.next_within(Duration::from_secs(30)).await?;
        let Some(Event::Message(message)) = event else {
            return Err(format!("a message is due, not {event:?}").into());
        };
        writeln!(std::io::stdout(), "{life}: {}", str::from_utf8(&message.payload)?)?;
        // Saved after it was handled: a crash in between repeats a message and loses none.
        std::fs::write(&saved, reader.cursor().to_string())?;
    }
    Ok(transport.close().await?)
}

fn start(folder: &Path, life: &str) -> Result<Child, Failure> {
    Ok(Command::new(std::env::current_exe()?).arg(folder).arg(life).spawn()?)
}

async fn publish(folder: &Path) -> Result<(), Failure> {
    let transport = FileOptions::new(folder.join("messages")).open().await?;
    let channel = channel();
    let mut follower = start(folder, "first life")?;
    transport.publish(&channel, "insight 1").await?;
    transport.publish(&channel, "insight 2").await?;
    follower.wait()?;
    // Nobody reads now; it is read later.
    transport.publish(&channel, "insight 3").await?;
    let mut follower = start(folder, "second life")?;
    transport.publish(&channel, "insight 4").await?;
    let ended = follower.wait()?;
    transport.close().await?;
    if ended.success() { Ok(()) } else { Err("the second process failed".into()) }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match arguments.as_slice() {
        [folder, life] => follow(Path::new(folder), life).await,
        _ => publish(tempfile::tempdir()?.path()).await,
    }
}
