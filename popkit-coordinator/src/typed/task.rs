//! A kind of task as a type.

use popkit_protocol::{Json, NewTask, TaskId, TaskKind, UniqueKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Policy, SubmitError};

/// The input of one kind of task.
///
/// ```
/// use popkit_coordinator::typed::{Policy, TypedTask};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct ReviewPr {
///     repo: String,
///     number: u64,
/// }
///
/// #[derive(Serialize, Deserialize)]
/// struct Review {
///     accepted: bool,
/// }
///
/// impl TypedTask for ReviewPr {
///     const KIND: &'static str = "review.pr";
///     type Output = Review;
///
///     fn policy() -> Policy {
///         Policy::new().requires(["lang:rust", "tool:git"]).priority(7)
///     }
///
///     fn unique(&self) -> Option<String> {
///         Some(format!("review {}#{}", self.repo, self.number))
///     }
/// }
/// ```
pub trait TypedTask: Serialize + DeserializeOwned + Send + 'static {
    /// The name of the kind. Name a new kind (`review.pr@2`) where the input changes in a way
    /// that old agents cannot read: they will not claim it then.
    const KIND: &'static str;

    /// What comes out.
    type Output: Serialize + DeserializeOwned + Send;

    /// How tasks of this kind are to be treated.
    fn policy() -> Policy {
        Policy::new()
    }

    /// While a task with this key is open, inserting another answers the handle of that
    /// one. The keys of a store are shared by all kinds.
    fn unique(&self) -> Option<String> {
        None
    }

    /// The task to insert, to be given a title, parents and so on before.
    ///
    /// # Errors
    ///
    /// [`SubmitError`] with everything that is wrong with kind, policy and key, or that the
    /// input has no JSON form.
    fn new_task(&self, id: TaskId) -> Result<NewTask, SubmitError> {
        let policy = Self::policy();
        let mut problems = policy.problems().to_vec();
        let kind = TaskKind::new(Self::KIND).map_err(|error| problems.push(error.to_string()));
        let unique = self.unique().map(UniqueKey::new).transpose();
        let unique = unique.map_err(|error| problems.push(error.to_string()));
        let (Ok(kind), Ok(unique), true) = (kind, unique, problems.is_empty()) else {
            return Err(SubmitError::Invalid { kind: Self::KIND, problems });
        };
        let payload = Json::encode(self)
            .map_err(|source| SubmitError::Encode { kind: Self::KIND, source })?;
        let mut task = policy.apply(NewTask::new(id, kind)).with_payload(payload);
        task.unique = unique;
        Ok(task)
    }
}
