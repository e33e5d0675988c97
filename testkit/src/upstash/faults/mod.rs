//! What a test has a double do wrong, request by request. Ordered through the handle only, never
//! over HTTP.

mod fault;
mod script;

pub use fault::{Fault, StreamFault};
pub use script::Faults;
