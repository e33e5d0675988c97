//! Integration tests of popkit-coordinator, in one binary.

mod process;
