//! Where an earlier attempt left off.

use popkit_protocol::{Failure, Json};
use serde::de::DeserializeOwned;

use super::Extract;
use crate::typed::States;
use crate::{TaskContext, TaskError};

/// The last checkpoint that an earlier attempt saved with
/// [`TaskContext::checkpoint`]; `None` where there is none.
///
/// One that does not decode is a failed attempt: beginning again from nothing could repeat
/// what must not be repeated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint<T>(pub Option<T>);

impl<T: DeserializeOwned + Send + 'static> Extract for Checkpoint<T> {
    fn check(_: &States) -> Result<(), String> {
        Ok(())
    }

    async fn extract(cx: &TaskContext, _: &States) -> Result<Self, TaskError> {
        let saved = cx.task().checkpoint.as_ref().map(Json::decode);
        saved.transpose().map(Self).map_err(|error| TaskError::Retry {
            after: None,
            failure: Failure::new("checkpoint", format!("the checkpoint does not fit: {error}")),
        })
    }
}
