//! How replies are written.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::answer::Answer;
use crate::upstash::options::{Broken, UpstashOptions};
use crate::upstash::resp::Reply;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// JSON; what is not UTF-8 is lost.
    Plain,
    /// JSON with strings in base64.
    Base64 {
        /// Also an `OK` within a list.
        nested_ok: bool,
    },
    /// JSON with strings that are not base64, though it was asked for.
    Garbage,
    /// RESP2 as Redis sends it.
    Resp2,
}

impl Format {
    /// The form that a request asks for.
    ///
    /// # Errors
    ///
    /// The answer to a form that there is not.
    pub(super) fn asked(
        headers: &HeaderMap,
        transaction: bool,
        options: &UpstashOptions,
    ) -> Result<Self, Answer> {
        let header = |name| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
        let base64 = match header("upstash-encoding") {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("base64") => true,
            Some(value) => return Err(bad(&format!("unknown Upstash-Encoding '{value}'"))),
        };
        match header("upstash-response-format") {
            None => {}
            Some(value) if value.eq_ignore_ascii_case("json") => {}
            Some(value) if !value.eq_ignore_ascii_case("resp2") => {
                return Err(bad(&format!("unknown Upstash-Response-Format '{value}'")));
            }
            Some(_) if base64 => return Err(bad("resp2 cannot be encoded as base64")),
            Some(_) if transaction => return Err(bad("resp2 is not available for multi-exec")),
            Some(_) => return Ok(Self::Resp2),
        }
        if base64 && !options.is(Broken::NoBase64) {
            return Ok(Self::Base64 { nested_ok: options.encode_nested_ok });
        }
        Ok(Self::Plain)
    }

    /// The answer to one command; an error has the status `failed`.
    pub(super) fn one(self, reply: &Reply, failed: u16) -> Answer {
        let status = if matches!(reply, Reply::Error(_)) { failed } else { 200 };
        if self == Self::Resp2 {
            return self.resp2(status, reply);
        }
        Answer::json(status, &self.item(reply))
    }

    /// The answer to several commands; errors are among the items.
    pub(super) fn many(self, replies: Vec<Reply>) -> Answer {
        if self == Self::Resp2 {
            return self.resp2(200, &Reply::Array(Some(replies)));
        }
        Answer::json(200, &replies.iter().map(|reply| self.item(reply)).collect())
    }

    fn resp2(self, status: u16, reply: &Reply) -> Answer {
        let mut body = Vec::new();
        reply.write(&mut body);
        Answer::resp2(status, body)
    }

    fn item(self, reply: &Reply) -> Value {
        match reply {
            Reply::Error(text) => json!({ "error": String::from_utf8_lossy(text) }),
            reply => json!({ "result": self.value(reply, true) }),
        }
    }

    fn value(self, reply: &Reply, top: bool) -> Value {
        match reply {
            Reply::Status(text) if text == b"OK" && !self.encodes_ok(top) => json!("OK"),
            Reply::Status(text) | Reply::Bulk(Some(text)) => Value::String(self.string(text)),
            // Within a list, as a script may build it.
            Reply::Error(text) => json!(String::from_utf8_lossy(text)),
            Reply::Integer(number) => json!(number),
            Reply::Bulk(None) | Reply::Array(None) => Value::Null,
            Reply::Array(Some(items)) => items.iter().map(|item| self.value(item, false)).collect(),
        }
    }

    fn encodes_ok(self, top: bool) -> bool {
        !top && self == Self::Base64 { nested_ok: true }
    }

    fn string(self, text: &[u8]) -> String {
        match self {
            Self::Base64 { .. } => STANDARD.encode(text),
            Self::Garbage => "*not base64*".to_owned(),
            Self::Plain | Self::Resp2 => String::from_utf8_lossy(text).into_owned(),
        }
    }
}

fn bad(what: &str) -> Answer {
    Answer::error(400, &format!("ERR {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Reply {
        Reply::Bulk(Some(text.as_bytes().to_vec()))
    }

    fn shown(format: Format, reply: &Reply) -> String {
        String::from_utf8(format.one(reply, 400).body).unwrap()
    }

    const BASE64: Format = Format::Base64 { nested_ok: false };

    #[test]
    fn every_string_but_the_reply_ok_is_encoded() {
        let ok = Reply::Status(b"OK".to_vec());
        assert_eq!(shown(BASE64, &ok), r#"{"result":"OK"}"#);
        assert_eq!(shown(BASE64, &text("OK")), r#"{"result":"T0s="}"#);
        assert_eq!(shown(BASE64, &Reply::Status(b"PONG".to_vec())), r#"{"result":"UE9ORw=="}"#);
        let list = Reply::Array(Some(vec![ok, text("bar"), Reply::Integer(3), Reply::Bulk(None)]));
        assert_eq!(shown(BASE64, &list), r#"{"result":["OK","YmFy",3,null]}"#);
        let strict = Format::Base64 { nested_ok: true };
        assert_eq!(shown(strict, &list), r#"{"result":["T0s=","YmFy",3,null]}"#);
    }

    #[test]
    fn errors_are_never_encoded() {
        let answer = BASE64.one(&Reply::error("ERR no"), 400);
        assert_eq!(answer, Answer::error(400, "ERR no"));
        let many = BASE64.many(vec![Reply::error("ERR no"), Reply::Integer(1)]);
        assert_eq!(many.status, 200);
        assert_eq!(many.body, br#"[{"error":"ERR no"},{"result":1}]"#);
    }

    #[test]
    fn without_base64_other_bytes_are_lost() {
        let bytes = Reply::Bulk(Some(b"a\xff".to_vec()));
        assert_eq!(shown(Format::Plain, &bytes), "{\"result\":\"a\u{fffd}\"}");
    }

    #[test]
    fn forms_that_there_are_not_are_refused() {
        let asked = |pairs: &[(&'static str, &str)], transaction| {
            let headers = pairs.iter().map(|(name, value)| {
                (axum::http::HeaderName::from_static(name), value.parse().unwrap())
            });
            Format::asked(&headers.collect(), transaction, &UpstashOptions::default())
                .map_err(|answer| answer.status)
        };
        let (encoding, form) = ("upstash-encoding", "upstash-response-format");
        assert_eq!(asked(&[], false), Ok(Format::Plain));
        assert_eq!(asked(&[(encoding, "base64"), (form, "json")], true), Ok(BASE64));
        assert_eq!(asked(&[(form, "resp2")], false), Ok(Format::Resp2));
        assert_eq!(asked(&[(form, "resp2")], true), Err(400));
        assert_eq!(asked(&[(form, "resp3")], false), Err(400));
        assert_eq!(asked(&[(encoding, "base64"), (form, "resp2")], false), Err(400));
    }
}
