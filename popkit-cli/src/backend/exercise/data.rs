//! Keys, scripts, streams, hand-off.

use std::time::Duration;

use popkit_redis::{Command, Error, ErrorKind, Invocation, Reply, Result, Script};
use tokio::time::Instant;

use super::{Bench, KEPT};
use crate::backend::Check;
use crate::backend::server::time;

/// How long the hand-off is waited for.
const BLOCK: Duration = Duration::from_secs(5);

/// What every script of popkit does: it reads and writes declared keys in one step.
static SCRIPT: Script = Script::new(
    "test",
    "redis.call('HSET', KEYS[1], 'value', ARGV[1])\n\
     redis.call('PEXPIRE', KEYS[1], ARGV[2])\n\
     return redis.call('HGET', KEYS[1], 'value')",
);

/// What it runs.
const COMMANDS: u64 = 3;

/// Documents and tasks are keys.
pub(super) async fn keys(bench: &Bench<'_>) -> Check {
    let key = bench.key("key");
    let done = async {
        let write = Command::new("SET").args([&*key, &*bench.id]).arg("PX").arg(KEPT);
        bench.redis.execute(write).await?.into_ok()?;
        let found = bench.redis.execute(Command::new("GET").arg(&*key)).await?;
        same(&found.into_option(Reply::into_text)?, &bench.id)?;
        let gone = bench.redis.execute(Command::new("DEL").arg(&*key)).await?.into_count()?;
        if gone == 1 { Ok("written, read and removed".to_owned()) } else { Err(lost("a key")) }
    };
    let check = Check::of("keys", done.await);
    bench.sweep(&key).await;
    check
}

/// Claims, and whatever must be whole, are scripts; called by text, and then by digest.
pub(super) async fn scripts(bench: &Bench<'_>) -> Check {
    let key = bench.key("hash");
    let done = async {
        for turn in ["first", "second"] {
            let call = Invocation::new().key(&*key).arg(turn).arg(KEPT).runs(COMMANDS);
            let found = bench.redis.eval(&SCRIPT, call).await?;
            same(&found.into_option(Reply::into_text)?, turn)?;
        }
        Ok::<_, Error>("run by digest".to_owned())
    };
    let check = Check::of("scripts", done.await);
    bench.sweep(&key).await;
    check
}

/// Messages are entries of streams.
pub(super) async fn streams(bench: &Bench<'_>) -> Check {
    let key = bench.key("stream");
    let done = async {
        let add = Command::new("XADD").arg(&*key).args(["MAXLEN", "~", "1000", "*"]);
        let id = bench.redis.execute(add.args(["message", &*bench.id])).await?.into_text()?;
        let expire = Command::new("PEXPIRE").arg(&*key).arg(KEPT);
        bench.redis.execute(expire).await?;
        let range = Command::new("XRANGE").args([&*key, &*id, "+"]);
        let read = Command::new("XREAD").args(["COUNT", "10", "STREAMS", &*key, "0"]);
        let info = Command::new("XINFO").args(["STREAM", &*key]);
        for (what, command) in [("XRANGE", range), ("XREAD", read), ("XINFO STREAM", info)] {
            if is_empty(&bench.redis.execute(command).await?) {
                return Err(lost(what));
            }
        }
        Ok::<_, Error>("an entry was added and read".to_owned())
    };
    let check = Check::of("streams", done.await);
    bench.sweep(&key).await;
    check
}

/// Agents that wait for work are parked on a list.
pub(super) async fn hand_off(bench: &Bench<'_>) -> Check {
    let key = bench.key("list");
    let done = async {
        let mut waiting = bench.redis.dedicated()?;
        let seconds = BLOCK.as_secs();
        let wait = waiting.execute(Command::new("BLPOP").arg(&*key).arg(seconds), BLOCK);
        let push = async {
            let push = Command::new("LPUSH").args([&*key, &*bench.id]);
            let pushed = Instant::now();
            bench.redis.execute(push).await.map(|_| pushed)
        };
        // The push is tried whatever becomes of the wait; its own failure ends both.
        let (taken, pushed) = tokio::try_join!(wait, push)?;
        let taken = taken.into_option(Reply::into_tuple::<2>)?;
        let value = taken.map(|[_, value]| value.into_text()).transpose()?;
        same(&value, &bench.id)?;
        Ok::<_, Error>(format!("taken over in {}", time(pushed.elapsed())))
    };
    let check = Check::of("hand-off", done.await);
    bench.sweep(&key).await;
    check
}

fn same(found: &Option<String>, expected: &str) -> Result<()> {
    if found.as_deref() == Some(expected) {
        return Ok(());
    }
    Err(lost("reading"))
}

fn lost(what: &str) -> Error {
    let message = format!(
        "{what} found nothing of what was just written; does somebody remove keys there, or does \
         the server evict them (maxmemory-policy)?"
    );
    Error::new(ErrorKind::Corrupt, message)
}

fn is_empty(reply: &Reply) -> bool {
    match reply {
        Reply::Nil => true,
        Reply::Array(items) => items.is_empty(),
        Reply::Map(pairs) => pairs.is_empty(),
        _ => false,
    }
}
