//! One sentinel.

use std::net::SocketAddr;
use std::time::Duration;

use crate::redis::process::{Instance, Port, base, word};
use crate::redis::wire::{Access, Endpoint, Reply};

/// What the watched primary is called.
pub(super) const SERVICE: &str = "popkit";

/// Paces of a sentinel, in milliseconds. They are made for data centres: without these a change of
/// roles is noticed after ten seconds, another sentinel after two, and a sentinel that was stalled
/// for two seconds, as on a busy machine, does nothing for the next thirty.
///
/// A replica is fit to take over only if it has told of itself within three periods of `INFO`, or,
/// once the primary is down, within five of `PING`: shorter ones find no replica on a busy machine.
const PACES: [&str; 12] = [
    "INFO-PERIOD",
    "1000",
    "PING-PERIOD",
    "500",
    "ASK-PERIOD",
    "200",
    "PUBLISH-PERIOD",
    "200",
    "TILT-TRIGGER",
    "10000",
    "TILT-PERIOD",
    "1000",
];

/// A sentinel process.
#[derive(Debug)]
pub(super) struct Sentinel {
    instance: Instance,
    port: Port,
}

impl Sentinel {
    /// Starts a sentinel that watches `primary`, finds it down after it has been silent for `patience`,
    /// and moves the role when `quorum` of them agree on that.
    #[track_caller]
    pub(super) fn start(
        primary: SocketAddr,
        quorum: usize,
        patience: Duration,
        password: Option<&str>,
    ) -> Self {
        let port = Port::reserve();
        let name = format!("sentinel at {}", port.addr());
        let instance = Instance::new(name, &["--sentinel"], |folder| {
            let mut lines = base(folder, Some(port.addr()));
            let (ip, watched) = (primary.ip(), primary.port());
            lines.push_str(&format!("sentinel monitor {SERVICE} {ip} {watched} {quorum}\n"));
            let patience = patience.as_millis();
            lines.push_str(&format!("sentinel down-after-milliseconds {SERVICE} {patience}\n"));
            // After twice this time a move that has failed is tried again.
            lines.push_str(&format!("sentinel failover-timeout {SERVICE} 4000\n"));
            if let Some(password) = password {
                lines.push_str(&format!("sentinel auth-pass {SERVICE} {}\n", word(password)));
            }
            (lines, Access::open(Endpoint::Tcp(port.addr())))
        });
        instance.launch();
        instance.tell(&[&["SENTINEL", "DEBUG"][..], &PACES].concat());
        Self { instance, port }
    }

    /// What it has logged.
    pub(super) fn log(&self) -> String {
        self.instance.log()
    }

    /// Where it listens.
    pub(super) fn addr(&self) -> SocketAddr {
        self.port.addr()
    }

    /// Which primary it names to clients.
    #[track_caller]
    pub(super) fn master(&self) -> SocketAddr {
        let reply = self.instance.tell(&["SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE]);
        let parts = match &reply {
            Reply::List(parts) => parts.as_slice(),
            _ => &[],
        };
        let addr = match parts {
            [Reply::Text(ip), Reply::Text(port)] => format!("{ip}:{port}").parse().ok(),
            _ => None,
        };
        match addr {
            Some(addr) => addr,
            None => panic!("sentinel at {} names no primary: {reply}", self.addr()),
        }
    }

    /// Asks for a move of the role; `false` where it cannot be begun right now.
    #[track_caller]
    pub(super) fn move_role(&self) -> bool {
        match self.instance.ask(&["SENTINEL", "FAILOVER", SERVICE]) {
            Reply::Error(reason) if reason.starts_with("INPROG") => false,
            Reply::Error(reason) if reason.starts_with("NOGOODSLAVE") => false,
            Reply::Error(reason) => panic!("sentinel at {}: {reason}", self.addr()),
            _ => true,
        }
    }

    /// Whether it finds a healthy primary with a replica that is up to date, and all other sentinels.
    #[track_caller]
    pub(super) fn content(&self, others: usize) -> bool {
        let master = self.instance.tell(&["SENTINEL", "MASTER", SERVICE]);
        let number = |name| master.field(name).and_then(|text| text.parse::<usize>().ok());
        master.field("flags") == Some("master")
            && number("num-slaves") == Some(1)
            && number("num-other-sentinels") == Some(others)
            && self.replica_serves()
    }

    #[track_caller]
    fn replica_serves(&self) -> bool {
        let Reply::List(replicas) = self.instance.tell(&["SENTINEL", "REPLICAS", SERVICE]) else {
            return false;
        };
        replicas.first().is_some_and(|replica| {
            replica.field("flags") == Some("slave")
                && replica.field("master-link-status") == Some("ok")
        })
    }
}
