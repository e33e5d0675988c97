//! Sessions from an issue of a tracker.

use super::Scene;

const BODY: &str = "Why it matters.\n\n## Phases\n- explore\n- **build**: make it\n";

fn issue(scene: &Scene, labels: &str) {
    let body = serde_json::to_string(BODY).unwrap();
    let text = format!(r#"{{"number":12,"title":"Tidy","body":{body},"labels":{labels}}}"#);
    scene.room.write("issue.json", &text);
}

#[test]
fn an_issue_with_a_label_gives_objective_and_phases() {
    let scene = Scene::new();
    issue(&scene, r#"[{"name":"bug"},{"name":"epic"}]"#);
    scene.run(&["--from-issue", "issue.json", "--agents", "1"], "true", 0);
    let status = scene.status();
    assert_eq!(status["phases"], serde_json::json!(["explore", "build"]));
    let objective = status["objective"].as_str().unwrap();
    assert!(objective.starts_with("Tidy\n\nWhy it matters."), "{objective}");
}

#[test]
fn an_issue_without_a_label_is_refused_unless_somebody_insists() {
    let scene = Scene::new();
    issue(&scene, r#"["bug"]"#);
    let out = scene.power(&["start", "--from-issue", "issue.json", "--", "true"]);
    out.refused(65, &["issue.json", "the issue 12", "epic", "--force"]);
    let args = ["--from-issue", "issue.json", "--force", "--agents", "1", "--phases", "a"];
    scene.run(&args, "true", 0);
    assert_eq!(scene.status()["phases"], serde_json::json!(["a"]));
}

#[test]
fn an_issue_may_come_from_standard_input_and_must_be_one() {
    let scene = Scene::new();
    let out = scene.room.feed(&["power", "start", "--from-issue", "-"], "no json");
    out.refused(65, &["standard input", "gh issue view"]);
    let out = scene.power(&["start", "x", "--from-issue", "issue.json"]);
    out.refused(64, &["--from-issue"]);
}

#[test]
fn the_boxes_of_an_issue_are_tasks_unless_the_configuration_says_otherwise() {
    let body = "## Phases\n- explore\n- implement\n\n## To do\n- [ ] one thing\n- [x] done\n- [ ] another\n";
    let text = serde_json::json!({ "title": "Tidy", "body": body, "labels": ["epic"] }).to_string();
    let script = "echo \"$POPKIT_PHASE$POPKIT_TASK_ID\" >> did; test -z \"$POPKIT_TASK_ID\" || \
                  printf '%s' \"$0\" | grep -xE 'one thing|another' >> titles";
    let scene = Scene::new();
    scene.room.write("issue.json", &text);
    scene.run(&["--from-issue", "issue.json", "--agents", "1"], script, 0);
    let read = |name| std::fs::read_to_string(scene.room.path().join(name)).unwrap_or_default();
    let mut titles: Vec<String> = read("titles").lines().map(str::to_owned).collect();
    titles.sort();
    assert_eq!(titles, ["another", "one thing"]);
    let did = read("did");
    assert!(did.starts_with("explore\n"), "the tasks are of the phase implement: {did}");
}
