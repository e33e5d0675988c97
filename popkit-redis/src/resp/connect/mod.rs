//! How a connection comes to be: a socket, the first words, and the questions that show
//! whether it is the server that was meant.

#[cfg(feature = "cluster")]
mod cluster;
mod connector;
#[cfg(feature = "cluster")]
mod guard;
#[cfg(feature = "sentinel")]
mod sentinel;
mod session;
mod socket;
#[cfg(feature = "tls")]
mod tls;

#[cfg(feature = "cluster")]
pub(super) use cluster::ClusterSession;
pub(super) use connector::Connector;
pub(super) use session::Session;
