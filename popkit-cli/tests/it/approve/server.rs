//! A whole session on a server: its agents ask, and a person answers.

use popkit_testkit::{Child, RedisOptions, RedisServer, wait_for};

use crate::agent::{LONG, finish};
use crate::room::Room;

#[test]
fn agents_of_a_session_on_redis_ask_and_go_on_when_a_person_says_yes() {
    let server = RedisServer::start(RedisOptions::default());
    let mut room = Room::new();
    room.set("POPKIT_URL", server.url());
    let program = env!("CARGO_BIN_EXE_popkit");
    let script = format!("'{program}' agent ask 'deploy?' && '{program}' insight add 'it is out'");
    let options = ["power", "start", "tidy", "--phases", "work", "--period", "1s", "--agents", "1"];
    let args = [&options[..], &["--", "sh", "-c", &script]].concat();
    let session = Child::spawn(&mut room.command(&args));
    let question = wait_for(LONG, "the question", || {
        let out = room.popkit(&["--json", "pending"]);
        assert_eq!(out.code, 0, "{out:?}");
        out.lines().into_iter().next()
    });
    assert_eq!((&question["from"], &question["question"]), (&"agent-1".into(), &"deploy?".into()));
    let agents = room.popkit(&["--json", "agent", "list"]).lines();
    assert_eq!((&agents[0]["id"], &agents[0]["standing"]), (&"agent-1".into(), &"live".into()));
    let id = question["id"].as_str().unwrap();
    let out = finish(Child::on_terminal(&mut room.command(&["approve", id])));
    assert_eq!(out.code, 0, "{out:?}");
    let out = finish(session);
    assert_eq!(out.code, 0, "{out:?}");
}
