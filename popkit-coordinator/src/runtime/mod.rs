//! Running the [machine](crate::machine) of a session over a real store and transport.
//!
//! A [`Coordinator`] keeps the machine's three promises: what it knows is saved before its
//! effects are done, under the guard of the leader's lease; each effect is done at least once
//! and confirmed; ticks come in time. Any number of coordinators may run for one session: one
//! leads, the others stand by and take over when its lease lapses, or at once when it hands over.
//!
//! | Document | Shape | Content |
//! |---|---|---|
//! | `leader` | text, gone with the lease | who leads: `{"holder", "name", "since"}` |
//! | `leader:term` | text | the term; its version is the epoch of all effects, and the guard of all saves |
//! | `session:snapshot` | text, or parts beside it where it is larger than 900 KiB | the machine, and how far messages and tasks were read |
//! | `objective`, `coordinator:status`, `completed:{session}` | text | as [`wire`](crate::machine) has them; the status lives 45 s (longer at a slower pace), what is completed 24 h |
//! | `state:{agent}`, `patterns:{id}` | map | patterns live 24 h; beside them the map `patterns`, for agents of the originals |
//! | `insights`, `tasks:orphaned`, `human` | list, newest first | insights in the form of the originals' hook |
//! | `approval:{id}` | text | what the guard redeems |
//! | `decision:{id}` | text | what a person decided, see [`Decision`] |
//! | `journal`, `dead` | list, newest first | the newest 500 events, the newest 100 dead letters |
//! | `streams:{stream}` | list, newest first | parts of the output of a tool: `{"agent", "index", "content"}`; an index may be there twice |
//!
//! The names are the same for every session: the documents are those of one session. A store on
//! Redis puts the session's prefix before them (`pop:objective`); of another store, give each
//! session documents of its own.
//!
//! | Room | Holds |
//! |---|---|
//! | `options` | [`CoordinatorOptions`], [`Follow`]: which tasks are the session's, [`Pace`]: how often it writes and looks |
//! | `keys` | the names of the documents |
//! | `leader` | the lease, and the term that fences every save |
//! | `kept` | the snapshot, whole or in parts |
//! | `decision` | [`Decision`]: what a person wrote down |
//! | `rulings` | decisions in, where they were written down |
//! | `hear` | messages in, as inputs |
//! | `tasks` | the task log in, as inputs |
//! | `hands` | effects out: messages, documents, checks |
//! | `record` | the log of inputs in a file, and reading it again |
//! | `driver` | one term of one leader |
//! | `coordinator` | [`Coordinator`]: beginning a session, telling it something |
//! | `run` | leading it, standing by, learning how it ended |

mod coordinator;
mod decision;
mod driver;
mod error;
mod hands;
mod hear;
mod kept;
mod keys;
mod leader;
mod options;
mod record;
mod rulings;
mod run;
mod tasks;

pub use coordinator::{Coordinator, Ended, Reporter};
pub use decision::Decision;
pub use error::RuntimeError;
pub use options::{CoordinatorOptions, Follow, Pace};
pub use record::{RecordError, read_record};
