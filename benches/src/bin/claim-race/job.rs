//! The tasks, and who may serve them.

use popkit_protocol::{
    AgentId, Kinds, NewTask, ParseError, Priority, Profile, RetryPolicy, TaskId, TaskKind,
};
use popkit_store::{TaskStore, TaskStoreExt as _};

use crate::{Args, Dice, Failure};

const KINDS: [&str; 4] = ["build", "test", "review", "write"];

/// What worker `number` takes: every fourth takes all kinds, the others all but one. Lanes
/// differ per agent that way, and no kind is without agents.
pub(crate) fn profile(number: usize) -> Result<Profile, ParseError> {
    let left_out = number % 4;
    let kinds = KINDS.iter().enumerate().filter(|(i, _)| left_out == 0 || *i != left_out);
    let kinds = kinds.map(|(_, kind)| TaskKind::new(kind)).collect::<Result<_, _>>()?;
    Ok(Profile::new(AgentId::new(format!("worker-{number}"))?, Kinds::Only(kinds), []))
}

pub(crate) async fn insert(store: &dyn TaskStore, args: &Args) -> Result<(), Failure> {
    let mut dice = Dice(args.seed);
    let mut batch = Vec::new();
    for number in 0..args.tasks {
        let kind = KINDS.get(usize::try_from(dice.below(4))?).copied().unwrap_or("build");
        let mut needs = Vec::new();
        if number >= 2 && dice.below(10) < 4 {
            let one = dice.below(number);
            let other = (one + 1 + dice.below(number - 1)) % number;
            needs = vec![id(one)?, id(other)?];
        }
        batch.push(
            NewTask::new(id(number)?, TaskKind::new(kind)?)
                .with_priority(Priority::raw(u8::try_from(1 + dice.below(10))?))
                .with_needs(needs)
                // Being killed is no fault of the task here.
                .with_retry(RetryPolicy::attempts(1000))
                .with_max_abandons(1000),
        );
        if batch.len() == 1000 || number + 1 == args.tasks {
            store.insert_many(std::mem::take(&mut batch)).await?;
        }
    }
    Ok(())
}

fn id(number: u64) -> Result<TaskId, ParseError> {
    TaskId::new(format!("t{number}"))
}
