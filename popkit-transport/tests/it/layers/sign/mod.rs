//! Signing.

mod forgery;
mod publish;
mod replay;
mod support;
