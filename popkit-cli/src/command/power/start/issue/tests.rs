use super::*;
use crate::exit::Exit;

fn issue(body: &str) -> Issue {
    let text = serde_json::json!({ "title": "Tidy", "body": body, "labels": ["epic"] });
    read(&text.to_string(), false).unwrap()
}

#[test]
fn the_labels_decide_unless_somebody_insists() {
    let of = |labels: &str| format!(r#"{{"number":7,"title":"x","labels":{labels}}}"#);
    for labels in [r#"["epic"]"#, r#"[{"name":"bug"},{"name":"Power-Mode","id":1}]"#] {
        assert_eq!(read(&of(labels), false).unwrap().objective, "x", "{labels}");
    }
    let error = read(&of(r#"[{"name":"bug"}]"#), false).unwrap_err();
    assert_eq!(error.code, Exit::Data);
    assert!(error.message.contains("the issue 7 has neither the label"), "{error}");
    assert!(read(&of("[]"), true).is_ok());
}

#[test]
fn phases_and_criteria_are_lists_under_their_headings() {
    let found = issue(
        "Why.\r\n\r\n## Phases\r\n1. **Explore**: look around\r\n2. `design`\r\n\r\n\
         ## Success Criteria\r\n- [ ] tests pass\r\n- [x] done long ago\r\n* nobody waits\r\n\
         ### Other\n- [ ] not a criterion\n- no\n",
    );
    assert_eq!(found.phases, ["Explore", "design"]);
    assert_eq!(found.criteria, ["tests pass", "nobody waits"]);
    assert_eq!(found.boxes, ["not a criterion"]);
    assert!(found.objective.starts_with("Tidy\n\nWhy."), "{}", found.objective);
}

#[test]
fn open_boxes_without_such_a_heading_are_what_is_to_be_done() {
    let found = issue("Done when:\n\n```\n- [ ] code\n```\ntext\n## Tasks\n- [ ] one\n- [X] two\n");
    assert_eq!((found.phases.len(), found.criteria.len()), (0, 0));
    assert_eq!(found.boxes, ["one"]);
}

#[test]
fn an_issue_starts_no_program() {
    let found = issue("**Done when:**\n- $ rm -rf /\n- Command: rm\n- costs $5\n");
    assert_eq!(found.criteria, ["to check: $ rm -rf /", "to check: Command: rm", "costs $5"]);
}

#[test]
fn what_is_no_issue_says_what_is_expected() {
    for text in ["", "[]", r#"{"body":"x"}"#, r#"{"title":" ","labels":["epic"]}"#] {
        let error = read(text, false).unwrap_err();
        assert_eq!(error.code, Exit::Data, "{text}");
    }
    assert!(read("{", false).unwrap_err().message.contains("gh issue view"));
}
