//! Which attempt.

use super::Extract;
use crate::typed::States;
use crate::{TaskContext, TaskError};

/// The number of the attempt, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(pub u32);

impl Extract for Attempt {
    fn check(_: &States) -> Result<(), String> {
        Ok(())
    }

    async fn extract(cx: &TaskContext, _: &States) -> Result<Self, TaskError> {
        Ok(Self(cx.attempt()))
    }
}
