//! What an insert reports after a lost answer.

use std::collections::HashSet;

use popkit_protocol::TaskId;

use crate::Inserted;

/// Turns the answers of a repeat into those of the lost call, where that was applied.
///
/// A batch is accepted as a whole. So if the repeat created any task, the lost call had done
/// nothing, and a duplicate is one. If it created none, the duplicates of their own ids are
/// what the lost call created, or older: nobody can tell, and the caller is told what is true
/// after its call in both cases, that the task is there.
pub(super) fn as_first_answer(ids: &[TaskId], answers: Vec<Inserted>) -> Vec<Inserted> {
    if answers.iter().any(Inserted::is_created) {
        return answers;
    }
    let mut seen = HashSet::with_capacity(ids.len());
    let restore = |(answer, id): (Inserted, &TaskId)| match answer {
        // The same id twice in one batch: only the first can have been created.
        Inserted::Duplicate(found) if found == *id && seen.insert(id.clone()) => {
            Inserted::Created(found)
        }
        other => other,
    };
    answers.into_iter().zip(ids).map(restore).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> TaskId {
        TaskId::new(text).unwrap()
    }

    fn created(text: &str) -> Inserted {
        Inserted::Created(id(text))
    }

    fn duplicate(text: &str) -> Inserted {
        Inserted::Duplicate(id(text))
    }

    #[test]
    fn all_duplicates_are_what_the_lost_call_created() {
        let answers = vec![duplicate("a"), duplicate("b")];
        let first = as_first_answer(&[id("a"), id("b")], answers);
        assert_eq!(first, [created("a"), created("b")]);
    }

    #[test]
    fn one_created_task_shows_that_the_lost_call_did_nothing() {
        let answers = vec![duplicate("a"), created("b")];
        assert_eq!(as_first_answer(&[id("a"), id("b")], answers.clone()), answers);
    }

    #[test]
    fn twins_within_the_batch_and_by_unique_key_stay_duplicates() {
        let answers = vec![duplicate("a"), duplicate("a"), duplicate("other")];
        let first = as_first_answer(&[id("a"), id("a"), id("c")], answers);
        assert_eq!(first, [created("a"), duplicate("a"), duplicate("other")]);
    }
}
