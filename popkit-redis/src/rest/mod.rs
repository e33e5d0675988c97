//! The REST wire: Redis over HTTPS, as Upstash offers it. The only room that knows the HTTP
//! client and the JSON of the service. What a refusal of Redis itself means is in `classify`;
//! what is Upstash's own, and what goes wrong on the way, is here.

mod call;
mod config;
mod hint;
mod http;
mod listen;
mod open;
mod refusal;
mod wire;

pub use config::RestConfig;
pub(crate) use open::open;
pub use wire::RestWire;
