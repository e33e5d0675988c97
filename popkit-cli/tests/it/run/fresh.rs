//! Starting over.

use std::fs;

use super::Stage;

const PLAN: &str = r#"tasks = [{ id = "a", command = "echo a >> log" }]"#;

#[test]
fn the_old_tasks_are_moved_aside() {
    let stage = Stage::new(PLAN);
    assert_eq!(stage.run(&[]).code, Some(0));
    let ended = stage.run(&["--fresh"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "a\na\n");
    let names = fs::read_dir(stage.path(".popkit/p")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let aside = names.filter(|name| name.starts_with("tasks.db.2")).collect::<Vec<_>>();
    let [aside] = aside.as_slice() else { panic!("one file, not {aside:?}") };
    let url = format!("sqlite:.popkit/p/{aside}");
    let list = ["task", "list", "--json", "--store", url.as_str()];
    let old: super::stage::Ended = stage.popkit(&list).output().unwrap().into();
    assert!(old.stdout.contains(r#""state":"done""#), "{old:?}");
}

#[test]
fn in_another_store_the_plans_tasks_are_removed() {
    let stage = Stage::new(PLAN);
    let store = ["--store", "sqlite:s.db"];
    assert_eq!(stage.run(&store).code, Some(0));
    let ended = stage.run(&[&store[..], &["--fresh"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(stage.read("log"), "a\na\n");
}

#[test]
fn a_store_that_somebody_has_open_stays_where_it_is() {
    let stage = Stage::new(PLAN);
    assert_eq!(stage.run(&[]).code, Some(0));
    let open = fs::File::open(stage.path(".popkit/p/tasks.db.open")).unwrap();
    open.lock_shared().unwrap();
    let ended = stage.run(&["--fresh"]);
    assert_eq!(ended.code, Some(75), "{}", ended.stderr);
    assert!(ended.stderr.contains("has the store open"), "{}", ended.stderr);
    assert!(stage.path(".popkit/p/tasks.db").exists());
    drop(open);
    assert_eq!(stage.run(&["--fresh"]).code, Some(0));
    assert_eq!(stage.read("log"), "a\na\n");
}
