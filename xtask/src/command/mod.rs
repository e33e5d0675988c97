//! The commands, one a file. What several of them use is a level up.

pub(crate) mod ci;
pub(crate) mod examples;
pub(crate) mod interop;
pub(crate) mod package;
pub(crate) mod policy;
pub(crate) mod setup;
pub(crate) mod sizes;
pub(crate) mod test;
