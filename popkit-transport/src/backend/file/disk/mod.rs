//! What is in the files, and how they are written and read.
//!
//! | Room | Holds |
//! |---|---|
//! | `files`, `boot` | calls of the file system, and which start of the machine it is |
//! | `layout`, `folder` | which file is what |
//! | `record`, `segment`, `turn` | what is in the files |
//! | `window`, `scan` | going through a segment |
//! | `latest` | latest values |

pub(super) mod boot;
pub(super) mod files;
pub(super) mod folder;
pub(super) mod latest;
pub(super) mod layout;
pub(super) mod record;
pub(super) mod scan;
pub(super) mod segment;
pub(super) mod turn;
mod window;

pub(super) use self::window::Window;
