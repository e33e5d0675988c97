//! The conformance suite on Redis: by a clock of the suite's own, the model included, and by
//! the server's clock over every way of talking to one.

#![allow(clippy::unwrap_used, reason = "helpers of tests have nothing better to do")]

mod agent;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};
use std::thread;

use popkit_protocol::{ManualClock, Namespace, SessionId};
use popkit_store::conformance::{Case, Harness, conformance_suite};
use popkit_store::{
    ClockSource, Durability, Opened, Push, Reach, RedisOptions, Result, StoreCapabilities,
};
use popkit_testkit::{Aof, RedisOptions as ServerOptions, RedisServer};

use self::agent::Agent;
use super::users;

/// Where the stores of a case are. Each store is a session.
#[derive(Debug)]
struct RedisHarness<S> {
    url: String,
    clock: Option<Arc<ManualClock>>,
    durability: Durability,
    /// Ends with the harness.
    _server: S,
}

impl RedisHarness<RedisServer> {
    fn with_clock() -> Self {
        let server = RedisServer::start(ServerOptions::default().aof(Aof::Off));
        let mut harness = Self::by_server(&server.url(), Durability::Process, server);
        harness.clock = Some(Arc::default());
        harness
    }

    fn always() -> Self {
        let server = RedisServer::start(ServerOptions::default().aof(Aof::Always));
        let url = format!("{}?protocol=resp3", server.url());
        Self::by_server(&url, Durability::PowerSafe, server)
    }
}

impl<S> RedisHarness<S> {
    fn by_server(url: &str, durability: Durability, server: S) -> Self {
        let lead = if url.contains('?') { '&' } else { '?' };
        let url = format!("{url}{lead}timeout=20s&connect_timeout=20s");
        Self { url, clock: None, durability, _server: server }
    }
}

#[async_trait::async_trait]
impl<S: std::fmt::Debug + Send + Sync> Harness for RedisHarness<S> {
    async fn open(&self, name: &str) -> Result<Opened> {
        let session = SessionId::new(name).unwrap();
        let options: RedisOptions = self.url.parse()?;
        let options = options.namespace(Namespace::of(&session));
        let options = match &self.clock {
            Some(clock) => options.clock(Arc::clone(clock) as _),
            None => options,
        };
        Ok(Opened::of(&options.open().await?))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        self.clock.clone()
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        let mut able = StoreCapabilities::least();
        able.reach = Reach::Network;
        able.durability = self.durability;
        able.clock = if self.clock.is_some() { ClockSource::Injected } else { ClockSource::Server };
        able.push = Push::Everywhere;
        able.hand_off = true;
        able.shared = true;
        able
    }
}

conformance_suite!(own_clock, RedisHarness::with_clock());
conformance_suite!(server_clock_resp3_aof_always, RedisHarness::always());

/// Every case against one server, several at once: for servers that take long to start.
fn all_cases(harness: &dyn Harness) {
    some_cases(12, |_| true, |case| popkit_store::conformance::run(case.start(harness)));
}

/// The same with the cases that are wanted, by their names, and so many of them at once.
pub(super) fn some_cases(
    threads: usize,
    wanted: impl Fn(&str) -> bool,
    run: impl Fn(&Case) + Sync,
) {
    let mut cases = popkit_store::conformance::all();
    cases.retain(|case| wanted(case.name));
    assert!(!cases.is_empty());
    let cases = Mutex::new(cases);
    let failed = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(case) = { cases.lock().unwrap().pop() } {
                    if catch_unwind(AssertUnwindSafe(|| run(&case))).is_err() {
                        failed.lock().unwrap().push(case.name);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "these cases failed, see above: {failed:?}");
}

#[test]
fn all_cases_over_a_unix_socket() {
    let server = RedisServer::start(ServerOptions::default().aof(Aof::Off).unix_socket());
    let url = format!("unix:{}", server.socket().display());
    all_cases(&RedisHarness::by_server(&url, Durability::Process, server));
}

#[cfg(feature = "redis-tls")]
#[test]
fn all_cases_over_tls() {
    let server = RedisServer::start(ServerOptions::default().aof(Aof::Off).tls());
    let ca = server.ca_file().unwrap().display();
    let url = format!("{}?ca={ca}", server.url());
    all_cases(&RedisHarness::by_server(&url, Durability::Process, server));
}

#[cfg(feature = "redis-cluster")]
#[test]
fn all_cases_on_a_cluster() {
    let cluster = popkit_testkit::RedisCluster::start_opts(ServerOptions::default().aof(Aof::Off));
    let nodes: Vec<String> = cluster.nodes().iter().map(|node| node.addr().to_string()).collect();
    let url = format!("redis+cluster://{}", nodes.join(","));
    all_cases(&RedisHarness::by_server(&url, Durability::Process, cluster));
}

#[cfg(feature = "redis-sentinel")]
#[test]
fn all_cases_through_sentinels_after_a_failover() {
    let options = ServerOptions::default().aof(Aof::Off);
    let watched = popkit_testkit::RedisSentinel::start_opts(1, options);
    watched.failover();
    let hosts: Vec<String> = watched.sentinel_addrs().iter().map(ToString::to_string).collect();
    let url = format!("redis+sentinel://{}/{}", hosts.join(","), watched.service());
    all_cases(&RedisHarness::by_server(&url, Durability::Process, watched));
}

/// The users who work with tasks, with the rights of the ACL file that the program installs.
#[test]
fn all_cases_as_each_user_of_the_acl_file_who_may_write() {
    let server = users::server();
    let url = server.url_as("coordinator", Some(users::PASSWORD));
    all_cases(&RedisHarness::by_server(&url, Durability::Process, server));
    let server = users::server();
    let url = server.url_as("agent", Some(users::PASSWORD));
    all_cases(&Agent(RedisHarness::by_server(&url, Durability::Process, server)));
}
