//! Messages in all their forms: no bytes panic, and what is read can be written again and is
//! then the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use popkit_protocol::compat::python::Python;
use popkit_protocol::compat::spine::Spine;
use popkit_protocol::session::{
    AgentState, Approval, Boundary, CompletedSession, Insight, Objective, Orphan, Pattern,
};
use popkit_protocol::{Codec, Envelope, Json, Object};

fuzz_target!(|bytes: &[u8]| {
    let (codec, python, spine) = (Codec::default(), Python::default(), Spine::default());
    if let Ok(envelope) = codec.decode(bytes) {
        let again = codec.encode(&envelope).expect("what was read can be written");
        assert_eq!(codec.decode(&again).as_ref(), Ok(&envelope));
        // What the originals carry survives them.
        if let Ok(theirs) = python.encode(&envelope) {
            assert_eq!(python.decode(&theirs).as_ref(), Ok(&envelope));
            assert_eq!(codec.decode(&theirs).as_ref(), Ok(&envelope));
        }
    }
    if let Ok(envelope) = python.decode(bytes) {
        let again = python.encode(&envelope).expect("what was read can be written");
        assert_eq!(python.decode(&again).as_ref(), Ok(&envelope));
        assert_eq!(codec.decode(bytes), Ok(envelope));
    }
    if let Ok(envelope) = spine.decode(bytes) {
        let again = spine.encode(&envelope).expect("what was read can be written");
        assert_eq!(spine.decode(&again), Ok(envelope));
    }
    let _ = codec.decode_control(bytes);
    let _ = serde_json::from_slice::<Envelope>(bytes);
    if let Ok(json) = serde_json::from_slice::<Json>(bytes) {
        documents(codec, python, &json);
    }
});

/// The answers do not matter.
fn documents(codec: Codec, python: Python, json: &Json) {
    let _ = codec.from_json::<AgentState>(json);
    let _ = codec.from_json::<Approval>(json);
    let _ = codec.from_json::<Boundary>(json);
    let _ = codec.from_json::<CompletedSession>(json);
    let _ = codec.from_json::<Insight>(json);
    let _ = codec.from_json::<Objective>(json);
    let _ = codec.from_json::<Orphan>(json);
    let _ = python.from_json::<Pattern>(json);
    let _ = Object::new(json);
}
