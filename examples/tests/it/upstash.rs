//! The example on Upstash, on a double of its own and on one that the variables name.

use std::sync::Arc;
use std::time::Duration;

use popkit_protocol::{Kinds, Namespace, Profile, RandomIds, Topic};
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
async fn an_idle_process_costs_at_most_six_commands_a_minute_and_three_with_hints() {
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
