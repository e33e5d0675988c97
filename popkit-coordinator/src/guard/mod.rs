//! What the guard says about a tool call, before it is made.
//!
//! It looks at two things: files that nobody may write, and the boundaries of the session, as
//! they were stored and read back. It has no I/O but looking at the file system, and it never
//! allows anything in a person's place: [`Verdict::Silent`] is all that it says where it does
//! not object.
//!
//! ```
//! use std::path::Path;
//!
//! use popkit_coordinator::guard::{ProtectedPaths, ToolCall, Verdict};
//! use popkit_protocol::Object;
//!
//! let input = Object::default().with("file_path", "src/auth/../../.env")?;
//! let call = ToolCall::new("Write", &input, Path::new("/work/app"));
//! assert!(matches!(ProtectedPaths::default().judge(&call), Verdict::Deny(_)));
//! # Ok::<(), popkit_protocol::ParseError>(())
//! ```
//!
//! # What it does not see
//!
//! What a shell command does: which files it writes, which programs it starts. Paths are
//! judged where a tool names them in its input. A hard link to a protected file has another
//! name, and is not recognised. An agent with a shell can do what its user can; the boundary
//! there is a sandbox.
//!
//! | Room | Holds |
//! |---|---|
//! | `verdict` | [`Verdict`], [`Objection`]: the worst one counts |
//! | `call` | [`ToolCall`]: what a tool is about to do |
//! | `place` | where a path leads, as it is written and by its links |
//! | `name` | names as file systems confuse them |
//! | `path` | [`ProtectedPaths`]: files that nobody may write |
//! | `pattern` | [`PatternError`]: names with `*`, `**` and the like in them |
//! | `boundary` | [`judge`]: the boundaries of a session |
//! | `approach` | [`unconventional`]: words that look like cheating, for the record |

mod approach;
mod boundary;
mod call;
mod name;
mod path;
mod pattern;
mod place;
mod verdict;

pub use approach::unconventional;
pub use boundary::{Judgement, Violation, judge};
pub use call::ToolCall;
pub use path::ProtectedPaths;
pub use pattern::PatternError;
pub use verdict::{Objection, Verdict};
