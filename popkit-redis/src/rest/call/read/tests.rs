use popkit_protocol::OutcomeKind;
use proptest::prelude::*;

use super::*;

fn commands() -> Vec<Command> {
    vec![Command::new("SET").args(["a", "1"]), Command::new("GET").arg("a")]
}

fn read_as(form: Form, body: &str) -> Result<Vec<Result<Reply>>, Trouble> {
    let mut commands = commands();
    if form == Form::One {
        commands.truncate(1);
    }
    Request::new(form, commands).read(&Answer::of(200, body))
}

fn text(text: &str) -> Reply {
    Reply::Bytes(text.to_owned().into())
}

#[test]
fn one_answer_is_read() {
    let one = |body: &str| read_as(Form::One, body).unwrap().remove(0);
    assert_eq!(one(r#"{"result":"OK"}"#).unwrap(), Reply::Status("OK".to_owned()));
    assert_eq!(one(r#"{"result":"YmFy"}"#).unwrap(), text("bar"));
    assert_eq!(one(r#"{"result":null}"#).unwrap(), Reply::Nil);
    assert_eq!(one(r#"{"result":7}"#).unwrap(), Reply::Int(7));
    let error = one(r#"{"error":"WRONGTYPE Operation against a key"}"#).unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::Corrupt, OutcomeKind::NotApplied));
}

#[test]
fn the_answer_to_xread_keeps_its_shape() {
    let body = r#"{"result":[["a2V5",[["MS0w",["Zg==","dg=="]]]]]}"#;
    let streams = read_as(Form::One, body).unwrap().remove(0).unwrap().into_map().unwrap();
    let [(key, entries)] = <[_; 1]>::try_from(streams).unwrap();
    assert_eq!(key, text("key"));
    let fields = Reply::Array(vec![text("f"), text("v")]);
    assert_eq!(entries, Reply::Array(vec![Reply::Array(vec![text("1-0"), fields])]));
}

#[test]
fn each_part_of_a_pipeline_stands_for_itself() {
    let body = r#"[{"error":"OOM command not allowed"},{"result":"YmFy"}]"#;
    for form in [Form::Pipeline, Form::Transaction] {
        let answers = read_as(form, body).unwrap();
        assert_eq!(answers[0].as_ref().unwrap_err().kind(), ErrorKind::Full);
        assert_eq!(answers[1].as_ref().unwrap(), &text("bar"));
    }
}

#[test]
fn a_discarded_transaction_is_one_error_and_nothing_was_done() {
    let body = r#"{"error":"EXECABORT Transaction discarded because of previous errors."}"#;
    let error = read_as(Form::Transaction, body).unwrap_err().error;
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::InvalidInput, OutcomeKind::NotApplied));
}

#[test]
fn an_answer_that_is_none_is_never_guessed_at() {
    for (form, body, says) in [
        (Form::One, "<html>hunter2</html>", "is a page and not JSON"),
        (Form::One, r#"{"result":"hunter2 te"#, "is not the JSON"),
        (Form::One, "", "is not the JSON"),
        (Form::One, r#"{"other":1}"#, "neither result nor error"),
        (Form::One, r#"{"result":"hunter2"}"#, "not the base64"),
        (Form::One, r#"{"result":{"hunter2":1}}"#, "holds an object"),
        (Form::Pipeline, r#"[{"result":1}]"#, "has 1 parts for 2"),
        (Form::Pipeline, r#"{"result":1}"#, "is no list"),
        (Form::Pipeline, r#"[{"result":1},{"result":"hunter2"}]"#, "not the base64"),
    ] {
        let trouble = read_as(form, body).unwrap_err();
        assert_eq!(trouble.error.kind(), ErrorKind::Unexpected);
        assert_eq!(trouble.error.outcome(), OutcomeKind::Unknown);
        assert!(trouble.error.message().contains(says), "{body}: {}", trouble.error);
        assert!(!format!("{:?}", trouble.error).contains("hunter2"), "{:?}", trouble.error);
    }
}

proptest! {
    #[test]
    fn no_answer_panics(body in ".*", status in 200_u16..600) {
        for form in [Form::One, Form::Pipeline, Form::Transaction] {
            let _ = Request::new(form, commands()).read(&Answer::of(status, &body));
        }
    }
}

#[test]
fn a_status_other_than_200_is_a_refusal_of_all() {
    let answer = Answer::of(400, r#"{"error":"ERR syntax error"}"#);
    let trouble = Request::new(Form::Pipeline, commands()).read(&answer).unwrap_err();
    assert_eq!(trouble.sort, Sort::Told);
    assert_eq!(trouble.error.outcome(), OutcomeKind::NotApplied);
}
