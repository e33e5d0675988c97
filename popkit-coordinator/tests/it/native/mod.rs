//! Agents that are commands, in real sessions: real coordinators, real child processes.

#![cfg(unix)]
// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod agents;
mod messages;
mod team;
mod trouble;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use popkit_coordinator::agent::handle::{AgentOptions, Ended};
use popkit_coordinator::native::{NativeAgent, NativeOptions, Restart};
use popkit_coordinator::plan::Template;
use popkit_coordinator::process::ShimCommand;
use popkit_coordinator::{AgentError, Shutdown};
use popkit_protocol::AgentId;

use crate::runtime::Stage;

fn shim() -> ShimCommand {
    ShimCommand { program: crate::process::example(), args: vec!["__shim".into()] }
}

/// An agent of this shell script; the prompt is its `$1`.
fn options(name: &str, script: &str, folder: &Path) -> NativeOptions {
    let agent = AgentOptions::new(AgentId::new(name).unwrap())
        .with_period(Duration::from_secs(1))
        .with_tags(["parser"]);
    let argv = ["sh", "-c", script, name, "{prompt}"].map(str::to_owned);
    let command = Template::from_argv(argv.to_vec()).unwrap();
    let restart = Restart::times(2).with_delay(Duration::from_millis(10));
    NativeOptions::new(agent, command, shim(), folder.to_owned()).with_restart(restart)
}

/// Joins and works until the session is over.
async fn work(stage: &Stage, options: NativeOptions) -> Result<Option<Ended>, AgentError> {
    let (transport, documents) = (Arc::clone(&stage.transport), Arc::clone(&stage.documents));
    let agent = NativeAgent::join(transport, documents, options).await?;
    agent.run(&Shutdown::new()).await
}
