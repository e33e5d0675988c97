use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use popkit_protocol::EdgePolicy;

use crate::plan::{Backoff, Command, Work};

const TOML: &str = include_str!("full.toml");
const YAML: &str = include_str!("full.yaml");
const JSON: &str = include_str!("full.json");

fn full(text: &str, format: Format) -> Plan {
    Plan::parse(text, format, Path::new("plans/full.x")).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn one_plan_is_equal_in_three_formats() {
    let toml = full(TOML, Format::Toml);
    assert_eq!(toml, full(YAML, Format::Yaml));
    assert_eq!(toml, full(JSON, Format::Json));
}

#[test]
fn every_key_arrives() {
    let plan = full(TOML, Format::Toml);
    assert_eq!((plan.name.as_str(), plan.base_dir), ("release", PathBuf::from("plans")));
    assert_eq!(plan.objective, "Release version 2");
    assert_eq!(plan.phases, ["prepare", "ship it"]);

    let [first, second] = plan.success.as_slice() else { panic!("{:?}", plan.success) };
    assert_eq!(
        (first.name.as_str(), &first.command),
        ("test -e out", &Command::Shell("test -e out".into()))
    );
    assert_eq!(
        (second.name.as_str(), second.timeout),
        ("clean tree", Some(Duration::from_secs(30)))
    );
    assert_eq!(
        (&second.command.to_string(), &second.dir),
        (&"git diff --quiet".into(), &Some("repo".into()))
    );

    let [shell, writer] = plan.agents.as_slice() else { panic!("{:?}", plan.agents) };
    assert_eq!((shell.id.as_str(), shell.slots, &shell.command), ("shell", 4, &None));
    assert_eq!(
        shell.capabilities.iter().map(|c| c.as_str()).collect::<Vec<_>>(),
        ["rust", "lang:c"]
    );
    assert_eq!((writer.slots, writer.kinds.len(), writer.env.len()), (1, 1, 1));
    assert_eq!(writer.dir, Some("work".into()));

    let [build, notes, ship] = plan.tasks.as_slice() else { panic!("{:?}", plan.tasks) };
    assert_eq!((build.title.as_str(), build.description.as_str()), ("Build it", "All targets.\n"));
    assert_eq!(build.work, Work::Command(Command::Shell("make all".into())));
    assert_eq!((build.phase.as_deref(), build.priority), (Some("prepare"), 9));
    assert_eq!((build.timeout, build.tags.len()), (Some(Duration::from_secs(5400)), 2));
    let env: Vec<_> = build.env.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
    assert_eq!(env, [("A", "task"), ("B", "default"), ("C", "")]);
    let retries = build.retries.unwrap();
    assert_eq!((retries.max, retries.backoff), (3, Backoff::Fixed));
    assert_eq!(
        (retries.delay, retries.max_delay),
        (Some(Duration::from_millis(250)), Some(Duration::from_secs(2)))
    );

    assert_eq!(notes.work, Work::Prompt("Write the notes.".into()));
    assert_eq!((notes.title.as_str(), notes.priority, notes.retries.unwrap().max), ("notes", 7, 1));
    assert_eq!((notes.timeout, &notes.dir), (Some(Duration::from_secs(60)), &Some("src".into())));

    let needs: Vec<_> = ship.needs.iter().map(|n| (n.task.as_str(), n.on_failure)).collect();
    assert_eq!(needs, [("build", EdgePolicy::Block), ("notes", EdgePolicy::Ignore)]);
    assert_eq!(
        ship.work,
        Work::Command(Command::Argv(vec!["ship".into(), "".into(), "--to=x y".into()]))
    );
}

#[test]
fn a_small_plan_has_defaults() {
    let plan = parse(&format!("{HEAD}{TASK}capabilities = ['anything']"), Format::Toml).unwrap();
    assert_eq!((plan.name.as_str(), plan.base_dir.to_str()), ("p", Some(".")));
    let task = &plan.tasks[0];
    assert_eq!((task.title.as_str(), task.priority, task.phase.as_ref()), ("a", 5, None));
    assert_eq!((task.retries, task.timeout, task.env.len()), (None, None, 0));
}

#[test]
fn a_byte_order_mark_and_windows_lines_are_no_error() {
    let toml = format!("\u{feff}{HEAD}{TASK}").replace('\n', "\r\n");
    parse(&toml, Format::Toml).unwrap();
    parse("\u{feff}objective: o\r\ntasks:\r\n- id: a\r\n  command: x\r\n", Format::Yaml).unwrap();
    parse(
        "\u{feff}{\"objective\": \"o\",\r\n\"tasks\": [{\"id\": \"a\", \"command\": \"x\"}]}",
        Format::Json,
    )
    .unwrap();
}

#[test]
fn files_are_loaded_by_their_extension() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for (name, text) in [("a.toml", TOML), ("b.yaml", YAML), ("c.YML", YAML), ("d.json", JSON)] {
        fs::write(path(name), text).unwrap();
        assert_eq!(Plan::load(path(name)).unwrap().base_dir, folder.path());
    }
    fs::write(path("big.toml"), " ".repeat(1024 * 1024 + 1)).unwrap();
    fs::write(path("latin.toml"), b"objective = 'o'\nname = '\xfc'").unwrap();
    for (name, error) in [
        ("a.txt", ": unknown extension (expected .toml, .yaml, .yml or .json)"),
        ("none.toml", ": cannot read the file: No such file or directory (os error 2)"),
        ("big.toml", ": the file is larger than 1 MiB, the limit of a plan"),
        ("latin.toml", ":2:9: the text is not UTF-8 (save the file as UTF-8)"),
    ] {
        let path = path(name);
        assert_eq!(
            Plan::load(&path).unwrap_err().to_string(),
            format!("{}{error}", path.display())
        );
    }
}

#[test]
fn long_chains_of_needs_are_no_matter() {
    let mut text = HEAD.to_owned();
    for i in 0..10_000 {
        text.push_str(&format!("[[tasks]]\nid = 't{i}'\ncommand = 'x'\n"));
        if i > 0 {
            text.push_str(&format!("needs = ['t{}']\n", i - 1));
        }
    }
    assert_eq!(parse(&text, Format::Toml).unwrap().tasks.len(), 10_000);
    let closed = text.replacen("command", "needs = ['t9999']\ncommand", 1);
    let error = parse(&closed, Format::Toml).unwrap_err();
    assert!(error.contains("in a circle: t0 -> t9999 -> t9998 -> "), "{}", &error[..200]);
    assert!(error.ends_with(" -> t1 -> t0 (remove one of these needs)"));
}
