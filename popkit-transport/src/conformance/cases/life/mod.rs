//! What a transport is able to do, how it ends, and what a cut connection does to it.

pub mod capability;
pub mod close;
pub mod cut;
