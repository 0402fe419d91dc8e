//! The lists of rules of what stands beside the log: read models, keys and snapshots.

/// Makes one test per rule of these groups; what `read_models_contract!` and the like are made of.
#[doc(hidden)]
#[macro_export]
macro_rules! rules_of {
    ($module:ident, $fixture:expr, $there:expr, $at:ident; $($rule:ident)+) => {
        mod $module {
            #[allow(unused_imports, reason = "what the expression of the fixture names")]
            use super::*;
            $(#[test]
            fn $rule() {
                if !$there {
                    return;
                }
                $crate::deadline::prove(async {
                    let fixture = $fixture;
                    $crate::contract::$at::$rule(&fixture).await;
                });
            })+
        }
    };
}

/// Makes one test per rule of read models, and one per property of [`projections`](crate::projections):
/// `read_models_contract!(module, fixture)`, with a [`ModelFixture`](crate::contract::models::ModelFixture).
///
/// A condition is added as to [`store_contract!`](crate::store_contract!).
#[macro_export]
macro_rules! read_models_contract {
    ($module:ident, $fixture:expr) => {
        $crate::read_models_contract!($module, $fixture, if true);
    };
    ($module:ident, $fixture:expr, if $there:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "what the expression of the fixture names")]
            use super::*;
            $crate::rules_of! { rules, $fixture, $there, models;
                the_first_generation_is_live_at_once
                rows_and_checkpoint_move_together_and_an_event_counts_once
                a_batch_without_events_moves_the_checkpoint_and_none_moves_it_back
                a_batch_that_fails_leaves_nothing
                a_parked_event_is_kept_until_it_is_taken_once
                who_was_taken_over_from_can_write_no_more
                of_many_who_take_over_at_once_one_can_write
                a_reader_sees_one_moment
                a_scan_gives_every_row_once_in_one_moment
                readers_beside_a_writer_see_the_rows_of_their_checkpoint
                generations_are_made_promoted_and_removed
                generations_do_not_touch_each_other
                rows_and_the_live_generation_are_there_again
            }
            mod proof {
                #[allow(unused_imports, reason = "what the expression of the fixture names")]
                use super::*;
                $crate::read_models_contract! { @proofs $fixture, $there;
                    delivered_twice_changes_nothing
                    crashed_after_any_step_it_resumes
                    failing_at_any_step_it_recovers
                    rebuilt_equals_live
                    paused_it_stands_and_resumed_it_goes_on
                    of_two_runners_the_older_is_fenced_off
                }
            }
        }
    };
    (@proofs $fixture:expr, $there:expr; $($property:ident)+) => {
        $(#[test]
        fn $property() {
            if !$there {
                return;
            }
            $crate::deadline::prove(async {
                $crate::projections::$property(|| $fixture).await;
            });
        })+
    };
}

/// Makes one test per rule of what an engine of documents answers: `documents_contract!(module, fixture)`, with a
/// [`DocumentFixture`](crate::contract::documents::DocumentFixture).
#[macro_export]
macro_rules! documents_contract {
    ($module:ident, $fixture:expr) => {
        $crate::documents_contract!($module, $fixture, if true);
    };
    ($module:ident, $fixture:expr, if $there:expr) => {
        mod $module {
            #[allow(unused_imports, reason = "what the expression of the fixture names")]
            use super::*;
            $crate::rules_of! { proof, $fixture, $there, documents;
                answers_are_those_of_the_fold_of_the_log
                a_text_is_data
                pages_neither_skip_nor_repeat_while_others_are_added
            }
        }
    };
}

/// Makes one test per rule of a keeper of keys: `keys_contract!(module, fixture)`, with a
/// [`KeyFixture`](crate::contract::keys::KeyFixture).
#[macro_export]
macro_rules! keys_contract {
    ($module:ident, $fixture:expr) => {
        $crate::keys_contract!($module, $fixture, if true);
    };
    ($module:ident, $fixture:expr, if $there:expr) => {
        $crate::rules_of! { $module, $fixture, $there, keys;
            a_key_comes_back_byte_by_byte
            the_first_key_of_a_person_stays
            persons_are_told_apart_exactly
            a_destroyed_key_never_comes_back
            the_first_master_check_stays
            keys_are_there_again
        }
    };
}

/// Makes one test per rule of saved folds: `snapshots_contract!(module, fixture)`, with a
/// [`SnapshotFixture`](crate::contract::snapshots::SnapshotFixture).
#[macro_export]
macro_rules! snapshots_contract {
    ($module:ident, $fixture:expr) => {
        $crate::snapshots_contract!($module, $fixture, if true);
    };
    ($module:ident, $fixture:expr, if $there:expr) => {
        $crate::rules_of! { $module, $fixture, $there, snapshots;
            a_snapshot_comes_back_exactly
            the_newest_of_a_schema_stays
            of_many_at_once_the_newest_stays
            snapshots_are_there_again
        }
    };
}

#[cfg(test)]
mod tests {
    /// Who writes a rule and forgets the list is told.
    #[test]
    fn every_rule_is_in_the_list() {
        let files = [
            include_str!("models.rs"),
            include_str!("keys.rs"),
            include_str!("snapshots.rs"),
            include_str!("../projections/mod.rs"),
        ];
        let list = include_str!("besides.rs");
        for line in files.iter().flat_map(|file| file.lines()) {
            let Some(line) = line.strip_prefix("pub async fn ") else { continue };
            let rule = line.split(['(', '<']).next().unwrap();
            let is_rule = rule != "sql_rows";
            assert!(!is_rule || list.lines().any(|line| line.trim() == rule), "{rule} is not in the list");
        }
    }
}
