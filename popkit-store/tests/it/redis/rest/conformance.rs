//! The conformance suite over REST.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use popkit_protocol::{ManualClock, Namespace, SessionId};
use popkit_store::conformance::Harness;
use popkit_store::{ClockSource, Durability, Opened, Push, Reach, Result, StoreCapabilities};
use popkit_testkit::UpstashDouble;

use super::monitor::Monitor;
use super::support::{options, plain, url};
use crate::redis::conformance::{all_cases, some_cases};

/// Where the stores of a case are. Each store is a session.
#[derive(Debug)]
struct RestHarness {
    double: UpstashDouble,
    clock: Option<Arc<ManualClock>>,
    /// Whether each second handle is one over a connection, and whether the next is.
    mixed: Option<AtomicBool>,
}

impl RestHarness {
    fn start() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let double = runtime.block_on(UpstashDouble::start(plain()));
        Self { double, clock: None, mixed: None }
    }

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

#[test]
fn all_cases_over_rest_and_scripts_touch_no_key_that_they_are_not_given() {
    let harness = RestHarness::start();
    let monitor = Monitor::start(harness.double.redis());
    all_cases(&harness);
    let seen = monitor.end();
    assert!(seen.not_given.is_empty(), "{:?}", seen.not_given);
    assert!(seen.commands > 10_000, "scripts were watched: {}", seen.commands);
}

#[test]
fn every_operation_agrees_with_memory() {
    let harness = RestHarness { clock: Some(Arc::default()), ..RestHarness::start() };
    some_cases(&harness, |name| name.starts_with("model::"));
}

/// Waiting is left out: what is made ready over the one wire is found over the other after a
/// rest, see `mixed`.
#[test]
fn handles_over_rest_and_over_connections_agree() {
    let harness = RestHarness { mixed: Some(AtomicBool::new(false)), ..RestHarness::start() };
    let others = ["wait::", "rule_wait::", "capability::as_expected", "model::"];
    some_cases(&harness, |name| !others.iter().any(|other| name.starts_with(other)));
}
