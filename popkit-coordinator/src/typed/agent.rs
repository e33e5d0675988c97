//! Typed handlers as one agent.

use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use popkit_protocol::{Failure, Outcome};

use super::{Handler, States, TypedTask};
use crate::{Agent, TaskContext};

/// A handler without its types.
#[async_trait]
pub(super) trait Run: Send + Sync + 'static {
    async fn run(&self, cx: &TaskContext, states: &States) -> Outcome;
}

/// A handler with its types.
pub(super) struct Route<H, T, Args> {
    pub(super) handler: H,
    pub(super) kind: PhantomData<fn(T) -> Args>,
}

#[async_trait]
impl<H, T, Args> Run for Route<H, T, Args>
where
    H: Handler<T, Args>,
    T: TypedTask,
    Args: 'static,
{
    async fn run(&self, cx: &TaskContext, states: &States) -> Outcome {
        // Neither gets better by trying again.
        let fatal = |kind: &str, error: popkit_protocol::JsonError| Outcome::Fail {
            error: Failure::new(kind, error.to_string()),
        };
        let task = match cx.task().spec.payload.decode::<T>() {
            Ok(task) => task,
            Err(error) => return fatal("payload", error),
        };
        match self.handler.call(task, cx, states).await {
            Ok(output) => Outcome::done(&output).unwrap_or_else(|error| fatal("result", error)),
            Err(error) => error.into_outcome(),
        }
    }
}

/// Hands each task to the handler of its kind.
pub(crate) struct Typed {
    pub(super) states: States,
    routes: HashMap<&'static str, Arc<dyn Run>>,
}

impl Typed {
    pub(super) fn new(states: States) -> Self {
        Self { states, routes: HashMap::new() }
    }

    pub(super) fn add(&mut self, kind: &'static str, run: Arc<dyn Run>) {
        self.routes.insert(kind, run);
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Typed")
            .field("kinds", &self.routes.keys())
            .field("states", &self.states)
            .finish()
    }
}

#[async_trait]
impl Agent for Typed {
    async fn execute(&self, cx: &TaskContext) -> Outcome {
        let kind = &cx.task().spec.kind;
        match self.routes.get(kind.as_str()) {
            Some(route) => route.run(cx, &self.states).await,
            // The profile names the kinds of the routes, so only a store that broke its
            // contract leads here.
            None => Outcome::retry(format!("this worker has no handler of kind {kind}")),
        }
    }
}
