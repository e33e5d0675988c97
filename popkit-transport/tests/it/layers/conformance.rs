//! Each layer, and all of them stacked, passes the suite over memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use popkit_protocol::ManualClock;
use popkit_transport::conformance::{Harness, Tuning, transport_conformance_suite};
use popkit_transport::layer::{CircuitBreaker, Fault, Retry, Timeout};
use popkit_transport::{Capabilities, MemoryOptions, MemoryTransport, Result, Transport};

/// Memory transports with layers around them.
#[derive(Debug)]
struct Layered {
    clock: Arc<ManualClock>,
    memories: Mutex<HashMap<String, MemoryTransport>>,
    wrap: fn(MemoryTransport, Arc<ManualClock>) -> Arc<dyn Transport>,
}

impl Layered {
    fn new(wrap: fn(MemoryTransport, Arc<ManualClock>) -> Arc<dyn Transport>) -> Self {
        Self { clock: Arc::default(), memories: Mutex::default(), wrap }
    }
}

#[async_trait]
impl Harness for Layered {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        let mut memories = self.memories.lock().unwrap();
        let open = || {
            let options = MemoryOptions::default().clock(Arc::clone(&self.clock) as _);
            options.keep(tuning.keep).open()
        };
        let memory = memories.entry(name.to_owned()).or_insert_with(open).clone();
        // Layers of its own for each handle, as another process would have them.
        Ok((self.wrap)(memory, Arc::clone(&self.clock)))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> Capabilities {
        MemoryTransport::new().capabilities()
    }
}

fn timed<T>(inner: T) -> Timeout<T> {
    Timeout::new(inner, Duration::from_secs(60))
}

transport_conformance_suite!(
    boxed,
    Layered::new(|memory, _| {
        let boxed: Box<dyn Transport> = Box::new(memory);
        Arc::new(boxed)
    })
);
transport_conformance_suite!(faultless, Layered::new(|memory, _| Arc::new(Fault::new(memory))));
transport_conformance_suite!(timeout, Layered::new(|memory, _| Arc::new(timed(memory))));
transport_conformance_suite!(retry, Layered::new(|memory, _| Arc::new(Retry::new(memory))));
transport_conformance_suite!(
    circuit_breaker,
    Layered::new(|memory, _| Arc::new(CircuitBreaker::new(memory)))
);

#[cfg(feature = "sign")]
mod signed {
    use popkit_protocol::{Namespace, Party};
    use popkit_transport::layer::{Keyring, SessionSecret, Sign, SignOptions};

    use super::*;

    fn signed<T>(inner: T, clock: Arc<ManualClock>) -> Sign<T> {
        let secret = SessionSecret::new(*b"a secret of the conformance run").unwrap();
        let key = secret.key_of(&Party::Coordinator).unwrap();
        let options = SignOptions::default().clock(clock);
        let session = Namespace::unnamed();
        Sign::with_options(inner, &session, key, Keyring::of_session(secret), options)
    }

    transport_conformance_suite!(
        sign,
        Layered::new(|memory, clock| Arc::new(signed(memory, clock)))
    );
    transport_conformance_suite!(
        stacked,
        Layered::new(|memory, clock| {
            let retry = Retry::new(timed(Fault::new(memory)));
            Arc::new(CircuitBreaker::new(signed(retry, clock)))
        })
    );
}
