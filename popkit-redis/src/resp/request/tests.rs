use super::*;
use crate::ErrorKind;

fn parsed(lines: &[&str]) -> Vec<Value> {
    lines.iter().map(|line| redis::parse_redis_value(line.as_bytes()).unwrap()).collect()
}

fn writes() -> Vec<Command> {
    vec![Command::new("SET").args(["a", "1"]), Command::new("INCR").arg("b")]
}

#[test]
fn a_transaction_has_one_answer_for_each_command_of_the_caller() {
    let request = Request::transaction(writes());
    assert_eq!(request.commands.len(), 4);
    let answers =
        parsed(&["+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*2\r\n+OK\r\n-WRONGTYPE x\r\n"]);
    let read = request.read(answers, false).unwrap();
    assert_eq!(read.len(), 2);
    assert_eq!(read[0].as_ref().unwrap(), &Reply::Status("OK".to_owned()));
    assert_eq!(read[1].as_ref().unwrap_err().kind(), ErrorKind::Corrupt);
}

#[test]
fn a_transaction_that_was_refused_says_why() {
    let answers = ["+OK\r\n", "-OOM x\r\n", "+QUEUED\r\n", "-EXECABORT y\r\n"];
    let error = Request::transaction(writes()).read(parsed(&answers), false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Full);
    let answers = ["+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "-EXECABORT y\r\n"];
    let error = Request::transaction(writes()).read(parsed(&answers), false).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let answers = ["+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*-1\r\n"];
    assert!(Request::transaction(writes()).read(parsed(&answers), false).is_err());
}

#[test]
fn only_what_was_not_done_at_all_passes() {
    let one = Request::one(Command::new("INCR").arg("a"));
    assert!(one.passing(&parsed(&["-LOADING x\r\n"]), false).is_some());
    assert!(one.passing(&parsed(&[":1\r\n"]), false).is_none());
    assert!(one.passing(&parsed(&["-OOM x\r\n"]), false).is_none());

    let several = Request::pipeline(writes());
    assert!(several.passing(&parsed(&["-LOADING x\r\n", "-LOADING x\r\n"]), false).is_some());
    assert!(several.passing(&parsed(&["-LOADING x\r\n", ":1\r\n"]), false).is_none());

    let whole = Request::transaction(writes());
    let refused = ["+OK\r\n", "-READONLY x\r\n", "+QUEUED\r\n", "-EXECABORT y\r\n"];
    assert!(whole.passing(&parsed(&refused), false).is_some());
    let done = ["+OK\r\n", "+QUEUED\r\n", "+QUEUED\r\n", "*1\r\n-READONLY x\r\n"];
    assert!(whole.passing(&parsed(&done), false).is_none());
}

#[test]
fn reads_and_titles_follow_from_the_commands() {
    assert!(Request::one(Command::new("GET")).is_read());
    assert!(!Request::transaction(vec![Command::new("GET")]).is_read());
    assert!(!Request::pipeline(writes()).is_atomic() && Request::transaction(writes()).is_atomic());
    assert_eq!(Request::pipeline(writes()).title(), "SET and 1 more");
    assert_eq!(Request::transaction(writes()).title(), "SET and 1 more");
    assert_eq!(Request::one(Command::new("XINFO").args(["STREAM", "a"])).title(), "XINFO STREAM");
    assert_eq!(Request::transaction(writes()).key(), Some(&b"a"[..]));
}

#[test]
fn what_blocks_or_changes_a_connection_is_not_shared() {
    for command in [
        Command::new("BLPOP").args(["a", "0"]),
        Command::new("XREAD").args(["COUNT", "1", "block", "5", "STREAMS", "a", "0"]),
        Command::new("SUBSCRIBE").arg("a"),
        Command::new("SELECT").arg(1),
        Command::new("MULTI"),
    ] {
        for request in [
            Request::one(command.clone()),
            Request::pipeline(vec![Command::new("PING"), command.clone()]),
            Request::transaction(vec![command]),
        ] {
            let error = request.check().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput);
            assert!(error.message().contains("use a dedicated one"), "{error}");
        }
    }
    Request::transaction(writes()).check().unwrap();
    let stream = Command::new("XREAD").args(["STREAMS", "BLOCK", "0"]);
    Request::one(stream).check().unwrap();
}
