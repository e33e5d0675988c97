//! The agent that is killed: a process of its own.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use popkit_benches::Failure;
use popkit_benches::peer::end_with_parent;
use popkit_coordinator::{Agent, AgentHandle, AgentOptions, Shutdown, TaskContext, Worker};
use popkit_protocol::{AgentId, IdSource as _, Outcome, RandomIds};

use crate::crowd::JOB;
use crate::say;
use crate::scene::handles;

/// Says that it has the task, and never ends it.
struct Holder;

#[async_trait]
impl Agent for Holder {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        match say(cx.id().as_str()) {
            Ok(()) => std::future::pending().await,
            Err(error) => Outcome::fail(error.to_string()),
        }
    }
}

/// Joins the session, claims a task, and holds it until this process is killed.
pub(crate) async fn hold(place: &str, lease: Duration) -> Result<(), Failure> {
    end_with_parent()?;
    let handles = handles(place).await?;
    let name = format!("victim-{}", RandomIds.message_id());
    let (transport, documents) =
        (Arc::clone(&handles.transport), Arc::clone(&handles.store.documents));
    let options = AgentOptions::new(AgentId::new(&name)?);
    let session = AgentHandle::join(transport, documents, options).await?;
    let worker = Worker::builder(&name).kinds([JOB]).lease(lease).session(session);
    worker.build(handles.tasks(), Arc::new(Holder))?.run_until(&Shutdown::new()).await?;
    Ok(())
}
