//! Which messages are meant, and where they are.

use std::fs;

use super::{LONG, objects, send, start, texts, well};
use crate::room::Room;

#[test]
fn the_rooms_are_those_of_the_tasks() {
    let room = Room::new();
    room.task(&["--plan", "One", "add", "a"]);
    send(&room, "bob", "to the only plan");
    assert!(room.path().join(".popkit/one+1/messages/transport").is_file());
    room.task(&["--plan", "two", "add", "b"]);
    for args in [&["send", "bob", "x"][..], &["inbox", "--agent", "bob"], &["watch"], &["status"]] {
        room.popkit(args).refused(64, &["One, two", "--plan NAME"]);
    }
    well(&room, &["send", "bob", "x", "--plan", "two"]);
    let inbox = objects(&room, &["inbox", "--agent", "bob", "--plan", "One"]);
    assert_eq!(inbox[0]["payload"]["text"], "to the only plan");
}

#[test]
fn a_reader_does_not_wait_in_a_place_that_nobody_named() {
    let room = Room::new();
    for args in [&["watch"][..], &["inbox", "--agent", "bob", "--wait", "1h"]] {
        room.popkit(args).refused(65, &["no messages yet", "default/messages", "popkit send"]);
    }
    room.popkit(&["status"]).refused(65, &["no task store yet"]);
    assert!(!room.path().join(".popkit").exists());
    // A place that was named by its plan is waited in, whoever comes first.
    room.write("p.toml", "objective = 'o'\ntasks = [{ id = 't', command = 'true' }]");
    let args = ["inbox", "--agent", "bob", "--plan", "p.toml", "--wait", "10m"];
    let mut reader = start(&room, &args);
    popkit_testkit::wait_until(LONG, "the room", || {
        room.path().join(".popkit/p/tasks.db").exists()
    });
    well(&room, &["send", "bob", "x", "--plan", "p"]);
    assert_eq!(reader.wait(LONG).code(), Some(0), "{}", reader.stderr());
}

#[test]
fn a_slip_in_the_name_of_a_plan_makes_no_room() {
    let room = Room::new();
    send(&room, "bob", "x");
    room.task(&["--plan", "release", "add", "a"]);
    for args in [
        &["inbox", "--agent", "bob", "--plan", "relase"][..],
        &["inbox", "--agent", "bob", "--peek", "--plan", "relase"],
        &["watch", "--plan", "relase"],
        &["watch", "--once", "--plan", "relase"],
        &["status", "--plan", "relase"],
    ] {
        room.popkit(args).refused(65, &["default, release", "relase"]);
    }
    assert!(!room.path().join(".popkit/relase").exists());
    // To send is to make it, and then it is known.
    let out = room.popkit(&["send", "bob", "y", "--plan", "relase"]);
    assert!(out.code == 0 && out.err.contains("bob"), "{out:?}");
    let letters = objects(&room, &["inbox", "--agent", "bob", "--plan", "relase"]);
    assert_eq!(letters[0]["payload"]["text"], "y");
}

#[test]
fn where_no_room_has_tasks_the_only_one_with_messages_is_meant() {
    let room = Room::new();
    well(&room, &["send", "bob", "x", "--plan", "p"]);
    assert_eq!(texts(&room, "bob"), ["x"]);
}

#[test]
fn an_inbox_has_one_place_however_its_folder_is_named() {
    let mut room = Room::new();
    let folder = room.path().join(".popkit/default/messages").display().to_string();
    let store = format!("sqlite:{}", room.state("tasks.db").display());
    let ways: [&[&str]; 4] = [
        &[],
        &["--transport", "file:.popkit/default/messages"],
        &["--transport", &format!("file:{folder}?poll=10ms"), "--store", &store],
        &["--transport", "file:.popkit/../.popkit/default/messages/", "--plan", "default"],
    ];
    for (n, way) in ways.iter().enumerate() {
        send(&room, "bob", &n.to_string());
        let letters = objects(&room, &[&["inbox", "--agent", "bob"], *way].concat());
        let said: Vec<_> = letters.iter().map(|letter| &letter["payload"]["text"]).collect();
        assert_eq!(said, [&n.to_string()], "{way:?}");
    }
    room.set("POPKIT_TRANSPORT", format!("file:{folder}"));
    let sent = objects(&room, &["send", "bob", "x"]).remove(0);
    assert_eq!(sent["room"], "default");
}

#[test]
fn a_transport_of_its_own_needs_no_room() {
    let mut room = Room::new();
    well(&room, &["send", "bob", "x", "--transport", "file:mail"]);
    assert!(room.path().join("mail/transport").is_file());
    assert!(!room.path().join(".popkit").exists());
    room.set("POPKIT_TRANSPORT", "file:mail");
    send(&room, "bob", "y");
    assert_eq!(objects(&room, &["watch", "--once", "agent:bob"]).len(), 2);
    assert_eq!(texts(&room, "bob"), ["x", "y"]);
    // A plan that is named is not overruled by the environment.
    well(&room, &["send", "bob", "z", "--plan", "p"]);
    assert!(room.path().join(".popkit/p/messages/transport").is_file());
}

#[test]
fn places_in_one_transport_say_nothing_of_another() {
    let room = Room::new();
    for transport in ["file:one", "file:two"] {
        well(&room, &["send", "bob", transport, "--transport", transport]);
    }
    for transport in ["file:one", "file:two", "file:one"] {
        let args = ["inbox", "--agent", "bob", "--store", "sqlite:s.db", "--transport", transport];
        let letters = objects(&room, &args);
        let gone = room.path().join(format!("{}.read", transport.replace(':', "-")));
        let expected = usize::from(!gone.exists());
        assert_eq!(letters.len(), expected, "{transport}: {letters:?}");
        assert!(letters.iter().all(|letter| letter["letter"] == "message"), "{letters:?}");
        fs::write(gone, "").unwrap();
    }
}

#[test]
fn a_run_in_a_task_keeps_its_messages_apart() {
    let mut room = Room::new();
    room.set("POPKIT", env!("CARGO_BIN_EXE_popkit"));
    room.set("PATH", std::env::var("PATH").unwrap());
    let plan =
        |command: &str| format!("objective = 'o'\ntasks = [{{ id = 't', command = '{command}' }}]");
    room.write("p.toml", &plan(r#""$POPKIT" run q.toml"#));
    room.write("q.toml", &plan(r#""$POPKIT" send human "from within""#));
    let out = room.popkit(&["run", "p.toml", "--session", "outer"]);
    assert_eq!(out.code, 0, "{out:?}");
    let human = |plan: &str, session: &[&str]| {
        let args = ["watch", "--once", "human", "--plan", plan];
        objects(&room, &[&args, session].concat()).len()
    };
    assert_eq!((human("q", &[]), human("p", &["--session", "outer"])), (1, 0));
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let room = Room::new();
    send(&room, "bob", "x");
    texts(&room, "bob");
    well(&room, &["watch", "--once", "--save", "place"]);
    well(&room, &["send", "bob", "x", "--transport", "file:mail"]);
    let mut left =
        vec![room.path().join(".popkit"), room.path().join("mail"), room.path().join("place")];
    let mut seen = 0;
    while let Some(path) = left.pop() {
        let found = path.metadata().unwrap();
        let mode = found.permissions().mode() & 0o777;
        // It holds one star, for git.
        if path.ends_with(".gitignore") {
            continue;
        }
        seen += 1;
        if found.is_dir() {
            assert_eq!(mode, 0o700, "{}", path.display());
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else {
            assert_eq!(mode, 0o600, "{}", path.display());
        }
    }
    assert!(seen > 10, "{seen}");
}
