//! The person. Here the example plays it; in earnest `popkit pending` and `popkit approve` do.

use std::sync::Arc;

use popkit_coordinator::Post;
use popkit_coordinator::runtime::Decision;
use popkit_protocol::{Clock as _, MessageId, RandomIds, SystemClock};
use popkit_transport::Stamps;
use serde_json::Value;

use crate::script::{ASKS, PERSON};
use crate::session::{Failure, Stage, say};

/// Reads the question where people read it, and answers yes if it is the one of the script.
pub(crate) async fn answer(stage: &Stage, question: &MessageId) -> Result<(), Failure> {
    let listed: Value = serde_json::from_str(&stage.until("human", question.as_str()).await?)?;
    let text = listed.get("decision_needed").and_then(Value::as_str).unwrap_or_default();
    let is_known = text == ASKS.1;
    say(format!("{PERSON} (this program plays it) reads: {text}"))?;
    let decision = Decision::new(question.clone(), is_known, PERSON, SystemClock.now());
    let decision = decision.with_notes("in a migration of its own");
    decision.write(&*stage.documents).await?;
    let stamps = Stamps::new(&RandomIds);
    let post = Post::new(Arc::clone(&stage.transport), stage.names.clone(), stamps);
    post.send(&decision.notice(&RandomIds, &SystemClock)?).await?;
    Ok(())
}
