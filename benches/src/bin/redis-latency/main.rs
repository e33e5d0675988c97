//! quick
use std::process::ExitCode;
use popkit_benches::redis::*;
use popkit_benches::fixture::Shape;
use popkit_benches::message::Pace;
use std::time::Duration;
fn main() -> ExitCode {
    let aof = match std::env::args().nth(1).as_deref() { Some("always") => popkit_testkit::Aof::Always, Some("everysec") => popkit_testkit::Aof::EverySec, _ => popkit_testkit::Aof::Off };
    let server = Server::start(aof);
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let steps = 5000;
    for pinned in [true, false] {
        let pin = pinned.then(|| Pinned::apart(server.pid()));
        println!("pinned {pinned}");
        for _ in 0..3 {
            for lanes in [1, 64] {
                server.clear();
                let shape = Shape { lanes, backlog: 1000, unclaimable: 0 };
                let floor = rt.block_on(async { let mut f = Floor::connect(&server).await.unwrap(); let p = f.ping(steps).await.unwrap(); server.reset(); let c = f.claim(lanes, steps).await.unwrap(); println!("ping {:.1} floor claim {:.1} p99 {:.1} server {:.1}", p.micros(50.0), c.micros(50.0), c.micros(99.0), server.stats().micros("evalsha")); c });
                let d = rt.block_on(drain(&server, Drain::alone(shape, steps))).unwrap();
                println!("lanes {lanes}: p50 {:.1} p99 {:.1} server {:.1} ratio {:.2} rt/task {} cmd/task {} scripts/task {}", d.measured.micros(50.0), d.measured.micros(99.0), d.server, d.measured.micros(50.0)/floor.micros(50.0), d.round_trips as f64/d.tasks as f64, d.commands as f64 / d.tasks as f64, d.scripts as f64/d.tasks as f64); if std::env::args().nth(2).is_some() { println!("{:#?}", server.stats()); }
            }
        }
        drop(pin);
    }
    let pin = Pinned::apart(server.pid());
    for _ in 0..3 {
        server.clear();
        let pace = || Pace::new(Duration::from_millis(5));
        rt.block_on(async {
            let f = Floor::connect(&server).await.unwrap();
            let l = f.list(300, pace()).await.unwrap();
            let c = f.channel(300, pace()).await.unwrap();
            server.reset();
            let p = pickup(&server, 300, pace()).await.unwrap();
            println!("blpop {:.1} pubsub {:.1} pickup {:.1} {:.2}; {:.1}", l.micros(50.0), c.micros(50.0), p.micros(50.0), p.micros(50.0)/l.micros(50.0), server.stats().micros("evalsha"));
        });
    }
    drop(pin);
    for workers in [1, 8, 32, 64] { for (handles, batch) in [(1, 1), (workers, 1), (1, 16)] {
        for threads in [1, 2] {
        server.clear();
        let rt = if threads == 1 { tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap() } else { tokio::runtime::Builder::new_multi_thread().worker_threads(threads).enable_all().build().unwrap() };
        let shape = Shape { lanes: 4, backlog: 1000, unclaimable: 0 };
        let d = rt.block_on(drain(&server, Drain { shape, workers, handles, batch, steps: 20000 / batch })).unwrap();
        println!("workers {workers} handles {handles} batch {batch} threads {threads}: {:.0} tasks/s server {:.1} share {:.2} p50 {:.1}", d.measured.per_second, d.server, d.share(), d.measured.micros(50.0));
    } } }
    ExitCode::SUCCESS
}
