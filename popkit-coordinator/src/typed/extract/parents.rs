//! What the parents of a task brought.

use popkit_protocol::{Failure, Json, Need, Task};
use serde::de::DeserializeOwned;

use super::Extract;
use crate::typed::States;
use crate::{TaskContext, TaskError};

/// The results of the task's parents, in the order of its needs. A parent without a result,
/// for instance one that failed and was ignored, counts as `null`: take `Parents<Option<T>>`
/// where that may be.
///
/// A parent that is gone, or whose result is something else, is a failed attempt that names
/// the parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parents<T>(pub Vec<T>);

fn refuse(text: String) -> TaskError {
    TaskError::Retry { after: None, failure: Failure::new("parents", text) }
}

fn result_of<T: DeserializeOwned>(need: &Need, parents: &[Task]) -> Result<T, TaskError> {
    let id = &need.task;
    let Some(parent) = parents.iter().find(|parent| parent.id() == id) else {
        return Err(refuse(format!("parent {id} is gone")));
    };
    let result = parent.result.clone().unwrap_or_else(Json::null);
    result.decode().map_err(|error| {
        let state = parent.state;
        refuse(format!("the result of parent {id} ({state}) does not fit: {error}"))
    })
}

impl<T: DeserializeOwned + Send + 'static> Extract for Parents<T> {
    fn check(_: &States) -> Result<(), String> {
        Ok(())
    }

    async fn extract(cx: &TaskContext, _: &States) -> Result<Self, TaskError> {
        let parents = cx.parents().await?;
        let needs = &cx.task().spec.needs;
        needs.iter().map(|need| result_of(need, &parents)).collect::<Result<_, _>>().map(Self)
    }
}
