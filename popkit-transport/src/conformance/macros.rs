//! The one list of cases, and what is made from it.

use super::Case;

/// Makes one test per case of the suite: `my_backend::subscribe::each_reader_gets_all` and so
/// on.
///
/// The expression is evaluated once per case and must give a
/// [`Harness`](crate::conformance::Harness).
#[macro_export]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
macro_rules! transport_conformance_suite {
    ($name:ident, $harness:expr $(,)?) => {
        $crate::__transport_conformance_cases! {
            __transport_conformance_tests [$name] [$harness]
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transport_conformance_tests {
    (
        [$name:ident] [$harness:expr]
        $($noun:ident { $($case:ident)* })*
    ) => {
        mod $name {
            #[allow(unused_imports, reason = "the expression may need any of them")]
            use super::*;

            fn harness() -> impl $crate::conformance::Harness {
                $harness
            }

            $(
                mod $noun {
                    $(
                        #[test]
                        fn $case() {
                            let harness = super::harness();
                            let case = $crate::conformance::cases::$noun::$case(&harness);
                            $crate::conformance::run(::std::boxed::Box::pin(case));
                        }
                    )*
                }
            )*
        }
    };
}

/// The list. Names are stable: people filter by them.
#[doc(hidden)]
#[macro_export]
macro_rules! __transport_conformance_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { $($args)*
            publish {
                receipts_name_a_position
                time_is_the_transports
                sequence_counts_per_channel
                stamp_given_is_kept
                payload_is_opaque_bytes
                largest_payload_is_taken
                too_large_is_refused_with_the_limit
                refused_leaves_no_trace
                relaxed_is_accepted_alike
                dropped_one_is_done_or_not
            }
            batch {
                answers_in_order
                refuses_one_by_one
                empty_is_nothing
                goes_to_several_channels
                keeps_stamps_and_headers
            }
            headers {
                travel
                full_ones_travel_whole
                bad_ones_are_refused
            }
            names {
                foreign_ones_stay_apart
                foreign_ones_are_found_again
                hostile_ones_cannot_be_made
            }
            subscribe {
                from_now_misses_nothing_after_the_answer
                earliest_reads_all
                several_channels_at_once
                busy_channel_starves_no_other
                no_channel_is_refused
                twice_is_refused
                capacity_of_one
                capacity_of_none_is_one
                each_reader_gets_all
                reading_takes_nothing_away
                dropped_next_loses_nothing
                dropped_subscription_harms_nobody
                unknown_channel_is_empty
            }
            once {
                ends_at_the_end
                on_empty_ends_at_once
                from_now_is_nothing
                after_a_cursor_tells_the_rest
                several_channels_to_their_ends
            }
            cursor {
                goes_on_after_it
                is_there_from_the_start
                of_another_handle
                unknown_channel_starts_early
                survives_text
                names_the_last_position
            }
            wake {
                by_the_same_handle
                by_another_handle
                by_any_of_its_channels
                by_each_of_many
                idle_reader_stays_idle
            }
            order {
                per_publisher_under_concurrency
                per_publisher_over_one_handle
                one_for_all_readers
            }
            repeat {
                repeated_stamp_is_told_once
                across_a_cursor_is_told_once
                hole_is_a_gap
                told_hole_is_no_news_across_a_cursor
                foreign_messages_are_never_repeats
            }
            retention {
                kept_messages_are_kept
                late_reader_gets_a_gap_and_the_rest
                gap_moves_the_cursor
                told_gap_is_no_news_across_a_cursor
                earliest_is_the_oldest_kept
                who_keeps_up_misses_nothing
                each_channel_for_itself
                age
            }
            overflow {
                skips_and_tells
                within_bounds_nothing_is_skipped
                each_channel_for_itself
                skipping_moves_the_cursor
                keeps_its_place_by_default
            }
            reset {
                cursor_of_another_log_resets
                position_behind_the_end_resets
                foreign_position_resets
                other_channels_go_on
            }
            latest {
                newest_value_only
                one_value_per_key
                new_reader_gets_values
                reader_from_now_gets_changes_only
                resumed_reader_gets_values
                newest_always_comes
                leaves_the_log_alone
                cursor_stays_with_the_log
                starves_no_log
                wakes_who_waits
                undeclared_is_unsupported
            }
            close {
                later_calls_are_closed
                twice_is_fine
                subscriptions_end_after_what_was_accepted
                waiting_readers_end
                accepted_while_closing_is_told
                what_was_accepted_is_kept
                other_handles
            }
            cut {
                reader_goes_on
                repeated_publish_is_told_once
                outcomes_are_honest
            }
            capability {
                as_expected
                second_handle_sees_the_same
                ping_answers
                undeclared_replay_is_unsupported
            }
            race {
                publishers_and_readers
                reader_restarts
                same_stamp_from_two_handles
            }
            model {
                agrees_with_memory
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __transport_conformance_table {
    ($($noun:ident { $($case:ident)* })*) => {
        /// Every case of the list.
        pub(super) fn all() -> Vec<Case> {
            vec![$($(
                Case::new(
                    concat!(stringify!($noun), "::", stringify!($case)),
                    |harness| Box::pin(super::cases::$noun::$case(harness)),
                ),
            )*)*]
        }
    };
}

__transport_conformance_cases! { __transport_conformance_table }
