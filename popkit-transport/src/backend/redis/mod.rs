//! Messages on a Redis server: for every host that reaches it.
//!
//! Each channel is a stream. A message is appended and told by `PUBLISH` in one script, so
//! watchers (`PSUBSCRIBE pop:*`) and readers get the same; readers follow the stream from their
//! cursor and never rely on the `PUBLISH`.
//!
//! | Key | Holds |
//! |---|---|
//! | `pop:stream:results` | the log of `pop:results`: a stream; ids are `TIME-NUMBER` |
//! | `pop:stream:results~head` | where the log ends, and which log it is |
//! | `pop:stream:results~latest` | latest values: a hash with a field for each key |
//! | `pop:stream:results~changes` | the last changes of these, to wake readers |
//! | `pop:stream:results~PRODUCER` | how many messages an open transport has sent; gone a week later |
//! | `pop:stream:broadcast~bridge` | who runs the bridge |
//! | `popkit:pubsub:pop:results` | over REST, with `legacy=true`: what predecessors read and write |
//! | `pop:stream:results~legacy` | up to where that was imported |
//!
//! Over REST (Upstash) all is the same but for the `PUBLISH`, which nobody could hear: with
//! `sse=on` a hint goes to the session's channel `pop:wake`, `KEY ID` of the entry, and with
//! `legacy=true` the payload to the channel, as on every server.
//!
//! There a replica may answer what only reads, and be behind. Before a reader is told that a log is
//! another one, shorter or gone, a script asks again, which no replica answers; but not with a
//! token that may only read.
//!
//! All who publish into a channel keep alike: the last one's bounds are applied to all of it.
//!
//! Latest values have no age of their own: all of a channel stay as long as anything is published
//! into it, and are gone together when the channel expires. A key that nobody publishes under any
//! more, such as the id of an agent that is gone, keeps its last value until then.
//!
//! | What a user of the server needs | For |
//! |---|---|
//! | what [`popkit_redis`] needs | connecting |
//! | `+hmget +exists +xread +xrange +hgetall` | reading |
//! | `+hget +time +xadd +xtrim +xrevrange +hset +incr +incrby +set +pexpire +persist +publish`, and the above | publishing |
//! | `+subscribe +psubscribe`, and the above | the bridge |
//! | keys `~pop:*`, channels `&pop:* &tasks:*` | all of it |
//!
//! | Room | Holds |
//! |---|---|
//! | `config`, `open` | options; connecting, and what the server must promise |
//! | `keys`, `position`, `record` | keys, what a position says, a message as it is kept |
//! | `publish` | appending and telling, in Lua beside the code that calls it |
//! | `read` | the source of a subscription |
//! | `bridge` | importing what others send by `PUBLISH` alone |

mod bridge;
mod classify;
mod config;
#[cfg(test)]
mod fake;
mod keys;
mod open;
mod position;
mod publish;
mod read;
mod record;
mod shared;
mod transport;

pub use self::bridge::{Bridge, BridgeCounts};
pub use self::config::RedisTransportOptions;
pub use self::transport::{RedisTransport, Usage};
