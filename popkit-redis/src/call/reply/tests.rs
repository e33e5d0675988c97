use super::*;

fn bytes(text: &str) -> Reply {
    Reply::Bytes(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn a_number_is_read_in_every_form() {
    for form in [Reply::Int(42), bytes("42"), Reply::Status("42".to_owned())] {
        assert_eq!(form.into_int().unwrap(), 42);
    }
    assert_eq!(Reply::Bool(true).into_int().unwrap(), 1);
    assert_eq!(bytes("2.5").into_double().unwrap().to_bits(), 2.5_f64.to_bits());
    assert!(Reply::Int(-1).into_count().is_err() && bytes("4x").into_int().is_err());
}

#[test]
fn a_flag_is_read_in_every_form() {
    assert!(Reply::Bool(true).into_bool().unwrap() && Reply::Int(1).into_bool().unwrap());
    assert!(!bytes("0").into_bool().unwrap());
}

#[test]
fn a_map_is_read_in_every_form() {
    let flat = Reply::Array(vec![bytes("a"), Reply::Int(1), bytes("b"), Reply::Int(2)]);
    let pairs = vec![(bytes("a"), Reply::Int(1)), (bytes("b"), Reply::Int(2))];
    assert_eq!(flat.into_map().unwrap(), pairs);
    assert_eq!(Reply::Map(pairs.clone()).into_map().unwrap(), pairs);
    let lists = pairs.iter().map(|(key, value)| Reply::Array(vec![key.clone(), value.clone()]));
    assert_eq!(Reply::Array(lists.collect()).into_map().unwrap(), pairs);
    assert!(Reply::Array(vec![Reply::Nil]).into_map().is_err());
}

#[test]
fn what_is_wrong_says_what_was_there_instead() {
    for (error, says) in [
        (Reply::Nil.into_int().unwrap_err(), "expected a number, the server answered nothing"),
        (
            Reply::Int(3).into_array().unwrap_err(),
            "expected a list, the server answered the number 3",
        ),
        (
            bytes("secret").into_int().unwrap_err(),
            "expected a number, the server answered a string",
        ),
        (
            Reply::Array(Vec::new()).into_tuple::<2>().unwrap_err(),
            "expected a list of 2, the server answered 0",
        ),
        (Reply::Nil.into_ok().unwrap_err(), "expected OK, the server answered nothing"),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert_eq!(error.message(), says);
    }
}

#[test]
fn an_error_inside_an_answer_keeps_its_words() {
    let refused = ServerError::parse("NOGROUP No such key");
    let error = Reply::Error(refused.clone()).into_bytes().unwrap_err();
    assert_eq!(crate::server_error(&error), Some(&refused));
}

#[test]
fn text_must_be_utf_8_and_bytes_need_not() {
    let odd = Reply::Bytes(Bytes::from_static(&[0xff]));
    assert!(odd.clone().into_text().is_err());
    assert_eq!(odd.into_bytes().unwrap()[..], [0xff]);
    assert_eq!(Reply::Status("OK".to_owned()).into_text().unwrap(), "OK");
}
