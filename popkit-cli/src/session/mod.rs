//! Power sessions: where one is, and what the commands about it share.
//!
//! | Room | Holds |
//! |---|---|
//! | `place` | [`Place`]: where a session is, for this process and for its children |
//! | `remembered` | the server that was chosen for one, kept in its room |
//! | `agents` | [`Agents`]: with what its agents are started, kept in its room |
//! | `file` | the files of the two |
//! | `site` | [`SessionSite`]: its tasks, documents and messages, opened |
//! | `kept` | [`Kept`]: it, as its coordinator keeps it |
//! | `person` | whether it is a person who asks |

mod agents;
mod file;
mod kept;
mod person;
mod place;
mod remembered;
mod site;

pub(crate) use agents::Agents;
pub(crate) use kept::Kept;
pub(crate) use person::{ensure_no_agent, ensure_person};
pub(crate) use place::{Place, project};
pub(crate) use site::SessionSite;
