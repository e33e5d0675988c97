//! What is written is read back, in both forms.

use popkit_protocol::compat::python::Python;
use popkit_protocol::{Codec, CodecErrorKind, Envelope, Message, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;

use super::strict;
use crate::strategies::envelope;

fn zones() -> impl Strategy<Value = i32> {
    prop_oneof![Just(0), -86_399..86_400_i32]
}

/// What the originals would drop, told independently of the crate.
fn is_dropped_by_python(envelope: &Envelope) -> bool {
    match &envelope.message {
        Message::Other { .. } => true,
        Message::Insight(insight) => !insight.kind.is_known() || !insight.extra.is_empty(),
        Message::Heartbeat(state) => !state.extra.is_empty(),
        Message::AgentDown(down) => {
            down.last_state.as_ref().is_some_and(|state| !state.extra.is_empty())
        }
        _ => false,
    }
}

fn survives_python(envelope: &Envelope, offset: i32) -> TestCaseResult {
    let python = Python::default().with_local_offset(offset).unwrap();
    let written = match python.encode(envelope) {
        Ok(written) => written,
        Err(error) => {
            prop_assert_eq!(error.kind(), CodecErrorKind::NotCarried, "{}", error);
            prop_assert!(is_dropped_by_python(envelope), "{}", error);
            return Ok(());
        }
    };
    let text = String::from_utf8(written).unwrap();
    prop_assert!(!is_dropped_by_python(envelope), "{}", text);
    prop_assert_eq!(strict::accepts(&text), Ok(()), "{}", text);
    prop_assert_eq!(&python.decode(text.as_bytes()).unwrap(), envelope, "{}", text);
    let native = Codec::default().with_local_offset(offset).unwrap();
    prop_assert_eq!(&native.decode(text.as_bytes()).unwrap(), envelope, "{}", text);
    Ok(())
}

proptest! {
    #[test]
    fn every_message_survives_the_native_form(envelope in envelope()) {
        let text = String::from_utf8(Codec::default().encode(&envelope).unwrap()).unwrap();
        prop_assert!(!text.contains('\n'));
        let back = Codec::default().decode(text.as_bytes());
        prop_assert_eq!(back.as_ref(), Ok(&envelope), "{}", text);
        let again = serde_json::from_str::<Envelope>(&serde_json::to_string(&envelope).unwrap());
        prop_assert_eq!(again.unwrap(), envelope);
    }

    #[test]
    fn every_message_survives_the_python_form_or_is_refused(
        envelope in envelope(), offset in zones(),
    ) {
        survives_python(&envelope, offset)?;
    }

    /// A bridge reads one form and writes the other: there and back nothing changes.
    #[test]
    fn a_message_survives_any_number_of_bridges(envelope in envelope(), offset in zones()) {
        let python = Python::default().with_local_offset(offset).unwrap();
        if let Ok(first) = python.encode(&envelope) {
            let over = Codec::default().encode(&python.decode(&first).unwrap()).unwrap();
            let back = python.encode(&Codec::default().decode(&over).unwrap()).unwrap();
            prop_assert_eq!(back, first);
        }
    }
}

#[test]
fn local_times_are_those_of_the_offset() {
    let text = r#"{"id":"a","type":"QUERY","from_agent":"human","to_agent":"*","payload":{},
        "timestamp":"2026-11-20T23:06:03"}"#;
    for (offset, expected) in [
        (0, "2026-11-20T23:06:03Z"),
        (3600, "2026-11-20T22:06:03Z"),
        (-3600, "2026-11-21T00:06:03Z"),
    ] {
        let codec = Codec::default().with_local_offset(offset).unwrap();
        let envelope = codec.decode(text.as_bytes()).unwrap();
        assert_eq!(envelope.sent_at, expected.parse::<Timestamp>().unwrap(), "{offset}");
        let python = Python::default().with_local_offset(offset).unwrap();
        let again = String::from_utf8(python.encode(&envelope).unwrap()).unwrap();
        assert!(again.contains("\"2026-11-20T23:06:03.000000\""), "{again}");
    }
    assert!(Codec::default().with_local_offset(86_400).is_err());
}
