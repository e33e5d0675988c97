//! Folders that cannot be used, and options that make no sense.

use std::fs;

use super::{envelope, send, well};
use crate::room::Room;

/// Every command that opens the messages.
const COMMANDS: [&[&str]; 3] =
    [&["send", "bob", "x"], &["inbox", "--agent", "bob"], &["watch", "--once"]];

#[test]
fn a_folder_of_somebody_else_is_left_alone() {
    let room = Room::new();
    room.write(".popkit/default/messages/diary.txt", "dear diary");
    for args in COMMANDS {
        room.popkit(args).refused(65, &["no folder of messages", "diary.txt"]);
    }
    let names: Vec<_> = fs::read_dir(room.state("messages")).unwrap().collect();
    assert_eq!(names.len(), 1);
    room.write("other/x", "");
    let args = ["send", "bob", "x", "--transport", "file:other"];
    room.popkit(&args).refused(65, &["no folder of messages", "other"]);
}

#[test]
fn a_damaged_folder_is_refused_and_not_changed() {
    let room = Room::new();
    send(&room, "bob", "x");
    let marker = room.state("messages/transport");
    fs::write(&marker, "popkit messages 99\n").unwrap();
    for args in COMMANDS {
        room.popkit(args).refused(65, &["does not know", "messages/transport"]);
    }
    fs::write(&marker, "rubbish").unwrap();
    for args in COMMANDS {
        room.popkit(args).refused(65, &["damaged", "messages/transport"]);
    }
    assert_eq!(fs::read_to_string(&marker).unwrap(), "rubbish");
}

#[test]
fn a_channel_whose_name_is_damaged_is_refused_until_it_is_moved_away() {
    let room = Room::new();
    send(&room, "all", "1");
    let args = ["watch", "--once", "broadcast", "--from", "@place", "--save", "place"];
    well(&room, &args);
    let folder = room.state("messages/pop=3abroadcast");
    fs::write(folder.join("channel"), "popkit channel 1\npop:other\n0000000000000001\n").unwrap();
    room.popkit(&["send", "all", "2"]).refused(65, &["channel", "pop:other"]);
    room.popkit(&["watch", "--once", "broadcast"]).refused(65, &["channel", "pop:other"]);
    send(&room, "bob", "others go on");
    fs::rename(folder, room.path().join("aside")).unwrap();
    send(&room, "all", "3");
    let text = well(&room, &args);
    assert!(text.contains("-- the channel was begun anew") && text.contains("QUERY  3"), "{text}");
}

#[test]
fn damage_in_a_channel_costs_what_it_hit_and_no_more() {
    let room = Room::new();
    (1..=3).for_each(|n| send(&room, "bob", &format!("message {n}")));
    let folder = room.state("messages/pop=3aagent=3abob");
    let log = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let log = log.into_iter().find(|path| path.extension().is_some_and(|e| e == "log")).unwrap();
    let mut bytes = fs::read(&log).unwrap();
    let at = bytes.windows(9).position(|window| window == b"message 2").unwrap();
    bytes[at] ^= 0xff;
    fs::write(&log, bytes).unwrap();
    let text = well(&room, &["inbox", "--agent", "bob"]);
    assert!(text.contains("message 1") && text.contains("message 3"), "{text}");
    assert!(text.contains("1 message is missing (damage)"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_change_is_refused() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let room = Room::new();
    send(&room, "bob", "x");
    let folder = room.state("messages");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
    for args in COMMANDS {
        room.popkit(args).refused(77, &["may be written by others", "chmod go-w"]);
    }
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    fs::rename(&folder, room.path().join("elsewhere")).unwrap();
    symlink(room.path().join("elsewhere"), &folder).unwrap();
    for args in COMMANDS {
        room.popkit(args).refused(65, &["is a link"]);
    }
}

#[test]
fn a_transport_that_nobody_shares_is_refused() {
    let room = Room::new();
    well(&room, &["send", "bob", "x", "--transport", "file:mail"]);
    for args in COMMANDS {
        let with = |url| [args, &["--transport", url]].concat();
        room.popkit(&with("memory:")).refused(64, &["one process alone", "file:FOLDER"]);
        room.popkit(&with("postgres://user:secret@x")).refused(64, &["\"postgres\""]);
        room.popkit(&with("redis://user:secret@x")).refused(64, &["to x:6379 unencrypted"]);
        for url in ["postgres://user:secret@x", "redis://user:secret@x"] {
            assert!(!room.popkit(&with(url)).err.contains("secret"));
        }
        room.popkit(&with("file:x?kep_age=1d")).refused(64, &["unknown option kep_age"]);
        room.popkit(&with("file:mail?poll=2h")).refused(64, &["poll"]);
    }
    let out = room.popkit(&["task", "list", "--transport", "file:x"]);
    out.refused(64, &["--transport", "popkit task"]);
    assert!(!room.path().join("x").exists());
}

/// A session ends by the word of a person, and a person's word comes from no agent.
#[test]
fn from_an_agent_s_shell_nobody_stops_the_session_or_speaks_for_others() {
    let stop = r#"{"command": "stop"}"#;
    let raw = |text: &str| ["send", "--channel", "coordinator", text].map(str::to_owned);
    let payload = ["send", "coordinator", "--type", "task", "--payload", stop].map(str::to_owned);
    let as_other = |who: &str| envelope(false).replace("\"eve\"", &format!("\"{who}\""));
    for name in ["POPKIT_AGENT", "POPKIT_TASK_ID", "CLAUDECODE"] {
        let mut room = Room::new();
        room.set(name, "1");
        for (args, what) in [
            (&raw(stop)[..], "to stop a session"),
            (&payload, "to stop a session"),
            (&raw(&as_other("coordinator")), "to speak as the coordinator"),
            (&raw(&as_other("human")), "to speak as a person"),
        ] {
            let args: Vec<_> = args.iter().map(String::as_str).collect();
            room.popkit(&args).refused(77, &[what, "not for agents", name]);
        }
        assert!(!room.state("messages").exists());
        for text in [as_other("eve"), "a text".to_owned()] {
            let args = raw(&text);
            let args: Vec<_> = args.iter().map(String::as_str).collect();
            well(&room, &args);
        }
    }
    let room = Room::new();
    let args = raw(&as_other("coordinator"));
    let args: Vec<_> = args.iter().map(String::as_str).collect();
    well(&room, &args);
}
