//! The interface agent, over a memory store and over SQLite.

// Clippy's exception for tests does not cover the helpers of tests.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod cancel;
mod create;
mod hear;
mod look;
mod status;

use std::sync::Arc;

use popkit_coordinator::agent::interface::{Answer, AnswerData, InterfaceAgent, TaskLine};
use popkit_protocol::ManualClock;

use crate::supervisor::Stage;

fn desk(stage: &Stage) -> InterfaceAgent {
    let desk = InterfaceAgent::new("desk", Arc::clone(&stage.store)).unwrap();
    desk.with_clock(Arc::<ManualClock>::clone(&stage.clock))
}

async fn ask(desk: &InterfaceAgent, line: &str) -> Answer {
    desk.answer(line).await.unwrap_or_else(|error| panic!("{line}: {error}"))
}

async fn refused(desk: &InterfaceAgent, line: &str) -> String {
    match desk.answer(line).await {
        Ok(answer) => panic!("{line}: {answer}"),
        Err(error) => error.to_string(),
    }
}

/// The ids of a list.
async fn listed(desk: &InterfaceAgent, line: &str) -> Vec<String> {
    let AnswerData::Tasks(list) = ask(desk, line).await.data else { panic!("{line}: no list") };
    list.tasks.iter().map(|task| task.id.to_string()).collect()
}

fn line_of(answer: Answer) -> TaskLine {
    match answer.data {
        AnswerData::Created(line) | AnswerData::Changed(line) => line,
        other => panic!("{other:?}"),
    }
}
