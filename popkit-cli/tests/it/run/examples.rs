//! The plans in `examples/plans`.

use std::path::{Path, PathBuf};

use popkit_coordinator::plan::{Plan, check_environment};
use popkit_testkit::scratch;

use super::Stage;
use super::stage::Ended;

fn plans() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/plans")
}

#[test]
fn the_small_ones_run() {
    for (name, said) in [("hello.yaml", "3 of 3 done"), ("pipeline.json", "5 of 5 done")] {
        let (stage, state) = (Stage::new(""), scratch());
        let plan = plans().join(name);
        let args = ["run", plan.to_str().unwrap(), "--state-dir", state.path().to_str().unwrap()];
        let mut command = stage.popkit(&args);
        let ended: Ended = command.env("TMPDIR", state.path()).output().unwrap().into();
        assert_eq!(ended.code, Some(0), "{name}: {}", ended.stderr);
        assert!(ended.stderr.contains(said), "{name}: {}", ended.stderr);
    }
}

/// It takes minutes to run; that it could be run is checked here.
#[test]
fn the_release_check_is_sound() {
    let plan = Plan::load(plans().join("release-check.toml")).unwrap();
    assert_eq!(check_environment(&plan), []);
}
