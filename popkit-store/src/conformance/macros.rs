//! The one list of cases, and what is made from it.

use super::Case;

/// Makes one test per case of the suite: `my_backend::claim::one_winner` and so on.
///
/// The expression is evaluated once per case and must give a
/// [`Harness`](crate::conformance::Harness).
#[macro_export]
#[cfg_attr(docsrs, doc(cfg(feature = "conformance")))]
macro_rules! conformance_suite {
    ($name:ident, $harness:expr $(,)?) => {
        $crate::__conformance_cases! { __conformance_tests [$name] [$harness] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_tests {
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
macro_rules! __conformance_cases {
    ($callback:ident $($args:tt)*) => {
        $crate::$callback! { $($args)*
            insert {
                is_stored_as_asked_for
                repeat_is_a_duplicate
                twins_in_a_batch
                answers_keep_the_order
                empty_batch_is_nothing
                unknown_parent_refuses_the_batch
                cycle_is_named_in_full
                cycle_behind_a_twin
                limits_are_named
                batch_limit
                unique_key_while_open
                unique_key_is_free_after_the_end
                unique_key_of_a_requeued_task
                backlog_waits_for_the_operator
                not_before_waits_for_its_time
                past_not_before_is_ready
                thousand_at_once
                relaxed_is_accepted_alike
            }
            lanes {
                one_too_many_is_full
                idle_lanes_are_reused
                idle_lane_of_the_same_batch
                refused_batch_leaves_no_lane
                rule_needs_a_lane
                lane_with_a_rule_stays
            }
            claim {
                priority_goes_over_lanes
                fifo_within_a_priority
                kind_must_match
                every_capability_is_needed
                agent_must_match
                takes_up_to_max
                nothing_is_an_empty_answer
                others_ahead_do_not_matter
                lease_carries_the_task
                claimed_task_is_gone
            }
            lease {
                fences_grow
                stale_pair_is_refused
                wrong_claim_id_is_refused
                old_fence_is_refused
                repeated_ending_is_accepted
                another_ending_is_refused
                unknown_task_is_lost
                loss_tells_who_holds_it
                cancelled_by_the_operator
            }
            step {
                finishes_and_claims_in_one
                released_dependant_is_claimed_at_once
                answers_keep_the_order
                partial_loss_keeps_the_rest
                full_step
                repeat_answers_the_same
                repeat_leaves_lost_leases_out
                repeat_over_another_handle
                slots_are_independent
                holders_are_independent
                repeat_after_an_empty_answer
                new_request_is_no_repeat
                limits_come_first
                next_due_tells_the_wait
                due_at_this_moment_is_ready
            }
            outcome {
                done_keeps_the_result
                retry_follows_the_policy
                retry_with_a_delay
                last_attempt_is_a_dead_letter
                endless_backoff_can_be_read
                fail_is_final
                snooze_counts_no_attempt
                release_counts_no_attempt
                cancel_by_the_holder
                pause_keeps_the_pair
                paused_work_cannot_be_done
                review_is_approved
                review_is_sent_back
                error_log_is_bounded
                long_reasons_are_cut
            }
            heartbeat {
                renews_only_what_it_lists
                progress_makes_active
                checkpoint_reaches_the_next_attempt
                tells_lost_and_cancelled
                renewal_alone_writes_no_event
                progress_of_a_paused_task
                limits_change_nothing
                answers_keep_the_order
            }
            rescue {
                takes_two_looks
                second_look_waits
                heartbeat_clears_the_mark
                late_holder_may_finish
                zombie_is_refused
                attempts_are_limited
                abandons_are_limited
                by_the_heartbeat_of_another
                by_a_waiter
                step_of_the_clock_spares_the_living
                paused_task_of_a_dead_holder
                bounded_per_call_but_complete
                dead_letter_releases_its_dependants
                time_never_goes_back
            }
            wait {
                answers_at_once_when_ready
                wakes_on_insert
                wakes_on_release
                wakes_on_another_handle
                wakes_when_due
                wakes_for_a_retry_set_meanwhile
                ends_with_its_time
                ignores_foreign_work
                most_urgent_of_a_batch
                one_waiter_per_task
                taken_work_wakes_the_next
                dropped_waiter_hands_on
                close_wakes
            }
            rule {
                pause_holds_back
                pause_takes_nothing
                released_into_a_paused_lane
                limit_holds_for_all
                place_is_free_in_the_same_step
                every_end_frees_the_place
                rescue_frees_the_place
                only_leases_count
                lowered_and_raised
                order_of_the_others_is_exact
                only_this_requirement
                rule_comes_first_and_stays
                last_writer_wins
                lanes_are_listed
                repeat_is_no_claim
                rules_outlive_the_handle
            }
            rule_wait {
                paused_lane_wakes_nobody
                full_lane_wakes_nobody
                resume_wakes
                resume_wakes_on_another_handle
                raised_limit_wakes
                each_place_wakes_one
                place_wakes_on_another_handle
                rescue_wakes
                dropped_waiter_hands_the_place_on
            }
            dependency {
                waits_for_every_parent
                fan_out_continues_in_later_steps
                fan_in_of_256
                diamond_of_depth_10
                cascade_of_cancels
                requeued_parent_releases
                review_holds_back
                backlog_child_stays
                due_child_waits_for_both
                cancelled_child_stays_cancelled
            }
            edges {
                followed_when_the_parent_ends
                followed_when_inserted_later
                chain_under_an_ended_parent
                several_ended_parents
            }
            change {
                every_action_in_every_state
                revision_conflict
                not_found
                history_names_the_actor
                reprioritise_moves
                cancel_reaches_the_holder
                requeue_gives_fresh_attempts
                operator_pause_leaves_the_lane
                answer_is_the_record
            }
            query {
                filters_narrow
                pages_are_complete_and_stable
                in_order_of_insertion
                many_by_id
                counts_are_those_of_the_tasks
                counts_per_lane
            }
            history {
                gapless_per_task
                cursors_resume
                pages_of_one_task
                log_has_every_event
                replay_is_the_record
            }
            prune {
                by_age
                by_state_and_kind
                at_most_the_limit
                waiting_dependants_keep_it
                second_time_is_nothing
                cursors_are_never_reused
                id_is_free_again
            }
            close {
                later_calls_are_closed
                what_was_accepted_is_kept
            }
            capability {
                as_expected
                second_handle_sees_the_same
            }
            document {
                shapes_round_trip
                versions_grow
                overwrites_another_shape
                append_keeps_the_newest
                append_needs_a_list
                list_by_prefix
                list_in_pages
                size_limit
                keys_are_literal
            }
            condition {
                if_absent
                if_version
                guard
                delete_of_a_version
                time_to_live
                append_keeps_the_time_to_live
            }
            race {
                one_winner
                mixed_work
                one_ending
                same_task_inserted
                same_step_twice
                same_revision
                limit_holds
                parents_end_together
                counters_lose_nothing
                appends_lose_nothing
            }
            model {
                agrees_with_memory
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_table {
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

__conformance_cases! { __conformance_table }
