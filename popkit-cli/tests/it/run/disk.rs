//! Disks that take no more.

use std::fs;

use popkit_testkit::{ReadOnlyDir, small_fs};

use super::Stage;

const PLAN: &str = r#"tasks = [{ id = "a", command = "echo a >> log" }]"#;

#[test]
fn a_state_directory_that_takes_nothing_is_named() {
    let stage = Stage::new(PLAN);
    let Some(locked) = ReadOnlyDir::new(|_| {}) else { return };
    let state = locked.join("state");
    let ended = stage.run(&["--state-dir", state.to_str().unwrap()]);
    assert_eq!(ended.code, Some(77), "{}", ended.stderr);
    let told = format!("popkit: cannot make {}: ", state.display());
    assert!(ended.stderr.starts_with(&told), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "", "nothing ran");
}

#[test]
fn a_task_file_that_takes_nothing_is_refused_and_stays() {
    let stage = Stage::new(PLAN);
    assert_eq!(stage.run(&[]).code, Some(0));
    let before = fs::read(stage.path(".popkit/p/tasks.db")).unwrap();
    let fill = |dir: &std::path::Path| {
        fs::create_dir(dir.join("p")).unwrap();
        fs::create_dir(dir.join("p/leases")).unwrap();
        fs::write(dir.join("p/tasks.db"), &before).unwrap();
    };
    let Some(locked) = ReadOnlyDir::new(fill) else { return };
    let ended = stage.run(&["--state-dir", locked.path().to_str().unwrap()]);
    assert_ne!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(locked.path().to_str().unwrap()), "{}", ended.stderr);
    assert_eq!(fs::read(locked.join("p/tasks.db")).unwrap(), before);
    assert_eq!(stage.read("log"), "a\n", "nothing ran again");
}

#[test]
fn a_full_disk_ends_the_run_and_keeps_what_was_done() {
    // Results that together do not fit beside each other.
    let task = |i: u32| {
        format!(
            r#"{{ id = "t{i:02}", command = "head -c 60000 /dev/zero | tr '\\0' x | sed 's/.*/\"&\"/' > $POPKIT_RESULT_FILE" }}"#
        )
    };
    let tasks: Vec<String> = (0..40).map(task).collect();
    let stage = Stage::new(&format!("tasks = [{}]", tasks.join(",\n")));
    let Some(disk) = small_fs(1_000_000) else { return };
    let state = disk.path().to_str().unwrap();
    let ended = stage.run(&["--state-dir", state, "--agents", "2"]);
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert!(ended.stderr.contains("full"), "{}", ended.stderr);
    // What was done before is still known, and is not done again where there is room.
    fs::create_dir(stage.path(".popkit")).unwrap();
    let copied = std::process::Command::new("cp")
        .args(["-r", disk.join("p").to_str().unwrap(), stage.path(".popkit/p").to_str().unwrap()])
        .status()
        .unwrap();
    assert!(copied.success());
    let done = stage.tasks().iter().filter(|task| task["state"] == "done").count();
    assert!(done > 0, "some fitted");
    let ended = stage.run(&["--lease", "2s"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains(&format!("{done} of them before this run")), "{}", ended.stderr);
}
