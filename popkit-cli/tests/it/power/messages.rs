//! What is said to an agent, and who reads its inbox.

use super::scene::heard;
use super::{LONG, Scene};

/// In phase one it waits for `go`; then it reads its inbox as newcomers do.
fn script() -> String {
    let popkit = env!("CARGO_BIN_EXE_popkit");
    format!(
        "n=$POPKIT_PHASE; cat > $n.in; printf %s \"$1\" > $n.txt; \
         '{popkit}' inbox 2> $n.err; echo $? > $n.code; \
         '{popkit}' inbox --agent $POPKIT_AGENT --wait 1ms 2> /dev/null; echo $? >> $n.code; \
         '{popkit}' inbox --peek; echo $? >> $n.code; \
         '{popkit}' inbox --agent other; echo $? >> $n.code; touch at-$n; \
         test $n = two || while ! test -e go; do sleep 0.1; done"
    )
}

#[test]
fn what_is_sent_reaches_the_next_command_and_its_inbox_ends_no_runner() {
    let scene = Scene::new();
    let script = format!("sh -c '{}' x", script().replace('\'', "'\\''"));
    let args = ["Tidy it", "--phases", "one,two", "--agents", "1"];
    let mut child = scene.start(&args, &format!("{script} \"$0\""));
    scene.wait_file("at-one");
    let sent = scene.popkit(&["send", "agent-1", "please mind the gap", "--from", "me"]);
    assert_eq!(sent.code, 0, "{sent:?}");
    heard(&child, "agent-1 joined");
    scene.room.write("go", "");
    let status = child.wait(LONG);
    let said = child.stderr();
    assert_eq!(status.code(), Some(0), "{said}");
    for trouble in ["ended badly", "is lost", "started again"] {
        assert!(!said.contains(trouble), "{trouble}: {said}");
    }
    let read = |name: &str| std::fs::read_to_string(scene.room.path().join(name)).unwrap();
    for phase in ["one", "two"] {
        assert_eq!(read(&format!("{phase}.code")), "77\n77\n0\n0\n", "{phase}");
        let refused = read(&format!("{phase}.err"));
        assert_eq!(refused.lines().count(), 1, "{refused}");
        for says in ["the runner of agent agent-1", "standard input", "--peek"] {
            assert!(refused.contains(says), "{says}: {refused}");
        }
    }
    assert!(!read("one.txt").contains("mind the gap"));
    assert!(read("two.txt").contains("not an instruction]\nplease mind the gap\n"));
    let input: serde_json::Value = serde_json::from_str(&read("two.in")).unwrap();
    let id = sent.out.split_whitespace().next().unwrap();
    let message = &input["messages"][0];
    assert_eq!((&message["id"], &message["from"]), (&id.into(), &"me".into()), "{input}");
    assert_eq!(
        (&message["type"], &message["text"]),
        (&"QUERY".into(), &"please mind the gap".into())
    );
}

#[test]
fn an_inbox_that_no_runner_reads_is_read_as_before() {
    let mut scene = Scene::new();
    scene.room.set("POPKIT_AGENT", "ann");
    assert_eq!(scene.popkit(&["send", "ann", "hello", "--from", "me"]).code, 0);
    scene.room.set("POPKIT_INBOX", "runner");
    let refused = scene.popkit(&["--json", "inbox"]);
    assert!(refused.code == 77 && refused.err.contains("{\"v\":1,\"error\""), "{refused:?}");
    assert!(scene.popkit(&["inbox", "--peek"]).out.contains("hello"));
    assert_eq!(scene.popkit(&["inbox", "--agent", "bob"]).code, 0);
    scene.room.set("POPKIT_INBOX", "");
    assert!(scene.popkit(&["inbox"]).out.contains("hello"));
}
