//! Teeth: stores that are broken on purpose, each of which the suite must catch. A check
//! that has never failed proves nothing.

#![allow(clippy::expect_used, reason = "helpers of tests have nothing better to do")]

mod documents;
mod store;
mod tables;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use popkit_protocol::ManualClock;
use popkit_store::conformance::{self, Harness, Shelf};
use popkit_store::{MemoryOptions, MemoryStore, Opened, Result, StoreCapabilities, TaskStore as _};

use self::documents::BrokenDocuments;
use self::store::BrokenStore;

/// What is wrong with a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nothing: shows that a case fails by the fault alone.
    None,
    FinishIgnoresTheFence,
    FinishIgnoresTheClaimId,
    FenceIsNotRaised,
    HeartbeatRevives,
    HeartbeatRenewsAll,
    RescueAtFirstLook,
    RepeatRunsAgain,
    EventIsDropped,
    SameIdTwice,
    SameKeyTwice,
    BatchInPieces,
    ReleasedByTheFirstParent,
    ReleasesAreForgotten,
    PriorityIsIgnored,
    KindIsIgnored,
    PauseIsIgnored,
    LimitIsIgnored,
    OneTooMany,
    ConditionIsIgnored,
    GuardIsIgnored,
    AppendKeepsAll,
    DocumentsLiveForEver,
}

#[derive(Debug)]
struct Broken {
    fault: Fault,
    clock: Arc<ManualClock>,
    stores: Shelf,
}

#[async_trait::async_trait]
impl Harness for Broken {
    async fn open(&self, name: &str) -> Result<Opened> {
        Ok(self.stores.get_or(name, || {
            let clock = Arc::clone(&self.clock);
            let memory = MemoryOptions::default().clock(Arc::clone(&self.clock) as _).open();
            let mut opened = Opened::of(&memory);
            opened.documents = Arc::new(BrokenDocuments::new(self.fault, memory));
            opened.tasks = Arc::new(BrokenStore::new(self.fault, clock));
            opened
        }))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> StoreCapabilities {
        MemoryStore::new().capabilities()
    }
}

fn passes(fault: Fault, name: &str) -> bool {
    let case = conformance::all().into_iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
    let harness = Broken { fault, clock: Arc::default(), stores: Shelf::default() };
    catch_unwind(AssertUnwindSafe(|| conformance::run(case.start(&harness)))).is_ok()
}

macro_rules! teeth {
    ($($test:ident: $fault:ident => [$($case:literal),+];)*) => {$(
        #[test]
        fn $test() {
            for case in [$($case),+] {
                assert!(passes(Fault::None, case), "{case} holds for a sound store");
                assert!(!passes(Fault::$fault, case), "{case} lets {:?} pass", Fault::$fault);
            }
        }
    )*};
}

teeth! {
    finish_ignores_the_fence: FinishIgnoresTheFence =>
        ["lease::old_fence_is_refused", "lease::stale_pair_is_refused", "rescue::zombie_is_refused"];
    finish_ignores_the_claim_id: FinishIgnoresTheClaimId => ["lease::wrong_claim_id_is_refused"];
    fence_is_not_raised: FenceIsNotRaised => ["lease::fences_grow", "lease::old_fence_is_refused"];
    heartbeat_revives_a_rescued_lease: HeartbeatRevives => ["rescue::zombie_is_refused"];
    heartbeat_renews_what_is_not_listed: HeartbeatRenewsAll =>
        ["heartbeat::renews_only_what_it_lists"];
    rescue_at_first_look: RescueAtFirstLook =>
        ["rescue::takes_two_looks", "rescue::step_of_the_clock_spares_the_living"];
    repeat_runs_again: RepeatRunsAgain =>
        ["step::repeat_answers_the_same", "race::same_step_twice", "model::agrees_with_memory"];
    event_is_dropped: EventIsDropped => ["history::gapless_per_task", "history::replay_is_the_record"];
    same_id_is_accepted_twice: SameIdTwice =>
        ["insert::repeat_is_a_duplicate", "race::same_task_inserted"];
    same_key_is_accepted_twice: SameKeyTwice => ["insert::unique_key_while_open"];
    batch_in_pieces: BatchInPieces => ["insert::unknown_parent_refuses_the_batch"];
    released_by_the_first_parent: ReleasedByTheFirstParent =>
        ["dependency::waits_for_every_parent", "dependency::fan_in_of_256"];
    releases_are_forgotten: ReleasesAreForgotten =>
        ["dependency::fan_out_continues_in_later_steps"];
    priority_is_ignored: PriorityIsIgnored => ["claim::priority_goes_over_lanes"];
    kind_is_ignored: KindIsIgnored =>
        ["claim::kind_must_match", "claim::others_ahead_do_not_matter"];
    pause_is_ignored: PauseIsIgnored =>
        ["rule::pause_holds_back", "rule::released_into_a_paused_lane", "model::agrees_with_memory"];
    limit_is_ignored: LimitIsIgnored =>
        ["rule::limit_holds_for_all", "rule::every_end_frees_the_place", "race::limit_holds"];
    one_too_many: OneTooMany =>
        ["rule::place_is_free_in_the_same_step", "rule::order_of_the_others_is_exact"];
    condition_is_ignored: ConditionIsIgnored =>
        ["condition::if_version", "race::counters_lose_nothing"];
    guard_is_ignored: GuardIsIgnored => ["condition::guard"];
    append_keeps_all: AppendKeepsAll => ["document::append_keeps_the_newest"];
    documents_live_for_ever: DocumentsLiveForEver => ["condition::time_to_live"];
}
