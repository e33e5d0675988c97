//! The conformance suite over REST: one double per case; and what hints may have a part in, with
//! hints that fail.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use async_trait::async_trait;
use popkit_protocol::{Durability, ManualClock, Push};
use popkit_testkit::{FaultProxy, StreamFault, UpstashDouble, UpstashOptions};
use popkit_transport::conformance::{self, Harness, Tuning};
use popkit_transport::{Capabilities, Result, Transport, transport_conformance_suite};

use super::OPTIONS;
use crate::redis::{expected, options_at};

/// A double of a case's own, behind a net that can be cut.
struct Service {
    double: UpstashDouble,
    proxy: FaultProxy,
    sse: bool,
    /// Whether each handle is as of another process, and shares nothing.
    apart: bool,
    opened: AtomicU32,
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("sse", &self.sse).finish_non_exhaustive()
    }
}

impl Service {
    fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let double = runtime.block_on(UpstashDouble::start(UpstashOptions::default()));
        let proxy = FaultProxy::start(double.addr());
        Self { double, proxy, sse: false, apart: false, opened: AtomicU32::new(0) }
    }

    fn apart(self) -> Self {
        Self { apart: true, ..self }
    }

    fn hinted(self) -> Self {
        Self { sse: true, ..self }
    }

    /// With hints of which each stream goes wrong like this.
    fn faulty(self, fault: StreamFault) -> Self {
        self.double.faults().next_stream(100_000, fault);
        self.hinted()
    }
}

#[async_trait]
impl Harness for Service {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        let number = if self.apart { self.opened.fetch_add(1, Relaxed) } else { 0 };
        let (token, at) = (self.double.token(), self.proxy.addr());
        let sse = if self.sse { "on" } else { "off" };
        let silence = 300_000 + number;
        let url = format!("http://:{token}@{at}?{OPTIONS}&sse={sse}&silence={silence}ms");
        Ok(Arc::new(options_at(&url, name, tuning)?.open().await?))
    }

    /// The server's clock is nobody's to turn.
    fn clock(&self) -> Option<Arc<ManualClock>> {
        None
    }

    fn expected_capabilities(&self) -> Capabilities {
        let mut expected = expected(Durability::Process);
        expected.push = if self.sse { Push::Everywhere } else { Push::Poll };
        expected.latest_every = std::time::Duration::from_secs(60);
        expected
    }

    async fn cut(&self, _: &str) -> bool {
        self.proxy.reset_all();
        true
    }
}

transport_conformance_suite!(polled, Service::new());
transport_conformance_suite!(hinted, Service::new().apart().hinted());

/// Cases in which somebody waits, all on one double.
fn waiting_cases(harness: &dyn Harness) {
    let nouns = ["subscribe", "order", "wake", "repeat", "cut", "close", "reset", "latest", "race"];
    let is_about = |name: &str| nouns.iter().any(|noun| name.starts_with(&format!("{noun}::")));
    let cases: Vec<_> = conformance::all().into_iter().filter(|case| is_about(case.name)).collect();
    assert!(cases.len() > 30, "{}", cases.len());
    for case in cases {
        // Shown where one fails.
        println!("{}", case.name);
        conformance::run(case.start(harness));
    }
}

#[test]
fn hints_that_go_silent_change_nothing() {
    waiting_cases(&Service::new().faulty(StreamFault::SilentAfter(2)));
}

#[test]
fn hints_that_are_lost_change_nothing() {
    waiting_cases(&Service::new().apart().faulty(StreamFault::CutAfter(3)));
}

#[test]
fn hints_that_come_twice_change_nothing() {
    waiting_cases(&Service::new().faulty(StreamFault::Duplicate(2)));
}
