//! Teeth: transports that are broken on purpose, each of which the suite must catch. A check
//! that has never failed proves nothing.
//!
//! | Room | Holds |
//! |---|---|
//! | `place` | what the handles of one name share: it outlives them, and has a wire to cut |
//! | `transport` | publishing, with a fault |
//! | `source` | reading, with a fault |

#![allow(clippy::expect_used, reason = "helpers of tests have nothing better to do")]

mod place;
mod source;
mod transport;

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use popkit_protocol::ManualClock;
use popkit_transport::conformance::{self, Harness, Tuning, transport_conformance_suite};
use popkit_transport::{Capabilities, Durability, MemoryTransport, Result, Transport};

use self::place::Place;
use self::transport::BrokenTransport;

/// What is wrong with a transport.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Nothing: shows that a case fails by the fault alone.
    None,
    EveryFifthIsLost,
    NeighboursSwap,
    StampIsForgotten,
    SequenceIsOneForAll,
    RefusedTakesANumber,
    PayloadIsText,
    HeadersAreLost,
    LargeIsTaken,
    NamesIgnoreCase,
    BatchIsReversed,
    BatchFailsAsOne,
    NowIsTheFirstLook,
    CursorStartsOver,
    CursorStartsNow,
    MessagesAreTaken,
    WakeUpIsLost,
    OnceFollows,
    FirstChannelFirst,
    KeepsTooFew,
    GapIsUntold,
    GapIsMiscounted,
    GapIsForgotten,
    OverflowIsIgnored,
    ResetIsUntold,
    LatestIsAppended,
    LatestIsSeenOnce,
    LatestCounts,
    LastIsLostAtClose,
    CloseIsIgnored,
    CloseCutsReadersOff,
    CutLosesWhatIsNext,
    CutEndsReaders,
    UnknownIsNotApplied,
    AbilityIsGone,
}

/// A transport over memory that outlives its handles, with a fault.
#[derive(Debug)]
struct Broken {
    fault: Fault,
    clock: Arc<ManualClock>,
    places: Mutex<HashMap<String, Arc<Place>>>,
}

impl Broken {
    fn by(fault: Fault) -> Self {
        Self { fault, clock: Arc::default(), places: Mutex::default() }
    }

    fn place(&self, name: &str, tuning: &Tuning) -> Arc<Place> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        let make = || Arc::new(Place::new(self.fault, Arc::clone(&self.clock), tuning));
        Arc::clone(places.entry(name.to_owned()).or_insert_with(make))
    }
}

#[async_trait::async_trait]
impl Harness for Broken {
    async fn open(&self, name: &str, tuning: &Tuning) -> Result<Arc<dyn Transport>> {
        let place = self.place(name, tuning);
        let memory = place.memory().await;
        Ok(Arc::new(BrokenTransport::new(place, memory)))
    }

    fn clock(&self) -> Option<Arc<ManualClock>> {
        Some(Arc::clone(&self.clock))
    }

    fn expected_capabilities(&self) -> Capabilities {
        let mut able = MemoryTransport::new().capabilities();
        able.durability = Durability::CrashSafe;
        able
    }

    async fn cut(&self, name: &str) -> bool {
        self.place(name, &Tuning::default()).cut();
        true
    }
}

transport_conformance_suite!(sound, Broken::by(Fault::None));

/// Runs a case in time that passes at once when all wait: what hangs fails soon.
fn passes(fault: Fault, name: &str) -> bool {
    let case = conformance::all().into_iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
    let harness = Broken::by(fault);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    catch_unwind(AssertUnwindSafe(|| runtime.block_on(case.start(&harness)))).is_ok()
}

macro_rules! teeth {
    ($($test:ident: $fault:ident => [$($case:literal),+];)*) => {$(
        #[test]
        fn $test() {
            for case in [$($case),+] {
                assert!(passes(Fault::None, case), "{case} holds for a sound transport");
                assert!(!passes(Fault::$fault, case), "{case} lets {:?} pass", Fault::$fault);
            }
        }
    )*};
}

teeth! {
    every_fifth_is_lost: EveryFifthIsLost => [
        "subscribe::each_reader_gets_all", "order::per_publisher_under_concurrency",
        "race::publishers_and_readers", "race::reader_restarts", "model::agrees_with_memory"
    ];
    neighbours_swap: NeighboursSwap => [
        "batch::answers_in_order", "subscribe::earliest_reads_all",
        "order::per_publisher_under_concurrency", "race::reader_restarts",
        "model::agrees_with_memory"
    ];
    stamp_is_forgotten: StampIsForgotten => [
        "publish::stamp_given_is_kept", "repeat::repeated_stamp_is_told_once",
        "repeat::across_a_cursor_is_told_once", "repeat::hole_is_a_gap",
        "repeat::told_hole_is_no_news_across_a_cursor",
        "race::same_stamp_from_two_handles", "cut::repeated_publish_is_told_once"
    ];
    sequence_is_one_for_all: SequenceIsOneForAll => [
        "publish::sequence_counts_per_channel", "subscribe::several_channels_at_once"
    ];
    refused_takes_a_number: RefusedTakesANumber => [
        "publish::refused_leaves_no_trace", "batch::refuses_one_by_one"
    ];
    payload_is_text: PayloadIsText => ["publish::payload_is_opaque_bytes"];
    headers_are_lost: HeadersAreLost => ["headers::travel", "batch::keeps_stamps_and_headers"];
    large_is_taken: LargeIsTaken => ["publish::too_large_is_refused_with_the_limit"];
    names_ignore_case: NamesIgnoreCase => [
        "names::foreign_ones_stay_apart", "names::foreign_ones_are_found_again"
    ];
    batch_is_reversed: BatchIsReversed => [
        "batch::answers_in_order", "batch::goes_to_several_channels"
    ];
    batch_fails_as_one: BatchFailsAsOne => ["batch::refuses_one_by_one"];
    now_is_the_first_look: NowIsTheFirstLook => [
        "subscribe::from_now_misses_nothing_after_the_answer"
    ];
    cursor_starts_over: CursorStartsOver => [
        "cursor::goes_on_after_it", "cursor::of_another_handle", "race::reader_restarts"
    ];
    cursor_starts_now: CursorStartsNow => [
        "cursor::goes_on_after_it", "cursor::is_there_from_the_start", "cursor::survives_text",
        "cursor::unknown_channel_starts_early"
    ];
    messages_are_taken: MessagesAreTaken => [
        "subscribe::each_reader_gets_all", "subscribe::reading_takes_nothing_away"
    ];
    wake_up_is_lost: WakeUpIsLost => [
        "wake::by_the_same_handle", "wake::by_another_handle", "wake::by_any_of_its_channels",
        "latest::wakes_who_waits", "close::waiting_readers_end"
    ];
    once_follows: OnceFollows => ["once::ends_at_the_end", "once::on_empty_ends_at_once"];
    first_channel_first: FirstChannelFirst => ["subscribe::busy_channel_starves_no_other"];
    keeps_too_few: KeepsTooFew => [
        "retention::kept_messages_are_kept", "retention::earliest_is_the_oldest_kept"
    ];
    gap_is_untold: GapIsUntold => [
        "retention::late_reader_gets_a_gap_and_the_rest", "retention::age",
        "overflow::skips_and_tells"
    ];
    gap_is_miscounted: GapIsMiscounted => [
        "retention::late_reader_gets_a_gap_and_the_rest", "overflow::skips_and_tells"
    ];
    gap_is_forgotten: GapIsForgotten => ["retention::told_gap_is_no_news_across_a_cursor"];
    overflow_is_ignored: OverflowIsIgnored => [
        "overflow::skips_and_tells", "overflow::each_channel_for_itself"
    ];
    reset_is_untold: ResetIsUntold => [
        "reset::cursor_of_another_log_resets", "reset::foreign_position_resets"
    ];
    latest_is_appended: LatestIsAppended => [
        "latest::newest_value_only", "latest::leaves_the_log_alone",
        "latest::reader_from_now_gets_changes_only"
    ];
    latest_is_seen_once: LatestIsSeenOnce => ["latest::resumed_reader_gets_values"];
    latest_counts: LatestCounts => ["latest::leaves_the_log_alone"];
    last_is_lost_at_close: LastIsLostAtClose => ["close::what_was_accepted_is_kept"];
    close_is_ignored: CloseIsIgnored => [
        "close::later_calls_are_closed", "close::waiting_readers_end"
    ];
    close_cuts_readers_off: CloseCutsReadersOff => [
        "close::subscriptions_end_after_what_was_accepted", "close::other_handles"
    ];
    cut_loses_what_is_next: CutLosesWhatIsNext => ["cut::reader_goes_on"];
    cut_ends_readers: CutEndsReaders => ["cut::reader_goes_on"];
    unknown_is_not_applied: UnknownIsNotApplied => ["cut::outcomes_are_honest"];
    ability_is_gone: AbilityIsGone => ["capability::as_expected"];
}
