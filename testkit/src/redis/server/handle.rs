//! The handle on a server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::config::{self, SOCKET};
use super::url;
use crate::redis::certificate::Certificate;
use crate::redis::options::RedisOptions;
use crate::redis::process::{Instance, Port};
use crate::{Scratch, scratch};

/// A Redis server of the test's own, on loopback; killed, and its folder removed, on drop.
///
/// It also ends when the test process does, by whatever cause. Its port stays reserved while it is
/// down, and its files stay over a [`restart`](Self::restart), which shows what the
/// [`Aof`](crate::Aof) has kept. All methods take `&self`, so one thread may kill it while others
/// use it.
///
/// ```
/// use popkit_testkit::{Aof, RedisOptions, RedisServer};
///
/// let server = RedisServer::start(RedisOptions::default().aof(Aof::Always));
/// server.cli(&["SET", "key", "value"]);
/// server.kill();
/// server.restart();
/// assert_eq!(server.cli(&["GET", "key"]), "value");
/// ```
#[derive(Debug)]
pub struct RedisServer {
    pub(super) instance: Instance,
    options: RedisOptions,
    /// Absent for a server on a Unix socket.
    port: Option<Port>,
    certificate: Option<(Certificate, Scratch)>,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    ///
    /// # Panics
    ///
    /// When `redis-server` (7.0 or newer) or, for TLS, `openssl` is missing, with the command that
    /// installs it; when the server does not start, with its log.
    #[track_caller]
    #[must_use]
    pub fn start(options: RedisOptions) -> Self {
        let port = (!options.unix_socket).then(Port::reserve);
        let addr = port.as_ref().map(Port::addr);
        let certificate = (options.tls && port.is_some()).then(|| {
            let folder = scratch();
            (Certificate::issue(folder.path()), folder)
        });
        let name = match addr {
            Some(addr) => format!("redis-server at {addr}"),
            None => "redis-server on a Unix socket".to_owned(),
        };
        let made = certificate.as_ref().map(|(made, _)| made);
        let instance =
            Instance::new(name, &[], |folder| config::write(&options, folder, addr, made));
        instance.launch();
        Self { instance, options, port, certificate }
    }

    /// The URL, with the password of the default user where one was asked for: `redis://…`,
    /// `rediss://…` for TLS, `redis+unix://…` for a Unix socket.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_as("", self.options.password.as_deref())
    }

    /// The URL with the login of another user.
    #[must_use]
    pub fn url_as(&self, user: &str, password: Option<&str>) -> String {
        match &self.port {
            Some(port) => url::tcp(self.options.tls, port.addr(), user, password),
            None => url::unix(&self.socket(), user, password),
        }
    }

    /// The URL with another address in it, such as that of a [`FaultProxy`](crate::FaultProxy)
    /// before this server.
    #[must_use]
    pub fn url_via(&self, addr: SocketAddr) -> String {
        url::tcp(self.options.tls, addr, "", self.options.password.as_deref())
    }

    /// The address, the same over all restarts.
    ///
    /// # Panics
    ///
    /// When the server was started on a Unix socket alone.
    #[track_caller]
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        match &self.port {
            Some(port) => port.addr(),
            None => panic!("this server has no port: start it without `unix_socket`"),
        }
    }

    /// The Unix socket; every server has one, also beside a port. It never speaks TLS.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.instance.folder().join(SOCKET)
    }

    /// The certificate (PEM) of the authority that a client has to trust; only with TLS.
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.certificate.as_ref().map(|(made, _)| made.authority.as_path())
    }

    /// The folder with the server's files: `redis.log`, `appendonlydir/`, …
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.instance.folder()
    }

    /// What the server has logged, over all its starts.
    #[must_use]
    pub fn log(&self) -> String {
        self.instance.log()
    }

    /// The process id, which changes with every restart.
    ///
    /// # Panics
    ///
    /// When the server is down.
    #[track_caller]
    #[must_use]
    pub fn pid(&self) -> u32 {
        match self.instance.pid() {
            Some(pid) => pid,
            None => panic!("the server is down: `restart` it"),
        }
    }

    /// Whether the process runs; a paused one does.
    #[track_caller]
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.instance.pid().is_some()
    }

    /// Ends the server at once with SIGKILL, as a crash would; nothing if it is down.
    #[track_caller]
    pub fn kill(&self) {
        self.instance.kill();
    }

    /// Freezes the server with SIGSTOP. Once this returns nothing is answered; connections stay open,
    /// and new ones are even accepted, by the system.
    #[track_caller]
    pub fn pause(&self) {
        self.instance.pause();
    }

    /// Lets a [paused](Self::pause) server go on.
    #[track_caller]
    pub fn resume(&self) {
        self.instance.resume();
    }

    /// Ends the server in good order, its files synced; nothing if it is down.
    ///
    /// # Panics
    ///
    /// When it does not end in time.
    #[track_caller]
    pub fn stop(&self) {
        self.instance.stop();
    }

    /// Starts the server again with the same port and files, and waits until it answers; one that
    /// runs is [stopped](Self::stop) first.
    ///
    /// # Panics
    ///
    /// When it does not start, with its log.
    #[track_caller]
    pub fn restart(&self) {
        self.instance.stop();
        self.instance.launch();
    }
}

#[cfg(test)]
mod tests;
