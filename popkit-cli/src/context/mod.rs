//! What every command has at hand: its options and the environment, resolved.
//!
//! | Room | Holds |
//! |---|---|
//! | `options` | [`Context`]: what was asked for, by whichever of the two |
//! | `url` | URLs that name a store, messages, or both |
//! | `room` | which room of the state directory a command is for |
//! | `store` | opening its store |
//! | `variable` | the environment, and the agent that it names |

mod options;
mod room;
mod store;
mod url;
mod variable;

pub(crate) use options::Context;
pub(crate) use store::{StorePlace, file_of};
pub(crate) use url::{
    connection, is_redis, is_rest, is_server, option, shown, unknown_url, urls_of_session,
};
pub(crate) use variable::{agent, agent_of_run, var};
