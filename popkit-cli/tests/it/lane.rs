//! Lanes: paused, limited, listed.

use serde_json::json;

use crate::room::Room;

fn lane(room: &Room, args: &[&str]) -> String {
    let out = room.popkit(&[&["lane"], args].concat());
    assert_eq!(out.code, 0, "lane {args:?}: {out:?}");
    out.out
}

#[test]
fn pause_resume_limit_list() {
    let room = Room::new();
    room.popkit(&["lane", "list"]).refused(65, &["no task store"]);
    for id in ["a", "b", "c"] {
        room.task(&["add", id, "--kind", "build"]);
    }
    room.task(&["add", "d", "--kind", "build", "--requires", "gpu", "--only", "bob"]);
    let gpu = ["--kind", "build", "--requires", "gpu", "--only", "bob"];
    let pause = [&["pause"], &gpu[..]].concat();
    let slip = room.popkit(&["lane", "resume", "--kind", "build", "--requires", "gpu"]);
    let note = "note: no open task is in the lane kind=build;all=gpu; there are kind=build, \
                kind=build;all=gpu;agent=bob\n";
    assert_eq!((slip.code, &*slip.err), (0, note));
    assert_eq!(lane(&room, &pause), "kind=build;all=gpu;agent=bob paused\n");
    assert_eq!(lane(&room, &["limit", "1", "--kind", "build"]), "kind=build limit 1\n");
    let claim = ["claim", "--agent", "bob", "--capabilities", "gpu", "--max", "9"];
    let claimed = room.json(&claim);
    assert_eq!((claimed.len(), &claimed[0]["task"]["id"]), (1, &json!("a")));

    let shown = lane(&room, &["list"]);
    let rows: Vec<Vec<&str>> = shown.lines().map(|l| l.split_whitespace().collect()).collect();
    assert_eq!(rows[0], ["READY", "HELD", "OPEN", "RULE", "LANE"]);
    assert_eq!(rows[1], ["2", "1", "3", "limit", "1", "kind=build"]);
    assert_eq!(rows[2], ["1", "0", "1", "paused", "kind=build;all=gpu;agent=bob"]);
    assert_eq!(rows.len(), 3);

    assert_eq!(lane(&room, &["pause", "--kind", "build"]), "kind=build paused, limit 1\n");
    room.task(&["complete", "a", "--agent", "bob"]);
    room.popkit(&[&["task"], &claim[..]].concat()).refused(75, &["nothing"]);
    assert_eq!(lane(&room, &["limit", "none", "--kind", "build"]), "kind=build paused\n");
    let out = room.popkit(&["--json", "lane", "resume", "--kind", "build"]);
    let resumed = json!({
        "v": 1, "requirement": {"kind": "build"}, "paused": false, "ready": 2, "held": 0, "open": 2
    });
    assert_eq!(out.lines(), [resumed]);
    assert_eq!(room.json(&claim).len(), 2);
    for (args, said) in
        [(&["limit", "0", "--kind", "build"][..], "or none"), (&["pause"], "--kind")]
    {
        let out = room.popkit(&[&["lane"], args].concat());
        assert!(out.code == 64 && out.err.contains(said), "{out:?}");
    }
    let idle = ["lane", "list", "--transport", "file:x"];
    room.popkit(&idle).refused(64, &["--transport"]);
}
