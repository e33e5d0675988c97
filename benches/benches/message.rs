//! Publishing with criterion: memory, files relaxed and durable.

// A bench has nobody to hand an error to.
#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use popkit_benches::message::{Load, publish};
use popkit_transport::{Durability, FileOptions, MemoryTransport, Transport};
use tokio::runtime::Builder;

/// Messages per measured batch: enough that opening does not count.
const MESSAGES: usize = 512;

fn message(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let files = |name: &str, durability| -> Arc<dyn Transport> {
        let options = FileOptions::new(folder.path().join(name)).durability(durability);
        Arc::new(runtime.block_on(options.open()).expect("a transport"))
    };
    let transports: [(&str, Arc<dyn Transport>); 3] = [
        ("memory", Arc::new(MemoryTransport::new())),
        ("file_relaxed", files("relaxed", Durability::CrashSafe)),
        ("file_durable", files("durable", Durability::PowerSafe)),
    ];
    let mut group = criterion.benchmark_group("publish");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (name, transport) in &transports {
        group.bench_function(*name, |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let found = runtime.block_on(publish(transport, Load::one_by_one(MESSAGES)));
                    let found = black_box(found.expect("it publishes"));
                    spent += Duration::from_secs_f64(1.0 / found.per_second);
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, message);
criterion_main!(benches);
