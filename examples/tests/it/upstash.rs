//! The example on Upstash, on a double of its own and on one that the variables name.

use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::Shutdown;
use popkit_coordinator::machine::Start;
use popkit_coordinator::runtime::{Coordinator, CoordinatorOptions, Pace};
use popkit_protocol::{
    Clock as _, Kinds, Namespace, Objective, Profile, RandomIds, SystemClock, Topic,
};
use popkit_store::{Claimant, RedisOptions, TaskStore, Waiter};
use popkit_testkit::{UpstashDouble, UpstashOptions};
use popkit_transport::{RedisTransportOptions, TransportExt as _};

use super::redis::{example, text};

const DOUBLE: &str = "no UPSTASH_REDIS_REST_URL: this is a double of the service";

#[test]
fn without_variables_it_runs_on_a_double_and_says_so() {
    let ended = example("upstash_rest").output().expect("it starts");
    let text = text(&ended);
    assert!(ended.status.success() && text.starts_with(DOUBLE), "{text}");
    finished(&text);
}

#[tokio::test]
async fn with_variables_it_runs_on_the_service_that_they_name() {
    let double = UpstashDouble::start(UpstashOptions::default()).await;
    let mut example = example("upstash_rest");
    example.env("UPSTASH_REDIS_REST_URL", double.url());
    example.env("UPSTASH_REDIS_REST_TOKEN", double.token());
    let ended = example.output().expect("it starts");
    let text = text(&ended);
    assert!(ended.status.success() && !text.contains(DOUBLE), "{text}");
    assert!(!text.contains(double.token()), "{text}");
    finished(&text);
    let last = text.trim_end().lines().last();
    let told = last.and_then(|line| line.split_whitespace().nth(4)).and_then(|n| n.parse().ok());
    // What scripts run is known in the usual case alone.
    let (billed, told): (u64, u64) = (double.commands(), told.expect("a number"));
    assert!(told <= billed && billed <= told * 5 / 4, "{billed}: {text}");
}

/// Messages and tasks of one process, with nothing to do: five minutes of the defaults (and of a
/// lease of 30 s) in a fiftieth of the time.
#[tokio::test(flavor = "multi_thread")]
async fn p16_an_idle_process_costs_at_most_six_commands_a_minute_and_three_with_hints() {
    for (hints, most) in [("", 6), ("&sse=on", 3)] {
        let double = UpstashDouble::start(UpstashOptions::default()).await;
        let (token, at) = (double.token(), double.addr());
        let url = format!("http://:{token}@{at}?poll_least=5ms&poll_most=300ms{hints}");
        let options: RedisTransportOptions = url.parse().expect("a URL");
        let transport = options.open().await.expect("it opens");
        let mut waiting = tokio::task::JoinSet::new();
        for topic in [Topic::Results, Topic::Insights, Topic::Broadcast] {
            let lane = Namespace::unnamed().channel(&topic);
            let mut reader = transport.subscribe(&[lane]).await.expect("it reads");
            waiting.spawn(async move { drop(reader.next().await) });
        }
        let options: RedisOptions = url.parse().expect("a URL");
        let store: Arc<dyn TaskStore> = Arc::new(options.open().await.expect("it opens"));
        let profile = Profile::new("idle".try_into().expect("a name"), Kinds::Any, []);
        let who = Claimant::new(&RandomIds, profile).with_lease(Duration::from_millis(600));
        waiting.spawn(async move {
            let claim = who.wants(1, &RandomIds);
            let waiter = Waiter::new(who.holder, 0, claim, Duration::from_secs(3600));
            drop(store.wait(waiter).await);
        });
        // The pauses grow meanwhile, and hints are proven.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut all = 0;
        for _ in 0..5 {
            double.reset_counts();
            tokio::time::sleep(Duration::from_millis(1200)).await;
            let billed = double.commands();
            assert!(billed <= most, "{billed} of {most}: {:?}", double.counts());
            all += billed;
        }
        assert!(waiting.try_join_next().is_none(), "somebody was told something");
        assert!(all > 0, "nobody asked");
    }
}

/// A coordinator that nobody speaks to, of the pace and the lease of a billed service. The
/// original polled 1,749 times a second.
#[tokio::test(flavor = "multi_thread")]
async fn p16_an_idle_coordinator_asks_seldom() {
    let double = UpstashDouble::start(UpstashOptions::default()).await;
    let url = format!("http://:{}@{}", double.token(), double.addr());
    let options: RedisOptions = url.parse().expect("a URL");
    let store = options.open().await.expect("it opens");
    let transport = popkit_transport::open(&url).await.expect("it opens");
    let options = CoordinatorOptions::new("test")
        .with_pace(Pace::BILLED)
        .with_lease(Duration::from_secs(180));
    let tasks: Arc<dyn TaskStore> = Arc::new(store.clone());
    let coordinator = Coordinator::new(Arc::new(store), transport, options).expect("it is set up");
    let coordinator = coordinator.with_tasks(tasks);
    let now = SystemClock.now();
    let objective = Objective::new(&RandomIds, now, "wait");
    coordinator.begin(Start::new(objective, 1, now)).await.expect("it begins");
    let shutdown = Shutdown::new();
    let idle = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        double.reset_counts();
        tokio::time::sleep(Duration::from_secs(15)).await;
        let billed = double.commands();
        // A quarter of a minute of: a look at the messages each 15 s or more seldom, once the
        // pauses have grown; one at the tasks; what changed in the documents.
        assert!(billed <= 30, "{billed}: {:?}", double.counts());
        shutdown.drain();
    };
    let (ended, ()) = tokio::join!(coordinator.run(&shutdown), idle);
    assert_eq!(ended.expect("it leads"), None);
}

fn finished(text: &str) {
    for line in [
        "writer-1: draft is finished",
        "writer-1: review is finished",
        "writer-1: publish is finished",
        "3 done, 0 open; ",
    ] {
        assert!(text.contains(line), "no {line:?} in: {text}");
    }
}
