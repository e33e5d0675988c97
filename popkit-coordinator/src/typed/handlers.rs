//! The table of handlers.

use std::any::type_name;
use std::collections::BTreeSet;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use popkit_protocol::{Capability, TaskKind};

use super::agent::{Route, Run, Typed};
use super::{Handler, Policy, States, TypedTask};

/// The handlers of one worker and what they share. Mistakes are collected and reported when
/// the worker is built, all at once.
///
/// ```
/// use popkit_coordinator::typed::{Handlers, State, TypedTask};
/// use popkit_coordinator::{TaskError, Worker};
/// use popkit_store::MemoryStore;
/// # #[derive(serde::Serialize, serde::Deserialize)]
/// # struct Sum(Vec<i64>);
/// # impl TypedTask for Sum { const KIND: &'static str = "sum"; type Output = i64; }
///
/// struct Scale(i64);
///
/// async fn sum(task: Sum, State(scale): State<Scale>) -> Result<i64, TaskError> {
///     Ok(task.0.iter().sum::<i64>() * scale.0)
/// }
///
/// let store = std::sync::Arc::new(MemoryStore::new());
/// let handlers = Handlers::new().on(sum);
/// let error = Worker::builder("adder").build_typed(store, handlers).unwrap_err();
/// assert!(error.to_string().contains("State<") && error.to_string().contains("Scale"));
/// ```
#[derive(Default)]
#[must_use]
pub struct Handlers {
    states: States,
    entries: Vec<Entry>,
    problems: Vec<String>,
}

struct Entry {
    kind: &'static str,
    policy: fn() -> Policy,
    check: fn(&States) -> Vec<String>,
    run: Arc<dyn Run>,
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds: Vec<_> = self.entries.iter().map(|entry| entry.kind).collect();
        f.debug_struct("Handlers")
            .field("kinds", &kinds)
            .field("states", &self.states)
            .finish_non_exhaustive()
    }
}

impl Handlers {
    /// No handlers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives the handlers a value to share, one of each type. They get it as
    /// [`State<T>`](super::State).
    pub fn state<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.shared(Arc::new(value))
    }

    /// The same for a value that is shared already.
    pub fn shared<T: Send + Sync + 'static>(mut self, value: Arc<T>) -> Self {
        if !self.states.add(value) {
            self.problems.push(format!("state {} is given twice", type_name::<T>()));
        }
        self
    }

    /// Adds the handler of one kind of task.
    pub fn on<H, T, Args>(mut self, handler: H) -> Self
    where
        H: Handler<T, Args>,
        T: TypedTask,
        Args: 'static,
    {
        self.entries.push(Entry {
            kind: T::KIND,
            policy: T::policy,
            check: <H as Handler<T, Args>>::check,
            run: Arc::new(Route { handler, kind: PhantomData }),
        });
        self
    }

    /// The agent and the kinds it takes, and everything that is wrong. `has` is what the
    /// worker can do.
    pub(crate) fn finish(
        self,
        has: &BTreeSet<Capability>,
    ) -> (Typed, BTreeSet<TaskKind>, Vec<String>) {
        let Self { states, entries, mut problems } = self;
        if entries.is_empty() {
            problems.push("no handlers; add them with Handlers::on".to_owned());
        }
        let mut kinds = BTreeSet::new();
        let mut agent = Typed::new(states);
        for entry in entries {
            let name = entry.kind;
            let about = |what: &str| format!("handler of kind {name:?}: {what}");
            let policy = (entry.policy)();
            problems.extend(policy.problems().iter().map(|problem| about(problem)));
            let missing = (entry.check)(&agent.states);
            problems.extend(missing.iter().map(|what| about(&format!("it needs {what}"))));
            let lacks: Vec<_> =
                policy.capabilities().difference(has).map(Capability::as_str).collect();
            if !lacks.is_empty() {
                // No error: a task may be inserted with fewer requirements than its policy's.
                tracing::warn!(
                    kind = name,
                    ?lacks,
                    "tasks of this kind require what this worker has not: they will not come here"
                );
            }
            match TaskKind::new(name) {
                Ok(kind) => {
                    agent.add(name, entry.run);
                    if !kinds.insert(kind) {
                        problems.push(format!("kind {name:?} has two handlers"));
                    }
                }
                Err(error) => problems.push(error.to_string()),
            }
        }
        (agent, kinds, problems)
    }
}
