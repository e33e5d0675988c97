//! Messages that cannot be published while a run goes on.

use std::fs;

use popkit_testkit::wait_until;

use super::{LONG, said, start};
use crate::room::Room;

#[test]
fn it_is_told_once_and_made_up_for_later() {
    let mut room = Room::new();
    room.set("PATH", std::env::var("PATH").unwrap());
    room.write(
        "p.toml",
        r#"
        objective = "test"
        tasks = [
          { id = "a", command = "while ! test -e go; do sleep 0.02; done" },
          { id = "b", command = "true", needs = ["a"] },
        ]"#,
    );
    let mut run = start(&room, &["run", "p.toml", "--agents", "2"]);
    wait_until(LONG, "news of the first task", || {
        let out = room.popkit(&["watch", "--once", "tasks:claimed"]);
        out.out.contains("a claimed")
    });
    let folder = room.path().join(".popkit/p/messages");
    // The run writes into it meanwhile.
    wait_until(LONG, "the folder's end", || {
        let _ = fs::remove_dir_all(&folder);
        fs::write(&folder, "no folder").is_ok()
    });
    room.write("go", "");
    assert_eq!(run.wait(LONG).code(), Some(0), "{}", run.stderr());
    let told = run.stderr().matches("cannot be published, the run goes on without").count();
    assert_eq!(told, 1, "{}", run.stderr());
    assert!(run.stderr().contains("2 of 2 done"), "{}", run.stderr());
    fs::remove_file(&folder).unwrap();
    let again = room.popkit(&["run", "p.toml"]);
    assert_eq!(again.code, 0, "{again:?}");
    for (channel, key) in [("tasks:complete", "task"), ("results", "message")] {
        let events = said(&room, channel);
        let heard = events.iter().filter(|event| event.get(key).is_some()).count();
        assert_eq!(heard, 2, "{channel}: {events:?}");
    }
}
