//! One result, from JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::Reply;

/// Why a result is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Odd {
    /// A string that is not the base64 that was asked for.
    NotEncoded,
    /// A number beyond 64 bits.
    Number,
    /// An object, which no answer of Redis is.
    Object,
}

impl Odd {
    pub(super) const fn what(self) -> &'static str {
        match self {
            Self::NotEncoded => {
                "holds text that is not the base64 that was asked for; is something in between \
                 that drops the header Upstash-Encoding?"
            }
            Self::Number => "holds a number beyond 64 bits",
            Self::Object => "holds an object, which no answer of Redis does",
        }
    }
}

/// The reply. Every string is base64 but the status `OK`, at the top or nested; which cannot be
/// taken for the other, for `OK` is no valid base64.
pub(super) fn reply(value: Value) -> Result<Reply, Odd> {
    Ok(match value {
        Value::Null => Reply::Nil,
        Value::Bool(flag) => Reply::Bool(flag),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => Reply::Int(number),
            (None, Some(number)) if !number.is_finite() => return Err(Odd::Number),
            (None, Some(double)) if number.is_f64() => Reply::Double(double),
            _ => return Err(Odd::Number),
        },
        Value::String(text) if text == "OK" => Reply::Status(text),
        Value::String(text) => {
            Reply::Bytes(STANDARD.decode(text).map_err(|_| Odd::NotEncoded)?.into())
        }
        Value::Array(items) => {
            Reply::Array(items.into_iter().map(reply).collect::<Result<_, _>>()?)
        }
        Value::Object(_) => return Err(Odd::Object),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(json: &str) -> Result<Reply, Odd> {
        reply(serde_json::from_str(json).unwrap())
    }

    fn bytes(text: &str) -> Reply {
        Reply::Bytes(text.to_owned().into())
    }

    #[test]
    fn strings_are_base64_but_the_status_ok_at_every_depth() {
        assert_eq!(read(r#""OK""#).unwrap(), Reply::Status("OK".to_owned()));
        assert_eq!(read(r#""T0s=""#).unwrap(), bytes("OK"));
        assert_eq!(read(r#""YmFy""#).unwrap(), bytes("bar"));
        assert_eq!(read(r#""""#).unwrap(), bytes(""));
        assert_eq!(read(r#""//79""#).unwrap(), Reply::Bytes(vec![0xff, 0xfe, 0xfd].into()));
        let nested = read(r#"["OK", ["T0s=", null, 3]]"#).unwrap();
        let inner = Reply::Array(vec![bytes("OK"), Reply::Nil, Reply::Int(3)]);
        assert_eq!(nested, Reply::Array(vec![Reply::Status("OK".to_owned()), inner]));
    }

    #[test]
    fn what_is_not_base64_is_never_taken_as_it_is() {
        // The second and third are texts that a lenient decoder turns into something else.
        for text in ["value-one", "v2", "dGVzdA", "YmF=", "YmFy ", "YmFy\n", "ok", "YQ===", "_-8="]
        {
            let json = serde_json::to_string(text).unwrap();
            assert_eq!(read(&json), Err(Odd::NotEncoded), "{text}");
        }
        assert_eq!(read(r#"["YmFy", ["bar!"]]"#), Err(Odd::NotEncoded));
    }

    #[test]
    fn integers_keep_all_their_64_bits() {
        for number in [0, -1, (1 << 53) + 1, i64::MAX, i64::MIN] {
            assert_eq!(read(&number.to_string()).unwrap(), Reply::Int(number));
        }
        assert_eq!(read("9223372036854775808"), Err(Odd::Number));
        assert_eq!(read("1.5").unwrap(), Reply::Double(1.5));
        assert_eq!(read("null").unwrap(), Reply::Nil);
        assert_eq!(read(r#"{"a":1}"#), Err(Odd::Object));
    }

    proptest! {
        #[test]
        fn all_bytes_come_back(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let json = serde_json::to_string(&STANDARD.encode(&bytes)).unwrap();
            prop_assert_eq!(read(&json).unwrap(), Reply::Bytes(bytes.into()));
        }
    }
}
