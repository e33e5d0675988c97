//! Which way agents work together: the choice of the mode, with reasons for people.
//!
//! | Mode | Agents | What they meet in |
//! |---|---|---|
//! | [`Native`](Mode::Native) | child processes of this program | the embedded store of the project |
//! | [`Upstash`](Mode::Upstash) | anywhere | a Redis of Upstash, over REST |
//! | [`Redis`](Mode::Redis) | wherever the server is reached | a Redis server |
//! | [`File`](Mode::File) | on this machine | plain files of the project |
//!
//! [`choose`] is pure: it gets what is [`Wanted`] and what was [`Seen`]. [`select`] looks
//! first, by the [`Probes`] of its caller, and at no more modes than it needs to.
//!
//! | Rule | |
//! |---|---|
//! | order | that of [`Wanted::priority`]; the first that can be used is taken |
//! | `redis` in it, and no `upstash` | means both, Upstash first: configurations of the originals have one word for the two |
//! | a mode is asked for | it is that one or an error, never another |
//! | native | Claude Code of [`NativeRule::version`], unless the agents have a command of their own |
//! | a tier | allows its mode and files, and a Redis where it says so |
//! | agents | the least of all limits that apply; [`AgentLimit::set_by`] says which |

mod choose;
mod error;
mod limit;
mod name;
mod seen;
mod select;
mod tier;
mod version;
mod wanted;

pub use choose::{Choice, Reason, Standing, choose};
pub use error::ModeError;
pub use limit::AgentLimit;
pub use name::Mode;
pub use seen::{Probe, Seen};
pub use select::{Probes, select};
pub use tier::{Tier, TierRule};
pub use version::Version;
pub use wanted::{NativeRule, Wanted};
