//! Whatever fails, in whatever order: readers get the log, once and in order.

use popkit_store::layer::{FaultOptions, FaultRates, Operation};
use proptest::prelude::*;

use super::flaky::Fate;
use super::*;

fn fates() -> impl Strategy<Value = Fate> {
    prop_oneof![
        4 => Just(Fate::Pass),
        1 => Just(Fate::Refuse),
        1 => Just(Fate::Lose),
        2 => (0..4_usize).prop_map(Fate::Cut),
    ]
}

async fn survives(seed: u64, page: usize, fates: Vec<Fate>, restarts: Vec<bool>) {
    let rates = FaultRates::default().fail(0.2).lose(0.2);
    let options = [Operation::Save, Operation::Load, Operation::History]
        .into_iter()
        .fold(FaultOptions::seeded(seed), |options, operation| options.on(operation, rates));
    let mut stage = Stage::new();
    stage.store = Fault::with_options(MemoryStore::new(), options);
    stage.transport.script(fates);
    let (mut mirror, mut turn) = (None, 0_usize);
    let total = 12;
    for attempt in 0..2000 {
        if turn < total {
            stage.insert(&format!("t-{turn}")).await;
            let lease = stage.claim().await;
            if turn.is_multiple_of(3) {
                stage.finish(&lease, Outcome::Done { result: None }).await;
            }
            turn += 1;
        }
        if restarts.get(attempt).copied().unwrap_or_default() {
            mirror = None;
        }
        if mirror.is_none() {
            mirror = stage.open(page).await.ok();
        }
        let Some(open) = &mirror else { continue };
        if open.catch_up().await.is_ok() && turn == total && stage.transport.is_through() {
            break;
        }
    }
    let told = stage.told().await;
    let mut events = without_topic(&told.events());
    let mut expected = log(stage.store.inner()).await;
    assert_eq!(told.gaps, 0);
    for topic in Topic::TASKS {
        let tasks: Vec<_> = told.of(&topic).iter().map(|v| v["task_id"].to_string()).collect();
        let place = |id: &String| id.trim_matches('"')[2..].parse::<u32>().unwrap();
        assert!(tasks.is_sorted_by_key(place), "{topic:?} in the order of the log: {tasks:?}");
    }
    events.sort();
    expected.sort();
    assert_eq!(events, expected, "each event once");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_fails_readers_get_the_log_once(
        seed in any::<u64>(),
        page in 1..6_usize,
        fates in prop::collection::vec(fates(), 0..40),
        restarts in prop::collection::vec(any::<bool>(), 0..60),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(survives(seed, page, fates, restarts));
    }
}
