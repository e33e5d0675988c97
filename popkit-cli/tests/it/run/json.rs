//! A run as lines of JSON.

use serde_json::Value;

use super::Stage;

#[test]
fn every_line_is_an_object_with_version_and_type() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "a", command = "echo said" },
          { id = "b", command = "exit 5", needs = ["a"] },
        ]"#,
    );
    let ended = stage.run(&["--json", "--verbose", "--agents", "1"]);
    assert_eq!(ended.code, Some(1), "{}", ended.stderr);
    let lines: Vec<Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["v"] == 1), "{}", ended.stdout);
    assert!(ended.stdout.lines().all(|line| line.starts_with(r#"{"v":1,"type":""#)));
    let kind = |kind: &str| lines.iter().filter(|l| l["type"] == kind).collect::<Vec<_>>();
    assert_eq!((kind("run.started").len(), kind("run.finished").len()), (1, 1));
    assert_eq!(lines.first().unwrap()["type"], "run.started");
    let last = lines.last().unwrap();
    assert_eq!((&last["type"], &last["outcome"]), (&"run.finished".into(), &"failed".into()));
    assert_eq!(last["problems"][0], "task b failed: exit code 5");
    let events: Vec<String> = kind("task.event")
        .iter()
        .map(|line| {
            format!("{} {}", line["task"].as_str().unwrap(), line["event"].as_str().unwrap())
        })
        .collect();
    assert_eq!(events, ["a claimed", "a completed", "b parent_ended", "b claimed", "b failed"]);
    let output = kind("task.output");
    assert_eq!((output.len(), &output[0]["line"]), (1, &"said".into()));
    assert!(!ended.stdout.contains("\"claim\""), "no halves of tokens");
}

#[test]
fn a_reader_that_goes_away_does_not_end_the_run() {
    let stage = Stage::new(
        r#"tasks = [
          { id = "a", command = "sleep 0.3" },
          { id = "b", command = "touch b.done", needs = ["a"] },
        ]"#,
    );
    let mut command = stage.popkit(&["run", "p.toml", "--json"]);
    let mut child = command
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(stage.path("b.done").exists());
}
