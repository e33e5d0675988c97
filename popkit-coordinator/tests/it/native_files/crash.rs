//! P19: the originals write in place, so a crash leaves an empty file, and two writers
//! destroy each other's work.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use popkit_coordinator::native::files::{FileError, InsightsFile, StateFile};
use popkit_testkit::{Child, scratch};

use super::{insight, names};

const PATH: &str = "POPKIT_TEST_INSIGHTS";
const FROM: &str = "POPKIT_TEST_FROM";
const COUNT: &str = "POPKIT_TEST_COUNT";
const LONG: Duration = Duration::from_secs(60);

/// A command of the shell that runs this very test binary as a writer.
fn writer(path: &Path, from: u64, count: u64, before: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{before}exec \"$0\" \"$@\"")]);
    command.arg(env::current_exe().unwrap());
    command.args(["native_files::crash::writer_for_another_test", "--exact", "--nocapture"]);
    command.env(PATH, path).env(FROM, from.to_string()).env(COUNT, count.to_string());
    command
}

/// Does nothing unless another test starts it.
#[test]
fn writer_for_another_test() {
    let Some(path) = env::var_os(PATH) else { return };
    let number = |name| env::var(name).unwrap().parse::<u64>().unwrap();
    let file = InsightsFile::new(path).with_most(10_000);
    for n in number(FROM)..number(FROM) + number(COUNT) {
        file.merge(&[insight(n)]).unwrap();
        println!("merged i-{n}.");
    }
}

fn ids(file: &InsightsFile) -> BTreeSet<String> {
    file.read().unwrap().into_iter().map(|insight| insight.id.unwrap()).collect()
}

#[test]
fn p19_a_process_killed_in_the_middle_of_a_write_leaves_the_old_file_whole() {
    let folder = scratch();
    let file = InsightsFile::new(folder.join("insights.json"));
    let many: Vec<_> = (0..50).map(insight).collect();
    file.merge(&many).unwrap();
    let before = fs::read(file.path()).unwrap();
    assert!(before.len() > 2048);
    // The system kills who writes more than this, in the middle of it.
    let mut child = Child::spawn(&mut writer(file.path(), 1000, 1, "ulimit -c 0; ulimit -f 2; "));
    assert!(!child.wait(LONG).success(), "it was to be killed: {}", child.stdout());
    assert_eq!(fs::read(file.path()).unwrap(), before);
    assert_eq!(
        names(folder.path()),
        [".insights.json.new", "insights.json"],
        "it was in the middle"
    );
    file.merge(&[insight(1000)]).unwrap();
    assert_eq!(ids(&file).len(), 51);
    assert_eq!(names(folder.path()), ["insights.json"], "what it left behind is gone");
}

#[test]
fn p19_processes_that_are_killed_lose_nothing_that_they_wrote() {
    let folder = scratch();
    let file = InsightsFile::new(folder.join("insights.json"));
    for round in 0..5_u64 {
        let from = round * 10_000;
        let mut child = Child::spawn(&mut writer(file.path(), from, 10_000, ""));
        child.wait_stdout(LONG, &format!("merged i-{}.", from + 10 + round));
        child.kill9();
        child.wait(LONG);
        let there = ids(&file);
        for line in child.stdout().lines().filter_map(|line| line.split_once("merged ")) {
            let id = line.1.trim().trim_end_matches('.');
            assert!(there.contains(id), "{id} was lost");
        }
    }
}

#[test]
fn p19_several_processes_lose_nothing_of_each_other() {
    let folder = scratch();
    let file = InsightsFile::new(folder.join("insights.json"));
    let mut children: Vec<Child> =
        (0..3).map(|n| Child::spawn(&mut writer(file.path(), n * 100, 25, ""))).collect();
    for child in &mut children {
        assert!(child.wait(LONG).success(), "{}", child.stderr());
    }
    assert_eq!(ids(&file).len(), 75);
}

#[test]
fn a_write_that_fails_leaves_the_old_file_whole() {
    let folder = scratch();
    let file = InsightsFile::new(folder.join("insights.json"));
    file.merge(&[insight(1)]).unwrap();
    let before = fs::read(file.path()).unwrap();
    // Not even root can write a draft where a folder is.
    fs::create_dir(folder.join(".insights.json.new")).unwrap();
    let refused = file.merge(&[insight(2)]).unwrap_err();
    assert!(matches!(refused, FileError::Io { what: "write", .. }), "{refused:?}");
    assert_eq!(fs::read(file.path()).unwrap(), before);
    fs::remove_dir(folder.join(".insights.json.new")).unwrap();
    assert_eq!(file.merge(&[insight(2)]).unwrap().added, 1);
}

#[test]
fn a_folder_in_place_of_a_file_is_an_error() {
    let folder = scratch();
    let place = folder.join("power-state.json");
    fs::create_dir(&place).unwrap();
    let shown = StateFile::new(&place).read().unwrap_err().to_string();
    assert!(shown.starts_with("cannot read ") && place.is_dir(), "{shown}");
}
