//! Seeded random lives of sessions: agents die and come back, messages are late, doubled and
//! out of order, clocks step, coordinators die between any two steps.

mod agent;
mod audit;
mod rng;
mod world;

use world::World;

/// Runs seeds, a run each, and adds up what they show.
fn runs(seeds: std::ops::Range<u64>) -> audit::Totals {
    let mut totals = audit::Totals::default();
    for seed in seeds {
        let mut world = World::new(seed);
        world.run();
        if !totals.add(seed, &world.verdict()) {
            eprintln!("seed {seed}: {}", world.story());
        }
    }
    eprintln!("{totals}");
    totals
}

// Four tests, so that they share the cores.
#[test]
fn a_thousand_random_lives_break_no_promise_1() {
    runs(0..250).check();
}

#[test]
fn a_thousand_random_lives_break_no_promise_2() {
    runs(250..500).check();
}

#[test]
fn a_thousand_random_lives_break_no_promise_3() {
    runs(500..750).check();
}

#[test]
fn a_thousand_random_lives_break_no_promise_4() {
    runs(750..1000).check();
}

/// One life, cut at every point: each input is followed by a restart, from the snapshot and
/// from the log, and both are the machine that went on.
#[test]
fn a_restart_at_any_point_changes_nothing() {
    for seed in 0..3 {
        let mut world = World::new(seed);
        world.cut_everywhere = true;
        world.run();
        assert_eq!(world.verdict().replay_mismatch, 0, "seed {seed}");
    }
}
