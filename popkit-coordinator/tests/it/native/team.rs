//! Programs side by side.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::native::{Fate, Restart, Team};
use popkit_coordinator::process::ChildSpec;
use popkit_testkit::scratch;

use super::shim;

#[tokio::test]
async fn a_member_that_is_killed_is_started_again() {
    let folder = scratch();
    let spec = |script: &str| {
        let mut spec = ChildSpec::new(["sh", "-c", script]);
        spec.dir = Some(folder.path().to_owned());
        spec
    };
    let fates = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&fates);
    let sink = Arc::new(move |name: &str, fate: &Fate| {
        told.lock().unwrap().push(format!("{name} {fate:?}"));
    });
    let killed = "echo x >> tries; test $(wc -l < tries) -ge 3 || kill -9 $$";
    let team = Team::new(shim(), Restart::times(3).with_delay(Duration::from_millis(5)))
        .with_member("a", spec(killed))
        .with_member("b", spec("exit 3"))
        .with_sink(sink);
    assert_eq!(team.run(&Shutdown::new()).await, 1, "one of them ended well");
    let fates = fates.lock().unwrap();
    let count = |says: &str| fates.iter().filter(|fate| fate.contains(says)).count();
    assert_eq!((count("a Started"), count("a Restarts(Signal(9))")), (3, 2), "{fates:?}");
    assert_eq!((count("a Ended(Code(0))"), count("b Ended(Code(3))")), (1, 1), "{fates:?}");
    assert_eq!(count("b Started"), 4, "{fates:?}");
}

#[tokio::test]
async fn a_shutdown_stops_all_members() {
    let folder = scratch();
    let mut spec = ChildSpec::new(["sh", "-c", "touch $0; sleep 600", "began"]);
    spec.dir = Some(folder.path().to_owned());
    let team = Team::new(shim(), Restart::default()).with_member("a", spec);
    let shutdown = Shutdown::new();
    let stop = async {
        while !folder.join("began").exists() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        shutdown.drain();
    };
    let (well, ()) = tokio::join!(team.run(&shutdown), stop);
    assert_eq!(well, 0);
}
