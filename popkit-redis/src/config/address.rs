//! Where servers are.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;

/// Where one server is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Address {
    /// A host, by name or address, and a port.
    Tcp {
        /// The host; an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// A Unix socket.
    Unix(PathBuf),
}

impl Address {
    /// A host and a port.
    #[must_use]
    pub fn tcp(host: impl Into<String>, port: u16) -> Self {
        Self::Tcp { host: host.into(), port }
    }

    /// Whether what goes there cannot leave this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        let Self::Tcp { host, .. } = self else { return true };
        if host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback()) {
            return true;
        }
        let name = host.trim_end_matches('.').to_ascii_lowercase();
        name == "localhost" || name.ends_with(".localhost")
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Self::Tcp { host, port } => write!(f, "{host}:{port}"),
            Self::Unix(path) => write!(f, "{}", path.display()),
        }
    }
}

/// Which servers there are, and what they are to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Servers {
    /// One server.
    Single(Address),
    /// Nodes of a cluster; the others are learned from these.
    Cluster(Vec<Address>),
    /// Sentinels, and the name under which they watch the primary.
    Sentinel {
        /// The Sentinels.
        sentinels: Vec<Address>,
        /// The name of what they watch.
        master: String,
    },
}

impl Servers {
    /// The addresses that were given.
    #[must_use]
    pub fn addresses(&self) -> &[Address] {
        match self {
            Self::Single(address) => std::slice::from_ref(address),
            Self::Cluster(addresses) | Self::Sentinel { sentinels: addresses, .. } => addresses,
        }
    }
}

impl fmt::Display for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, address) in self.addresses().iter().enumerate() {
            write!(f, "{}{address}", if i == 0 { "" } else { "," })?;
        }
        match self {
            Self::Sentinel { master, .. } => write!(f, "/{master}"),
            Self::Single(_) | Self::Cluster(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_local() {
        for host in ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LocalHost.", "a.localhost"] {
            assert!(Address::tcp(host, 1).is_local(), "{host}");
        }
        for host in ["redis", "10.0.0.1", "::2", "localhost.example.org", "0.0.0.0"] {
            assert!(!Address::tcp(host, 1).is_local(), "{host}");
        }
        assert!(Address::Unix("/run/redis.sock".into()).is_local());
    }
}
