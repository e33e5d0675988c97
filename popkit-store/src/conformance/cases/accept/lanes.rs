//! Lanes: one per combination of kind, capabilities and agent, a bounded number.

use popkit_protocol::{NewTask, Outcome, Requirement};

use crate::conformance::harness::Harness;
use crate::conformance::stage::{Stage, at_most, id, kind, names, worker};
use crate::{ErrorKind, LaneRule};

/// More lanes than this are not filled up by a case.
const TOO_MANY: usize = 4096;

fn in_lane(lane: usize) -> NewTask {
    NewTask::new(id(&format!("t{lane}")), kind(&format!("kind-{lane}")))
}

/// Fills every lane; answers with their number, or `None` where there are too many.
async fn fill(stage: &Stage<'_>) -> Option<usize> {
    let max = stage.tasks.capabilities().max_lanes;
    if max > TOO_MANY {
        return None;
    }
    stage.insert((0..max).map(in_lane)).await;
    Some(max)
}

/// A lane too many is refused with `Full`, and with it the batch; known lanes go on.
pub async fn one_too_many_is_full(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(max) = fill(&stage).await else { return };
    let error = stage.try_insert([in_lane(max)]).await.expect_err("a lane too many");
    assert_eq!(error.kind(), ErrorKind::Full);
    let known = NewTask::new(id("known"), kind("kind-0"));
    let mixed = [known.clone(), in_lane(max)];
    assert_eq!(stage.try_insert(mixed).await.expect_err("half new").kind(), ErrorKind::Full);
    assert!(stage.find("known").await.is_none(), "nothing of the batch was accepted");
    stage.insert([known]).await;
    stage.audit().await;
}

/// A lane whose tasks have all ended gives way; tasks of several new lanes in one batch each
/// get one, and can be claimed.
pub async fn idle_lanes_are_reused(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(max) = fill(&stage).await else { return };
    let who = worker("w");
    for lease in stage.claim(&who, 2).await {
        stage.end(&who, &lease, Outcome::Done { result: None }).await;
    }
    stage.insert([in_lane(max), in_lane(max + 1)]).await;
    let refused = stage.try_insert([in_lane(max + 2)]).await;
    assert_eq!(refused.expect_err("no lane is left").kind(), ErrorKind::Full);
    let mut left = Vec::new();
    while let Some(lease) = stage.claim(&who, 1).await.pop() {
        left.push(lease.task.id().clone());
    }
    assert_eq!(left.len(), max, "every open task can be claimed: {left:?}");
    stage.audit().await;
}

/// A batch that needs an idle lane and a new one needs two: the idle one does not give way
/// to its neighbour.
pub async fn idle_lane_of_the_same_batch(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(max) = fill(&stage).await else { return };
    let who = worker("w");
    let lease = stage.claim_one(&who).await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    let again = NewTask::new(id("again"), kind("kind-0"));
    let both = stage.try_insert([again.clone(), in_lane(max)]).await;
    assert_eq!(both.expect_err("only one lane is idle").kind(), ErrorKind::Full);
    stage.insert([again]).await;
    let left = stage.claim(&who, 256).await;
    assert!(names(&left).contains(&"again"), "it can be claimed");
    stage.audit().await;
}

/// A refused batch uses up no lane.
pub async fn refused_batch_leaves_no_lane(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let max = stage.tasks.capabilities().max_lanes;
    if max > TOO_MANY {
        return;
    }
    let error = stage.try_insert((0..=max).map(in_lane)).await.expect_err("one too many");
    assert_eq!(error.kind(), ErrorKind::Full);
    let others =
        (0..max).map(|lane| NewTask::new(id(&format!("o{lane}")), kind(&format!("o-{lane}"))));
    stage.insert(others).await;
    stage.insert([NewTask::new(id("one-more"), kind("o-0"))]).await;
    let who = worker("w");
    let mut claimed = 0;
    while stage.claim(&who, 1).await.pop().is_some() {
        claimed += 1;
    }
    assert_eq!(claimed, max + 1);
    stage.audit().await;
}

/// A rule needs a lane, and one too many is refused; to have no rule needs none.
pub async fn rule_needs_a_lane(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(max) = fill(&stage).await else { return };
    let new = Requirement::new(kind("new"));
    let error = stage.tasks.set_lane(new.clone(), at_most(1)).await.expect_err("a lane too many");
    assert_eq!(error.kind(), ErrorKind::Full);
    let none = stage.tasks.set_lane(new, LaneRule::default()).await.expect("nothing to keep");
    assert_eq!((none.open, none.rule), (0, LaneRule::default()));
    stage.set_lane("kind-0", at_most(1)).await;
    assert_eq!(stage.lanes().await.len(), max);
    stage.audit().await;
}

/// A lane with a rule does not give way, also when its tasks have all ended; without its rule
/// it does.
pub async fn lane_with_a_rule_stays(h: &dyn Harness) {
    let stage = Stage::new(h).await;
    let Some(max) = fill(&stage).await else { return };
    let who = worker("w");
    stage.set_lane("kind-0", at_most(1)).await;
    let lease = stage.claim_one(&who).await;
    stage.end(&who, &lease, Outcome::Done { result: None }).await;
    let refused = stage.try_insert([in_lane(max)]).await.expect_err("its lane is kept");
    assert_eq!(refused.kind(), ErrorKind::Full);
    assert_eq!(stage.lane("kind-0").await.map(|lane| lane.rule), Some(at_most(1)));
    stage.set_lane("kind-0", LaneRule::default()).await;
    stage.insert([in_lane(max)]).await;
    stage.audit().await;
}
