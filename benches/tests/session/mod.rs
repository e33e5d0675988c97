//! The program that measures a session under load, small.

use crate::{run, turn};

/// Each agent shares one insight of each sort.
const SMALL: [&str; 9] =
    ["--redis", "--agents", "6", "--group", "3", "--insights", "6", "--idle-s", "1"];

fn load(more: &[&str]) -> (bool, String) {
    run(env!("CARGO_BIN_EXE_session-load"), &[&SMALL[..], more].concat())
}

/// Defect P31: the benchmark of the originals simulates what it measures.
#[test]
fn p31_the_bench_measures_real_deliveries() {
    let _turn = turn();
    let (passed, text) = load(&["--kills", "1", "--lease-ms", "1500"]);
    assert!(passed, "{text}");
    // Each insight goes to the two others of its group, or to the five others of all.
    for figure in [
        "agents=6 insights=12 deliveries=42 missing=0 repeated=0 wrong=0 stray=0",
        "kills=1 unclaimed=0 wrong_claims=0 undone=0 VERDICT pass",
        "| `evalsha` |",
    ] {
        assert!(text.contains(figure), "no {figure:?} in: {text}");
    }
    let (passed, text) = load(&["--kills", "0", "--deaf", "1", "--patience-s", "1"]);
    assert!(!passed && text.contains("VERDICT FAIL"), "{text}");
    assert!(!text.contains("missing=0"), "{text}");
}
