//! What a storm's workers saw, to be compared with what the store says.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Mutex;
use std::time::Duration;

use popkit_protocol::{Lease, LeaseToken, TaskId, Timestamp};

/// The time in which a worker may take a lease for valid.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) token: LeaseToken,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
}

#[derive(Debug, Default)]
pub(super) struct Ledger(Mutex<Book>);

#[derive(Debug, Default)]
struct Book {
    created: HashSet<TaskId>,
    held: HashMap<LeaseToken, Held>,
    done: BTreeMap<TaskId, Vec<LeaseToken>>,
    lost: u64,
}

impl Ledger {
    pub(super) fn created(&self, task: &TaskId) {
        assert!(self.0.lock().unwrap().created.insert(task.clone()), "{task} was created twice");
    }

    /// A lease came with the answer to a call that was made at `asked`.
    pub(super) fn claimed(&self, lease: &Lease, asked: Timestamp) {
        let held = Held {
            token: lease.token.clone(),
            from: lease.task.assigned_at.expect("it is claimed"),
            until: asked.after(lease.remaining),
        };
        let twin = self.0.lock().unwrap().held.insert(lease.token.clone(), held);
        assert!(twin.is_none(), "handed out twice: {twin:?}");
    }

    /// A heartbeat that was sent at `asked` was accepted.
    pub(super) fn renewed(&self, token: &LeaseToken, asked: Timestamp, lease: Duration) {
        let mut book = self.0.lock().unwrap();
        let held = book.held.get_mut(token).expect("it was claimed");
        held.until = held.until.max(asked.after(lease));
    }

    /// Its holder does not act on a lease any more.
    pub(super) fn given_up(&self, token: &LeaseToken, now: Timestamp) {
        let mut book = self.0.lock().unwrap();
        let held = book.held.get_mut(token).expect("it was claimed");
        held.until = held.until.min(now);
    }

    pub(super) fn done(&self, token: &LeaseToken) {
        let mut book = self.0.lock().unwrap();
        book.done.entry(token.task.clone()).or_default().push(token.clone());
    }

    pub(super) fn lost(&self) {
        self.0.lock().unwrap().lost += 1;
    }

    /// How many finishes came too late.
    pub(super) fn losses(&self) -> u64 {
        self.0.lock().unwrap().lost
    }

    /// Checks that these tasks, and no other, were created and done once, and that no task
    /// had two holders at any time.
    pub(super) fn check(&self, tasks: &HashSet<TaskId>) {
        let book = self.0.lock().unwrap();
        assert_eq!(book.created, *tasks, "acknowledged is what is there");
        assert_eq!(book.done.len(), tasks.len(), "every end was acknowledged");
        for (task, tokens) in &book.done {
            assert_eq!(tokens.len(), 1, "{task} was done under {tokens:?}");
        }
        let mut by_task: HashMap<&TaskId, Vec<&Held>> = HashMap::new();
        for held in book.held.values() {
            by_task.entry(&held.token.task).or_default().push(held);
        }
        for holds in by_task.values_mut() {
            holds.sort_by_key(|held| (held.from, held.token.fence));
            for pair in holds.windows(2) {
                assert!(pair[0].until <= pair[1].from, "two holders at once: {pair:?}");
                assert!(pair[0].token.fence < pair[1].token.fence, "a fence fell: {pair:?}");
            }
        }
    }
}
