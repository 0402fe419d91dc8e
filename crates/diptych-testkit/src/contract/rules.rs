//! The list of rules, by group, and the macro that makes a test of each.

/// Makes one test per rule of the store contract, and one per property of [`model`](crate::model):
/// `store_contract!(module, fixture)`.
///
/// A store whose server may be missing adds a condition, `store_contract!(module, fixture, if server_is_there())`; where
/// it does not hold the tests do nothing, so it has to say why.
///
/// `fixture` is an expression that makes a [`Fixture`](crate::Fixture), once per rule or random case. The tests are named
/// `module::group::rule`.
///
/// ```
/// use std::sync::Arc;
/// use diptych::memory::MemoryStore;
/// use diptych_core::EventStore;
/// use diptych_testkit::{Fixture, contract::Tables, store_contract};
///
/// struct InMemory;
///
/// #[async_trait::async_trait]
/// impl Fixture for InMemory {
///     async fn open(&self) -> Arc<dyn EventStore> {
///         Arc::new(MemoryStore::new())
///     }
///     fn tables(&self) -> Tables {
///         Tables::None
///     }
/// }
///
/// store_contract!(memory, InMemory);
/// ```
#[macro_export]
macro_rules! store_contract {
    (@tests $module:ident, $fixture:expr, $there:expr; $($group:ident { $($rule:ident)+ })+) => {
        mod $module {
            $(mod $group {
                #[allow(unused_imports, reason = "what the expression of the fixture names")]
                use super::super::*;
                $(#[test]
                fn $rule() {
                    if !$there {
                        return;
                    }
                    $crate::deadline::prove(async {
                        let fixture = $fixture;
                        $crate::contract::$group::$rule(&fixture).await;
                    });
                })+
            })+

            mod model {
                #[allow(unused_imports, reason = "what the expression of the fixture names")]
                use super::super::*;
                #[test]
                fn the_store_agrees_with_the_matcher_of_reference() {
                    if !$there {
                        return;
                    }
                    $crate::model::the_store_agrees_with_the_matcher_of_reference(|| $fixture);
                }
                #[test]
                fn writers_at_once_could_have_come_one_after_another() {
                    if !$there {
                        return;
                    }
                    $crate::model::writers_at_once_could_have_come_one_after_another(|| $fixture);
                }
            }
        }
    };
    ($module:ident, $fixture:expr) => {
        $crate::store_contract!($module, $fixture, if true);
    };
    ($module:ident, $fixture:expr, if $there:expr) => {
        $crate::store_contract! { @tests $module, $fixture, $there;
            append {
                positions_increase_in_the_order_of_commits
                what_is_answered_is_what_was_given_and_what_is_read
                one_append_writes_several_streams
                one_append_takes_a_thousand_events
                an_append_without_events_answers_the_head
                an_append_without_events_is_judged_too
                a_refused_append_leaves_nothing
            }
            payload {
                payloads_come_back_byte_by_byte
                a_payload_of_a_megabyte_comes_back_whole
                tags_of_any_characters_come_back_and_are_found
                a_tag_with_u_0000_is_kept_exactly_or_refused
                provenance_comes_back_exactly
                names_come_back_exactly
            }
            revision {
                revisions_start_at_zero_and_have_no_gaps
                the_last_of_a_stream_is_known
                no_stream_is_expected_of_a_stream_without_events
                existence_is_expected_of_a_stream_with_events
                a_revision_is_expected_exactly
                a_stream_that_is_not_written_to_can_be_expected_too
                several_expectations_must_all_hold
                events_of_other_streams_do_not_disappoint_an_expectation
                an_expectation_is_about_the_present
                streams_are_told_apart_exactly
            }
            boundary {
                a_scope_may_be_a_stream
                a_stream_may_be_narrowed_to_types
                a_stream_may_be_narrowed_to_a_tag
                a_stream_may_be_narrowed_to_types_and_tags
                a_scope_may_be_a_tag
                a_tag_may_be_narrowed_to_types
                of_several_tags_an_event_must_have_all
                a_scope_may_be_a_category
                a_category_may_be_narrowed_to_types_and_tags
                a_scope_may_be_types_alone
                the_empty_scope_is_everything
                a_scope_that_contradicts_itself_holds_nothing
                the_empty_boundary_is_nothing
                of_several_scopes_each_one_counts
                a_boundary_may_have_hundreds_of_scopes
                a_scope_may_name_many_types_and_tags
                an_event_at_the_position_was_seen_and_one_after_it_was_not
                how_long_ago_an_event_was_does_not_matter
                an_append_does_not_conflict_with_itself
                a_name_counts_from_the_moment_it_is_recorded
                the_checks_have_an_order
            }
            read {
                the_log_is_read_forward_and_backward
                a_reader_goes_on_beyond_the_position_it_names
                events_are_found_by_stream
                events_are_found_by_category
                events_are_found_by_type
                events_are_found_by_tags
                events_are_found_by_any_of_several_scopes
                a_filter_of_no_scopes_passes_nothing
                a_page_has_a_limit
                a_page_without_room_skips_nothing
                at_the_end_everything_up_to_the_head_was_considered
                backward_at_the_end_everything_was_considered
                a_sparse_filter_comes_to_the_head
                every_page_tells_the_head
                beyond_the_head_there_is_nothing
                streams_are_listed_with_their_ends
            }
            watch {
                a_watch_answers_at_once_where_the_head_is_past
                what_came_before_the_first_call_is_news
                a_watch_is_woken_by_an_append
                a_watch_answers_only_past_its_position
                every_watch_is_told
                a_wait_may_be_given_up
                nothing_recorded_is_no_news
                what_a_watch_tells_can_be_read
                closing_ends_every_wait
            }
            notes {
                a_note_is_completed_by_its_append
                a_note_counts_for_itself_where_there_are_no_events
                a_used_key_answers_what_it_gave_then
                a_key_without_events_is_used_too
                keys_are_told_apart_exactly
                the_last_note_of_a_conversation_is_found
                events_alone_leave_no_note
                notes_are_forgotten_by_age
            }
            inline {
                a_store_without_tables_says_so
                rows_are_there_when_the_append_is_answered
                a_projection_is_handed_what_it_wants
                a_projection_sees_what_it_wrote_before
                a_projection_can_refuse_the_append
                a_projection_that_panics_refuses_the_append
                a_projection_that_waits_for_something_else_refuses_the_append
                a_statement_that_was_sent_and_fails_refuses_the_append
                a_conflict_leaves_no_rows
                of_several_projections_all_count_or_none
                a_new_projection_is_brought_up_to_the_head
                a_projection_that_cannot_take_an_old_event_is_not_mounted
                the_tables_are_only_read
                a_refusing_projection_harms_no_other_append
                rows_are_there_again_and_once
            }
            concurrency {
                of_many_writers_of_a_unique_tag_one_wins
                of_many_writers_of_one_revision_one_wins
                writers_who_decide_again_all_come_through
                of_many_appends_with_one_key_one_is_made
                a_refused_append_harms_no_other
            }
            completeness {
                readers_miss_nothing_while_writers_write
                the_head_never_runs_ahead_of_what_can_be_read
            }
            subscribers {
                subscribers_that_restart_see_every_event_once
            }
            abandon {
                a_caller_that_goes_away_cancels_nothing
                callers_that_go_away_in_a_crowd_harm_no_other
            }
            close {
                a_closed_store_refuses_every_call
                closing_ends_every_append
            }
            reopen {
                events_are_there_again
                places_go_on_where_they_were
                conditions_hold_of_what_was_there
                notes_are_there_again
            }
            beside {
                what_one_handle_appends_the_other_sees
                conditions_hold_of_what_the_other_appended
                of_writers_over_both_handles_one_wins
                readers_of_each_handle_miss_nothing
            }
        }
    };
}

#[cfg(test)]
mod tests {
    /// Who writes a rule and forgets the list is told.
    #[test]
    fn every_rule_is_in_the_list() {
        let files = [
            ("append", include_str!("append.rs")),
            ("payload", include_str!("payload.rs")),
            ("revision", include_str!("revision.rs")),
            ("boundary", include_str!("boundary.rs")),
            ("read", include_str!("read.rs")),
            ("watch", include_str!("watch.rs")),
            ("notes", include_str!("notes.rs")),
            ("inline", include_str!("inline.rs")),
            ("concurrency", include_str!("concurrency.rs")),
            ("completeness", include_str!("completeness.rs")),
            ("subscribers", include_str!("subscribers.rs")),
            ("abandon", include_str!("abandon.rs")),
            ("close", include_str!("close.rs")),
            ("reopen", include_str!("reopen.rs")),
            ("beside", include_str!("beside.rs")),
        ];
        let list = include_str!("rules.rs");
        for (group, file) in files {
            for line in file.lines().filter_map(|line| line.strip_prefix("pub async fn ")) {
                let rule = line.split('(').next().unwrap();
                assert!(list.lines().any(|line| line.trim() == rule), "{group}::{rule} is not in the list");
            }
        }
    }
}
