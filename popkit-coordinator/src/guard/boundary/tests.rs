//! Boundaries.

use popkit_protocol::{Codec, Json, Object, Objective, RandomIds, Timestamp};

use super::*;

fn boundary(kind: BoundaryKind, value: &str, action: ViolationAction) -> Boundary {
    Boundary::new(kind, "the limit", Json::from_text(value).unwrap(), action)
}

fn call(tool: &str, key: &str, value: &str) -> ToolCall {
    let input = Object::default().with(key, value).unwrap();
    ToolCall::new(tool, &input, Path::new("/none/app/sub")).with_root("/none/app")
}

fn write(file: &str) -> ToolCall {
    call("Write", "file_path", file)
}

fn bash() -> ToolCall {
    call("Bash", "command", "ls")
}

#[track_caller]
fn verdict(all: &[Boundary], call: &ToolCall, expected: &str) {
    let found = match judge(all, call).verdict {
        Verdict::Silent => "silent",
        Verdict::Ask(_) => "ask",
        Verdict::Deny(_) => "deny",
    };
    assert_eq!(found, expected, "{call:?}");
}

#[test]
fn p22_boundaries_that_were_stored_and_read_back_still_guard() {
    use BoundaryKind::{FilePattern, HumanGate, ToolRestriction};
    let set = [
        boundary(FilePattern, r#"["src/**"]"#, ViolationAction::Block),
        boundary(ToolRestriction, r#"["Write", "Bash"]"#, ViolationAction::Block),
        boundary(HumanGate, r#""src/auth/**""#, ViolationAction::HumanRequired),
    ];
    let objective = Objective::new(&RandomIds, Timestamp::EPOCH, "x").with_boundaries(set);
    let stored = Codec::default().to_json(&objective).unwrap();
    assert!(stored.as_str().contains(r#""type":"file_pattern""#), "{stored}");
    let read: Objective = Codec::default().from_json(&stored).unwrap();
    for all in [objective.boundaries, read.boundaries] {
        verdict(&all, &write("/none/app/src/a.rs"), "silent");
        verdict(&all, &write("/none/app/docs/a.md"), "deny");
        verdict(&all, &write("../src/auth/login.rs"), "ask");
        verdict(&all, &call("Edit", "file_path", "../src/a.rs"), "deny");
    }
}

#[test]
fn the_action_says_what_follows() {
    let tools = |action| [boundary(BoundaryKind::ToolRestriction, r#"["Read"]"#, action)];
    for (action, expected) in [
        (ViolationAction::Alert, "silent"),
        (ViolationAction::HumanRequired, "ask"),
        (ViolationAction::Block, "deny"),
    ] {
        let judgement = judge(&tools(action), &bash());
        verdict(&tools(action), &bash(), expected);
        assert_eq!(judgement.violations.len(), 1);
        assert_eq!(judgement.violations[0].action, action);
    }
    let off = tools(ViolationAction::Block).map(|boundary| boundary.with_enforced(false));
    assert_eq!(judge(&off, &bash()), Judgement::default());
}

#[test]
fn the_worst_verdict_counts_and_all_are_recorded() {
    use BoundaryKind::{HumanGate, ToolRestriction};
    let all = [
        boundary(ToolRestriction, r#"["Read"]"#, ViolationAction::Alert),
        boundary(HumanGate, r#"["Bash"]"#, ViolationAction::Block),
        boundary(HumanGate, r#"["Bash"]"#, ViolationAction::HumanRequired),
    ];
    let judgement = judge(&all, &bash());
    assert!(matches!(judgement.verdict, Verdict::Deny(_)));
    assert_eq!(judgement.violations.len(), 3);
}

#[test]
fn what_cannot_be_read_counts_as_broken() {
    use BoundaryKind::{FilePattern, HumanGate, ToolRestriction};
    for (kind, value) in [
        (FilePattern, "7"),
        (FilePattern, r#"["["]"#),
        (FilePattern, r#"["src/**", 1]"#),
        (ToolRestriction, "{}"),
        (ToolRestriction, "[]"),
        (HumanGate, "null"),
    ] {
        verdict(&[boundary(kind, value, ViolationAction::Block)], &write("a"), "deny");
    }
}

#[test]
fn globs_of_several_boundaries_widen_each_other() {
    let files = |value| boundary(BoundaryKind::FilePattern, value, ViolationAction::Block);
    let all = [files(r#"["src/**"]"#), files(r#"["docs/*.md"]"#)];
    for inside in ["../src/a/b.rs", "/none/app/docs/a.md", "../docs/../src/x"] {
        verdict(&all, &write(inside), "silent");
    }
    for outside in ["a.rs", "../docs/a/b.md", "../../app2/src/x", "/etc/passwd", "../src/../x"] {
        verdict(&all, &write(outside), "deny");
    }
    verdict(&all, &bash(), "silent");
    verdict(&all, &call("Read", "file_path", "/etc/passwd"), "silent");
}

#[test]
fn tools_are_named_with_stars_and_forbidden_by_a_mark() {
    let tools = |value| [boundary(BoundaryKind::ToolRestriction, value, ViolationAction::Block)];
    let mcp = call("mcp__disk__write", "path", "a");
    verdict(&tools(r#"["mcp__disk__*"]"#), &mcp, "silent");
    verdict(&tools(r#""!mcp__*""#), &mcp, "deny");
    verdict(&tools(r#""!mcp__*""#), &bash(), "silent");
    verdict(&tools(r#"["!bash", "*"]"#), &bash(), "deny");
}

#[test]
fn a_gate_stops_tools_files_and_what_may_be_an_action() {
    let gate = |value| [boundary(BoundaryKind::HumanGate, value, ViolationAction::HumanRequired)];
    for (value, of_write, of_bash) in [
        (r#""write""#, "ask", "silent"),
        (r#"["**/auth/**"]"#, "ask", "silent"),
        (r#"["/none/app/AUTH/*"]"#, "silent", "silent"),
        (r#"["AUTH/*"]"#, "ask", "silent"),
        (r#"["push_to_main"]"#, "silent", "ask"),
        (r#"["other.md"]"#, "silent", "silent"),
        (r#"["npm publish ./a"]"#, "silent", "ask"),
        (r#"["Bash(git push *)"]"#, "silent", "ask"),
        (r#"[" read "]"#, "silent", "silent"),
    ] {
        verdict(&gate(value), &write("../auth/a.rs"), of_write);
        verdict(&gate(value), &bash(), of_bash);
    }
}

#[test]
fn what_the_coordinator_judges_is_left_to_it() {
    use BoundaryKind::{CostLimit, ScopeLimit, TimeLimit};
    let all = [TimeLimit, CostLimit, ScopeLimit];
    let all = all.map(|kind| boundary(kind, "0", ViolationAction::Block));
    assert_eq!(judge(&all, &bash()), Judgement::default());
}
