//! Asking which lanes can be claimed from.

use std::collections::BTreeSet;
use std::time::Duration;

use popkit_redis::{Command, Reply, StreamId};

use crate::Result;
use crate::backend::redis::classify::{Told as _, corrupt};
use crate::backend::redis::tasks::call::{list, number, part, text, unreadable, until};
use crate::backend::redis::tasks::{Caller, LOOK, Lanes, busy, code};

/// How often a look is made again because lanes were registered meanwhile.
const TRIES: usize = 16;

/// What a look has found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// For which lanes somebody asked.
    pub(super) asked: BTreeSet<u16>,
    /// Lanes that can be claimed from, and how many tasks: none of a lane that nobody wants.
    pub(super) lanes: Vec<(u16, usize)>,
    /// The store's time, in microseconds.
    pub(super) now: u64,
    /// When there is something to promote or to rescue.
    pub(super) timer: Option<Duration>,
    /// What the stream tells from here on is new.
    pub(super) from: StreamId,
    /// The cursor of the log, as it stands in the store's times.
    pub(super) cursor: String,
}

/// Looks for all who want lanes: `wanted` gives them by the registry as it is known.
pub(super) async fn look(
    caller: &Caller,
    lanes: &Lanes,
    wanted: impl Fn() -> BTreeSet<u16>,
) -> Result<Found> {
    for _ in 0..TRIES {
        let version = lanes.version();
        let asked = wanted();
        let codes: String = asked.iter().flat_map(|lane| code(*lane)).collect();
        let call = caller.begin(None).arg(&*version).arg(codes);
        let mut reply = list(caller.eval("wait", &LOOK, call).await?)?;
        if text(&mut reply)? == "lanes" {
            let version = text(&mut reply)?;
            lanes.learn(&version, part(&mut reply)?)?;
            continue;
        }
        let (now, next) = (text(&mut reply)?, text(&mut reply)?);
        let from: u64 = number("the time", &text(&mut reply)?)?;
        return Ok(Found {
            asked,
            now: number("the time", &now)?,
            timer: until(&now, &next)?,
            // Entries of the same millisecond may be older or newer: they are read.
            from: StreamId::new(from / 1000, 0).before(),
            lanes: read(&text(&mut reply)?)?,
            cursor: text(&mut reply)?,
        });
    }
    Err(busy())
}

/// The cursor of the log, by one command.
pub(super) async fn peek(caller: &Caller) -> Result<String> {
    let command = Command::new("HGET").args([caller.keys().tasks(), "m"]);
    let times = caller.redis().execute(command).await.told("wait")?;
    let times = times.into_option(Reply::into_text).map_err(unreadable)?;
    // See base.lua. Where nothing was ever kept the log begins.
    Ok(times
        .and_then(|times| times.get(16..28).map(str::to_owned))
        .unwrap_or_else(|| "0".repeat(12)))
}

fn read(lines: &str) -> Result<Vec<(u16, usize)>> {
    let lines = lines.split(';').filter(|line| !line.is_empty());
    lines
        .map(|line| {
            let (lane, ready) = line.split_once(' ').ok_or_else(|| {
                corrupt("a script told of a lane without how many tasks are ready in it")
            })?;
            Ok((number("a lane", lane)?, number("a count", ready)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_are_read() {
        assert_eq!(read("").unwrap(), []);
        assert_eq!(read("0 2;17 0").unwrap(), [(0, 2), (17, 0)]);
        for wrong in ["1", "x 1", "1 x", "1 1;2"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
