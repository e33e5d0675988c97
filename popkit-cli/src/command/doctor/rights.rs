//! What the user may do.

use std::time::Duration;

use popkit_protocol::{IdSource as _, Namespace, RandomIds, Topic};
use popkit_redis::{Command, Error, ErrorKind, Invocation, Redis, Reply, Result, Script, Topics};

use crate::backend::Check;
use crate::backend::server::keyspace;
use crate::context::Context;
use crate::error::CliError;

/// Tries every command that popkit's scripts use, on keys that nobody has, and answers with
/// those that the user may not run, and with those whose keys or channels it may not use. The
/// keys are gone when it ends.
static TRY: Script = Script::new("rights", include_str!("rights.lua"));
/// How long a wait for work takes where there is none.
const BLOCK: Duration = Duration::from_millis(100);

/// What the user may not do, of what an agent must.
pub(super) async fn look(cx: &Context, redis: &Redis) -> Vec<Check> {
    let keys = keyspace(cx, redis);
    let session = cx.session().map_or_else(Namespace::unnamed, Namespace::of);
    let id = format!("doctor:{:08x}", RandomIds.draw() & 0xffff_ffff);
    let key = |kind: &str| keys.key(&format!("{id}:{kind}"));
    let call = Invocation::new().keys(["s", "h", "z", "x", "l"].map(key)).arg(keys.key(&id));
    let mut bad = Vec::new();
    match redis.eval(&TRY, call).await.and_then(missing) {
        Ok(missing) if missing.is_empty() => {}
        Ok(missing) => bad.push(CliError::failed(format!(
            "the Redis user lacks what an agent needs; allow it: ACL SETUSER NAME {}",
            missing.join(" ")
        ))),
        Err(error) => bad.push(error.into()),
    }
    bad.extend(wait(redis, &key("l")).await.err().map(CliError::from));
    let channels = Topic::WELL_KNOWN.iter().chain(&Topic::TASKS);
    let channels = channels.map(|topic| session.channel(topic).to_string());
    bad.extend(listen(redis, Topics::channels(channels)).await.err().map(CliError::from));
    if bad.is_empty() {
        return vec![Check::good("rights", "all that an agent needs")];
    }
    bad.into_iter().map(|error| Check::bad("rights", error)).collect()
}

/// Reads the answer of the script: the rules that would allow what was refused.
fn missing(reply: Reply) -> Result<Vec<String>> {
    reply.into_array()?.into_iter().map(Reply::into_text).collect()
}

async fn wait(redis: &Redis, key: &str) -> Result<()> {
    let mut line = redis.dedicated()?;
    let command = Command::new("BLPOP").arg(key).arg("0.01");
    line.execute(command, BLOCK).await.map(drop)
}

async fn listen(redis: &Redis, topics: Topics) -> Result<()> {
    match redis.subscribe(topics).await {
        // Another failure is no matter of rights, and was told by others.
        Err(error) if error.kind() != ErrorKind::PermissionDenied => Ok(()),
        Err(_) => Err(Error::new(
            ErrorKind::PermissionDenied,
            "the Redis user may not listen to the channels of popkit; allow it: ACL SETUSER NAME \
             +subscribe &pop:* &tasks:*",
        )),
        Ok(_) => Ok(()),
    }
}
