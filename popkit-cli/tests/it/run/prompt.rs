//! Tasks that are words for a command.

use super::Stage;

const PLAN: &str = r#"tasks = [{ id = "ask", prompt = "What's $HOME; 'done'?" }]"#;

#[test]
fn the_prompt_takes_its_place_or_comes_last() {
    for (command, said) in [
        (&["printf", "%s|%s\\n", "--id={id}"][..], "--id=ask|What's $HOME; 'done'?\n"),
        (&["printf", "%s|%s\\n", "{prompt}", "end"][..], "What's $HOME; 'done'?|end\n"),
    ] {
        let stage = Stage::new(PLAN);
        let ended = stage.run(&[&["--json", "-v", "--"][..], command].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let lines = ended.stdout.lines().map(|l| serde_json::from_str(l).unwrap());
        let output: Vec<serde_json::Value> =
            lines.filter(|l: &serde_json::Value| l["type"] == "task.output").collect();
        assert_eq!(output.len(), 1, "{}", ended.stdout);
        assert_eq!(format!("{}\n", output[0]["line"].as_str().unwrap()), said);
    }
}

#[test]
fn agents_without_a_command_use_it_and_others_their_own() {
    let stage = Stage::new(
        r#"
        agents = [
          { name = "own", capabilities = ["x"], command = "echo own >> log" },
          { name = "plain", capabilities = ["y"] },
        ]
        tasks = [
          { id = "a", prompt = "p", capabilities = ["x"] },
          { id = "b", prompt = "p", capabilities = ["y"], needs = ["a"] },
        ]"#,
    );
    let ended = stage.run(&["--", "sh", "-c", "echo given >> log"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "own\ngiven\n");
}

#[test]
fn without_a_command_the_plan_is_refused() {
    let stage = Stage::new(PLAN);
    let ended = stage.run(&[]);
    assert_eq!(ended.code, Some(65), "{}", ended.stderr);
    assert!(ended.stderr.contains("has a prompt, but no agent has a command"), "{}", ended.stderr);
    let ended = stage.run(&["--", "echo", "{promt}"]);
    assert_eq!(ended.code, Some(64), "{}", ended.stderr);
    assert!(ended.stderr.contains("unknown placeholder {promt}"), "{}", ended.stderr);
}
