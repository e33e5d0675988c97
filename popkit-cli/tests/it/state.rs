//! The state directory, and which store is meant.

use std::fs;

use crate::room::Room;

#[test]
fn the_state_directory_is_at_the_git_root() {
    let room = Room::new();
    let deep = room.path().join("src/deep");
    fs::create_dir_all(&deep).unwrap();
    let status = room.command(&["task", "add", "a"]).current_dir(&deep).status().unwrap();
    assert!(status.success());
    assert!(room.state("tasks.db").is_file());
    assert_eq!(fs::read_to_string(room.path().join(".popkit/.gitignore")).unwrap(), "*\n");
    assert_eq!(room.state_of("a"), "pending");
}

#[test]
fn without_git_it_is_where_the_program_was_started() {
    let room = Room::new();
    fs::remove_dir(room.path().join(".git")).unwrap();
    room.task(&["add", "a"]);
    assert!(room.state("tasks.db").is_file());
}

#[test]
fn any_folder_name_will_do() {
    let room = Room::new();
    let dir = room.path().join("what? 100% \u{fc}");
    room.task(&["--state-dir", dir.to_str().unwrap(), "add", "a"]);
    assert!(dir.join("default/tasks.db").is_file());
}

#[test]
fn looking_makes_nothing() {
    let room = Room::new();
    for args in [&["list"][..], &["claim", "--agent", "bob"], &["counts"], &["cancel", "a"]] {
        let out = room.popkit(&[&["task"], args].concat());
        out.refused(65, &["no task store yet", "default/tasks.db", "popkit task add"]);
    }
    let args = ["--store", "sqlite:other.db?durability=relaxed", "task", "list"];
    room.popkit(&args).refused(65, &["no task store yet", "other.db"]);
    assert!(!room.path().join(".popkit").exists());
    assert!(!room.path().join("other.db").exists());
}

#[test]
fn several_plans_have_to_be_told_apart() {
    let room = Room::new();
    room.task(&["--plan", "One", "add", "a"]);
    assert_eq!(room.json(&["list"]).len(), 1, "the only plan is the one meant");
    room.task(&["--plan", "two.v2", "add", "b"]);
    room.popkit(&["task", "list"]).refused(64, &["One, two.v2", "--plan NAME"]);
    assert_eq!(room.json(&["list", "--plan", "two.v2"])[0]["id"], "b");
    room.popkit(&["--plan", "x", "task", "list"]).refused(65, &["stores of One, two.v2"]);
    room.popkit(&["--plan", "..", "task", "list"]).refused(64, &["no name of a plan"]);
    assert!(room.path().join(".popkit/one+1/tasks.db").is_file());
}

#[test]
fn a_plan_file_stands_for_its_name() {
    let room = Room::new();
    let text = "name = \"ship\"\nobjective = \"o\"\n[[tasks]]\nid = \"t\"\ncommand = \"true\"\n";
    room.write("plans/release.toml", text);
    room.task(&["--plan", "plans/release.toml", "add", "a"]);
    assert_eq!(room.json(&["list", "--plan", "ship"]).len(), 1);
    room.write("bad.toml", "x = 1\n");
    room.popkit(&["--plan", "bad.toml", "task", "list"]).refused(65, &["bad.toml"]);
}

#[test]
fn the_environment_says_where_and_the_command_line_wins() {
    let mut room = Room::new();
    room.task(&["--state-dir", "elsewhere", "add", "a"]);
    assert!(room.path().join("elsewhere/default/tasks.db").is_file());
    room.set("POPKIT_STATE_DIR", "elsewhere");
    assert_eq!(room.json(&["list"])[0]["id"], "a");
    room.set("POPKIT_STORE", "sqlite:tasks.db");
    room.task(&["add", "b"]);
    assert!(room.path().join("tasks.db").is_file());
    assert_eq!(room.json(&["list"])[0]["id"], "b");
    assert_eq!(room.json(&["list", "--plan", "default"])[0]["id"], "a");
    assert_eq!(room.json(&["list", "--store", "sqlite:elsewhere/default/tasks.db"])[0]["id"], "a");
    // A store of its own keeps its tokens apart from those of the namespace.
    room.task(&["claim", "--agent", "bob"]);
    let out = room.popkit(&["--plan", "default", "task", "complete", "--agent", "bob"]);
    out.refused(77, &["holds no task"]);
    room.task(&["complete", "--agent", "bob"]);
    room.set("POPKIT_STORE", "");
    assert_eq!(room.json(&["list"])[0]["id"], "a");
}

#[test]
fn a_damaged_store_is_refused_and_left_alone() {
    let room = Room::new();
    room.task(&["add", "a"]);
    let file = room.state("tasks.db");
    let damage = vec![0x55; 8192];
    fs::write(&file, &damage).unwrap();
    for args in [&["list"][..], &["add", "b"], &["claim", "--agent", "bob"]] {
        let out = room.popkit(&[&["task"], args].concat());
        out.refused(65, &[file.to_str().unwrap()]);
    }
    assert_eq!(fs::read(&file).unwrap(), damage);
}
