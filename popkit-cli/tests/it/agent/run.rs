//! Taking part by a command.

use popkit_coordinator::machine::End;
use popkit_testkit::{Child, wait_until};

use super::{LONG, Stage, finish};

/// Starts an agent of this name with this script.
fn start(stage: &Stage, name: &str, script: &str) -> Child {
    let args = ["-v", "agent", "run", name, "--period", "1s", "--tags", "parser, lexer"];
    Child::spawn(&mut stage.room.command(&[&args[..], &["--", "sh", "-c", script]].concat()))
}

#[test]
fn an_agent_works_on_every_phase_until_the_session_is_over() {
    let mut stage = Stage::of(&["explore", "build"]);
    let script = "echo \"INSIGHT[parser]: found in $POPKIT_PHASE\"; \
                  echo \"$POPKIT_AGENT $POPKIT_PHASE\" >> done.txt";
    let out = finish(start(&stage, "one", script));
    assert_eq!((out.code, out.out.as_str()), (0, ""), "{out:?}");
    assert!(out.err.contains("one | INSIGHT[parser]: found in explore"), "{out:?}");
    assert_eq!(stage.end(), End::Completed);
    let done = std::fs::read_to_string(stage.room.path().join("done.txt")).unwrap();
    assert_eq!(done, "one explore\none build\n");
}

#[test]
fn popkit_in_the_command_finds_the_session() {
    let mut stage = Stage::of(&["work"]);
    let program = env!("CARGO_BIN_EXE_popkit");
    let script = format!(
        "cd / && '{program}' insight add 'from inside' --tags x && '{program}' agent list > \"$OLDPWD/list.txt\""
    );
    let out = finish(start(&stage, "one", &script));
    assert_eq!(out.code, 0, "{out:?}");
    assert_eq!(stage.end(), End::Completed);
    let list = std::fs::read_to_string(stage.room.path().join("list.txt")).unwrap();
    assert!(list.lines().any(|line| line.starts_with("one ") && line.contains("live")), "{list}");
}

#[test]
fn a_later_start_of_the_same_agent_takes_over() {
    let mut stage = Stage::of(&["work"]);
    let script = "until test -e go; do sleep 0.05; done";
    let first = start(&stage, "one", script);
    stage.until("state:one", "current_task=\"work\"");
    let second = start(&stage, "one", script);
    let out = finish(first);
    assert_eq!(out.code, 75, "{out:?}");
    assert!(out.err.contains("another start of agent one has joined"), "{out:?}");
    stage.room.write("go", "");
    assert_eq!(finish(second).code, 0);
    assert_eq!(stage.end(), End::Completed);
}

#[test]
fn interrupted_in_the_middle_it_stops_its_command_and_is_lost_unless_it_is_started_again() {
    let stage = Stage::of(&["work"]);
    let mut agent = start(&stage, "one", "echo $$ > pid.txt; exec sleep 600");
    let file = stage.room.path().join("pid.txt");
    wait_until(LONG, "the command", || file.exists());
    agent.interrupt();
    let out = finish(agent);
    assert_eq!(out.code, 130, "{out:?}");
    let pid = std::fs::read_to_string(file).unwrap().trim().parse().unwrap();
    wait_until(LONG, "the end of the command", || !popkit_testkit::alive(pid));
    stage.until("coordinator:status", "\"one\":\"lost\"");
}

#[test]
fn who_is_one_too_many_is_sent_away() {
    let stage = Stage::with(&["work"], |settings| settings.agents.most = 1);
    let _first = start(&stage, "one", "exec sleep 600");
    stage.until("coordinator:status", "\"one\":\"live\"");
    let out = finish(start(&stage, "two", "exit 0"));
    assert_eq!(out.code, 1, "{out:?}");
    assert!(out.err.contains("sent agent two away"), "{out:?}");
}

#[test]
fn a_session_that_is_stopped_ends_its_agents_well() {
    let mut stage = Stage::of(&["work"]);
    let agent = start(&stage, "one", "exec sleep 600");
    stage.until("state:one", "current_task=\"work\"");
    stage.stop();
    assert_eq!(finish(agent).code, 0);
    assert!(matches!(stage.end(), End::Stopped { .. }));
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_made() {
    let room = crate::room::Room::new();
    for args in [
        &["agent", "run", "one"][..],
        &["agent", "run", "one", "--", "ask", "{nobody}"],
        &["agent", "run", "one", "--period", "500ms", "--", "true"],
        &["agent", "run", "../x", "--", "true"],
        &["--plan", "p", "agent", "run", "one", "--", "true"],
    ] {
        let out = room.popkit(args);
        assert_eq!(out.code, 64, "{args:?}: {out:?}");
    }
    assert!(!room.path().join(".popkit").exists());
}
