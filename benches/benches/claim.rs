//! Complete+claim with criterion: memory, SQLite relaxed and durable, Redis without a file.

// A bench has nobody to hand an error to.
#![allow(clippy::expect_used)]

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};
use popkit_benches::fixture::{self, Shape};
use popkit_benches::load;
use popkit_benches::redis::Server;
use popkit_store::{Durability, MemoryStore, TaskStore};
use popkit_testkit::Aof;
use tokio::runtime::Builder;

/// Steps per measured batch: enough that opening and filling do not count.
const STEPS: usize = 512;

fn claim(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = |name: &str, durability| {
        let folder = folder.path().join(name);
        std::fs::create_dir(&folder).expect("a folder");
        runtime.block_on(fixture::sqlite(&folder, durability)).expect("a store").tasks
    };
    let server = Server::start(Aof::Off);
    let redis = runtime.block_on(server.store()).expect("a store");
    let stores: [(&str, Arc<dyn TaskStore>); 4] = [
        ("memory", Arc::new(MemoryStore::new())),
        ("sqlite_relaxed", sqlite("relaxed", Durability::CrashSafe)),
        ("sqlite_durable", sqlite("durable", Durability::PowerSafe)),
        ("redis", Arc::new(redis)),
    ];
    let mut group = criterion.benchmark_group("complete_and_claim");
    group.sample_size(10).measurement_time(Duration::from_secs(5));
    for (name, store) in &stores {
        let shape = Shape { lanes: 4, backlog: STEPS * 2, unclaimable: 0 };
        runtime.block_on(fixture::fill(&**store, shape)).expect("it fills");
        group.bench_function(*name, |bencher| {
            bencher.iter_custom(|times| {
                let mut spent = Duration::ZERO;
                for _ in 0..times {
                    let found = runtime.block_on(load::run(store, shape, 1, STEPS));
                    let found = black_box(found.expect("it runs"));
                    spent += Duration::from_secs_f64(1.0 / found.per_second);
                }
                spent
            });
        });
    }
    group.finish();
}

criterion_group!(benches, claim);
criterion_main!(benches);
