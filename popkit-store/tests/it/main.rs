//! The integration tests of popkit-store: one binary, for link time.

mod layers;
