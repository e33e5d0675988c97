use popkit_protocol::message::{BarrierStatus, SyncOutcome, SyncRequest};

use super::*;

fn at(secs: u64) -> Timestamp {
    Timestamp::from_millis(secs * 1000)
}

fn barrier(name: &str) -> Barrier {
    Barrier::of(&SyncRequest::new(name, [], "wait"))
}

fn end(name: &str) -> BarrierEnd {
    BarrierEnd::of(&SyncOutcome::new(name, BarrierStatus::Complete))
}

#[test]
fn a_phase_begins_once() {
    let mut known = Known::new();
    let mut begins = |phase, told| known.begins(&PhaseStart::new("x", phase), at(told));
    assert!(begins(0, 10) && begins(1, 20));
    assert!(!begins(1, 30), "it was told once more");
    assert!(!begins(0, 15), "the message was late");
    assert!(begins(0, 40), "another session");
    assert!(begins(1, 50));
}

#[test]
fn who_is_there_answers_again_and_who_was_asked_is_not_asked_twice() {
    let mut known = Known::new();
    let barrier = barrier("phase-0");
    assert_eq!(known.called(&barrier), Call::New);
    assert_eq!(known.called(&barrier), Call::Known);
    known.arrives(&barrier);
    assert_eq!(known.called(&barrier), Call::Again(barrier.ack()));
    assert!(known.is_over(&end("phase-0")) && !known.is_over(&end("phase-0")));
    assert_eq!(known.called(&barrier), Call::Known);
    known.arrives(&barrier);
    assert_eq!(known.end_of(&barrier), Some(end("phase-0")));
}

#[test]
fn a_name_means_the_newest_opening_of_which_the_end_is_not_told() {
    let mut known = Known::new();
    let (first, second) = (barrier("merge-00000a"), barrier("merge-00000b"));
    assert_eq!(known.called_so("merge"), None);
    known.called(&first);
    assert_eq!(known.called_so("merge"), Some(first.clone()));
    known.is_over(&end("merge-00000a"));
    assert_eq!(known.called_so("merge"), Some(first.clone()));
    known.end_of(&first);
    assert_eq!(known.called_so("merge"), None);
    known.called(&second);
    assert_eq!(known.called_so("merge"), Some(second));
}

#[test]
fn the_end_of_a_barrier_that_was_missed_is_known() {
    let mut known = Known::new();
    assert!(known.is_over(&end("phase-3")));
    assert_eq!(known.end_of(&barrier("phase-3")), Some(end("phase-3")));
}

#[test]
fn what_the_agent_is_told_to_do_ends_the_waits_before_it() {
    let mut known = Known::new();
    known.pauses("early", "push?", at(10));
    known.pauses("late", "pull?", at(30));
    known.goes_on(at(20));
    assert!(known.is_paused(), "the second question was asked after that");
    known.goes_on(at(31));
    assert!(!known.is_paused());
    let reason = known.decided("early");
    assert_eq!(reason.as_deref(), Some("push?"), "a decision that comes late is still known");
}

#[test]
fn memory_is_bounded() {
    let mut known = Known::new();
    for n in 0..200 {
        known.called(&barrier(&format!("phase-{n}")));
        known.pauses(&n.to_string(), "why", at(n));
    }
    assert_eq!((known.barriers.len(), known.paused.len()), (BARRIERS, DECISIONS));
}
