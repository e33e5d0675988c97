//! The conformance suite over REST.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use popkit_protocol::{ManualClock, Namespace, SessionId};
use popkit_store::conformance::{Harness, run};
use popkit_store::{ClockSource, Durability, Opened, Push, Reach, Result, StoreCapabilities};
use popkit_testkit::UpstashDouble;

use super::monitor::Monitor;
use super::support::{options, plain, url};
use crate::redis::conformance::some_cases;

/// Where the stores of a case are. Each store is a session.
#[derive(Debug)]
struct RestHarness {
    double: Arc<UpstashDouble>,
    clock: Option<Arc<ManualClock>>,
    /// Whether each second handle is one over a connection, and whether the next is.
    mixed: Option<AtomicBool>,
}

fn start() -> Arc<UpstashDouble> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    Arc::new(runtime.block_on(UpstashDouble::start(plain())))
}

impl RestHarness {
    fn url(&self, name: &str) -> String {
        if self.mixed.as_ref().is_some_and(|next| next.fetch_xor(true, Ordering::Relaxed)) {
            return format!("{}?timeout=20s&connect_timeout=20s", self.double.redis().url());
        }
        // Each case has a runtime of its own, and what is open with the same configuration
        // shares its connections: so no two cases have the same.
        let number = name.bytes().fold(17_u32, |n, byte| n.wrapping_mul(31) + u32::from(byte));
        format!("{}&silence={}ms", url(&self.double), 10_000 + number % 10_000_000)
    }
}

#[async_trait::async_trait]
impl Harness for RestHarness {
    async fn open(&self, name: &str) -> Result<Opened> {
        let session = SessionId::new(name).unwrap();
        let options = options(&self.url(name)).namespace(Namespace::of(&session));
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
        able.durability = Durability::Process;
        able.clock = if self.clock.is_some() { ClockSource::Injected } else { ClockSource::Server };
        able.push = Push::Poll;
        able.hand_off = false;
        able.shared = true;
        able
    }
}

/// Each with a clock of its own, so that nothing depends on how long a call takes.
#[test]
fn all_cases_over_rest_and_scripts_touch_no_key_that_they_are_not_given() {
    let double = start();
    let monitor = Monitor::start(double.redis());
    some_cases(
        8,
        |_| true,
        |case| {
            let double = Arc::clone(&double);
            let harness = RestHarness { double, clock: Some(Arc::default()), mixed: None };
            run(case.start(&harness));
        },
    );
    let seen = monitor.end();
    assert!(seen.not_given.is_empty(), "{:?}", seen.not_given);
    assert!(seen.commands > 10_000, "scripts were watched: {}", seen.commands);
}

/// By the server's clock. Waiting is left out: what is made ready over the one wire is found over
/// the other after a rest, see `mixed`. Documents have one way alone, over whichever wire.
#[test]
fn handles_over_rest_and_over_connections_agree() {
    let others = ["wait::", "rule_wait::", "capability::as_expected", "document::", "condition::"];
    let wanted = |name: &str| !others.iter().any(|other| name.starts_with(other));
    let double = start();
    some_cases(4, wanted, |case| {
        let double = Arc::clone(&double);
        let mixed = Some(AtomicBool::new(false));
        run(case.start(&RestHarness { double, clock: None, mixed }));
    });
}
