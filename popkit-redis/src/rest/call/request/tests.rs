use super::*;

fn asked(form: Form, commands: Vec<Command>) -> (&'static str, String) {
    let ask = Request::new(form, commands).ask().unwrap();
    (ask.path, String::from_utf8(ask.body.to_vec()).unwrap())
}

#[test]
fn commands_are_the_documented_json() {
    let set = || Command::new("SET").args(["foo", "bar"]).args(["EX", "100"]);
    let get = || Command::new("GET").arg("foo");
    for (form, commands, path, body) in [
        (Form::One, vec![set()], "/", r#"["SET","foo","bar","EX","100"]"#),
        (
            Form::Pipeline,
            vec![set(), get()],
            "/pipeline",
            r#"[["SET","foo","bar","EX","100"],["GET","foo"]]"#,
        ),
        (Form::Pipeline, vec![get()], "/pipeline", r#"[["GET","foo"]]"#),
        (Form::Transaction, vec![get()], "/multi-exec", r#"[["GET","foo"]]"#),
    ] {
        assert_eq!(asked(form, commands), (path, body.to_owned()));
    }
}

#[test]
fn every_text_is_carried_and_every_number_is_a_string() {
    let command = Command::new("SET").arg(i64::MAX).arg("\"\\\u{0}\n€\u{1F600}");
    let (_, body) = asked(Form::One, vec![command]);
    assert_eq!(body, "[\"SET\",\"9223372036854775807\",\"\\\"\\\\\\u0000\\n€\u{1F600}\"]");
}

#[test]
fn what_is_no_text_is_refused_before_anything_is_sent() {
    let command = Command::new("SET").arg("k").arg(&[0xff_u8, 0xfe][..]);
    let error = Request::new(Form::One, vec![command]).ask().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("argument 2 of SET"), "{error}");
}

#[test]
fn a_request_knows_what_it_costs_and_whether_it_may_be_repeated() {
    let commands = || {
        vec![
            Command::new("GET").arg("a"),
            Command::new("EVALSHA").args(["f", "0"]),
            Command::new("EVAL").args(["return 1", "0"]),
        ]
    };
    let ask = Request::new(Form::Pipeline, commands()).ask().unwrap();
    assert_eq!((ask.commands, ask.scripts, ask.read), (3, 2, false));
    assert_eq!(ask.title, "GET and 2 more");
    let reads = vec![Command::new("GET").arg("a"), Command::new("XLEN").arg("b")];
    assert!(Request::new(Form::Pipeline, reads.clone()).ask().unwrap().read);
    assert!(!Request::new(Form::Transaction, reads).ask().unwrap().read);
}

#[test]
fn what_rest_does_not_take_is_refused_here() {
    for command in [
        Command::new("BLPOP").args(["a", "0"]),
        Command::new("XREAD").args(["BLOCK", "5", "STREAMS", "a", "0"]),
        Command::new("XREADGROUP").args(["GROUP", "g", "c", "block", "5", "STREAMS", "a", ">"]),
        Command::new("WATCH").arg("a"),
        Command::new("SUBSCRIBE").arg("a"),
        Command::new("HELLO"),
        Command::new("CLIENT").arg("ID"),
    ] {
        let error = check_carried(&command).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert!(error.message().contains("rediss://"), "{error}");
    }
    for command in [
        Command::new("PING"),
        Command::new("XREAD").args(["COUNT", "1", "STREAMS", "BLOCK", "0"]),
        Command::new("EVALSHA"),
    ] {
        check_carried(&command).unwrap();
    }
}
