//! Child processes that a test can kill, stop and resume. Not here: finding the program
//! ([`crate::binary()`]).

mod capture;
mod handle;

pub use handle::Child;
