//! What handlers share.

use std::any::type_name;
use std::sync::Arc;

use super::Extract;
use crate::typed::States;
use crate::{TaskContext, TaskError};

/// A value given with [`Handlers::state`](crate::typed::Handlers::state). Missing state is
/// found when the worker is built.
#[derive(Debug)]
pub struct State<T>(pub Arc<T>);

impl<T> Clone for State<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

fn missing<T>() -> String {
    format!("State<{}>, which was not given", type_name::<T>())
}

impl<T: Send + Sync + 'static> Extract for State<T> {
    fn check(states: &States) -> Result<(), String> {
        states.get::<T>().map(|_| ()).ok_or_else(missing::<T>)
    }

    async fn extract(_: &TaskContext, states: &States) -> Result<Self, TaskError> {
        states.get().map(Self).ok_or_else(|| TaskError::retry(missing::<T>()))
    }
}
