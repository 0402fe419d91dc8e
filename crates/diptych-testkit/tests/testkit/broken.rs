//! Tests of the tests: stores that are broken in one way each, and the rule that finds it.
//!
//! Each is the memory store behind a wrapper with one [`Fault`]. They run on one thread in paused time, so that waiting in
//! vain costs nothing.

#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "each place is about one fault; the others do nothing there"
)]

use std::{
    panic::catch_unwind,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use async_trait::async_trait;
use diptych::memory::MemoryStore;
use diptych_core::{
    Append, AppendCondition, AppendError, Appended, CorrelationId, EventStore, Failure, InlineProjection,
    NewEvent, Position, Revision, Scope, StreamId, Tag, Timestamp,
    sql::SqlReader,
    store::{Direction, HeadWatch, KeptNote, Page, ReadRequest, StreamEnd, StreamsRequest},
};
use diptych_testkit::{Fixture, contract, contract::Tables, model};

/// What a store may do wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    None,
    /// Checks one scope of a boundary.
    IgnoresScopes,
    /// Takes an event with one of the tags for one with all.
    TakesAnyTagForAll,
    /// Looks for tags without types.
    IgnoresTypes,
    /// Overlooks the event right after the position decided on.
    StartsOneTooLate,
    /// Checks, and writes in another step.
    ChecksBeforeItWrites,
    /// Writes what it refuses.
    KeepsTheRefused,
    /// Judges the condition before the key.
    ChecksTheKeyLast,
    /// Numbers events before they can be seen, so that some are seen after later ones.
    ShowsSomeLate,
    /// Drops an event when it is busy.
    LosesOneWhenBusy,
    /// Ends a page before its last event.
    RepeatsTheLast,
    /// Looks at a thousand events, and says it has looked at all.
    StopsAfterAThousand,
    /// Rewrites JSON.
    Normalises,
    /// Tells tags apart without regard to case.
    FoldsCase,
    /// Lets an append go with its caller.
    DropsWithTheCaller,
    /// Never wakes a watch that waits.
    NeverWakes,
}

/// One test per fault: the rule passes without it, and panics with it.
macro_rules! found_by {
    ($($fault:ident, $name:ident: $group:ident :: $rule:ident;)+) => {$(
        #[test]
        fn $name() {
            let outcome = |fault| judged(async move {
                contract::$group::$rule(&Broken(fault)).await;
            });
            assert_eq!(outcome(Fault::None), Verdict::Passed, "without a fault");
            assert_eq!(outcome(Fault::$fault), Verdict::Panicked, "with the fault");
        }
    )+};
}

found_by! {
    IgnoresScopes, ignored_scopes_are_found: boundary::of_several_scopes_each_one_counts;
    TakesAnyTagForAll, any_tag_for_all_is_found: boundary::of_several_tags_an_event_must_have_all;
    IgnoresTypes, ignored_types_are_found: boundary::a_tag_may_be_narrowed_to_types;
    StartsOneTooLate, a_start_too_late_is_found: boundary::an_event_at_the_position_was_seen_and_one_after_it_was_not;
    ChecksBeforeItWrites, a_check_apart_from_the_write_is_found: concurrency::of_many_writers_of_a_unique_tag_one_wins;
    KeepsTheRefused, what_a_refusal_leaves_is_found: append::a_refused_append_leaves_nothing;
    ChecksTheKeyLast, a_key_checked_last_is_found: notes::a_used_key_answers_what_it_gave_then;
    ShowsSomeLate, events_out_of_order_are_found: completeness::readers_miss_nothing_while_writers_write;
    ShowsSomeLate, events_out_of_order_are_found_by_subscribers: subscribers::subscribers_that_restart_see_every_event_once;
    ShowsSomeLate, a_head_that_runs_ahead_is_found: completeness::the_head_never_runs_ahead_of_what_can_be_read;
    LosesOneWhenBusy, a_lost_event_is_found: concurrency::a_refused_append_harms_no_other;
    RepeatsTheLast, a_repeated_event_is_found: read::events_are_found_by_stream;
    StopsAfterAThousand, an_early_stop_is_found: read::a_sparse_filter_comes_to_the_head;
    Normalises, rewritten_payloads_are_found: payload::payloads_come_back_byte_by_byte;
    FoldsCase, folded_case_is_found: payload::tags_of_any_characters_come_back_and_are_found;
    DropsWithTheCaller, a_cancelled_append_is_found: abandon::a_caller_that_goes_away_cancels_nothing;
    NeverWakes, a_watch_that_sleeps_on_is_found: watch::a_watch_is_woken_by_an_append;
}

#[test]
fn a_matcher_that_is_wrong_is_found_by_random_scopes() {
    for fault in [Fault::None, Fault::TakesAnyTagForAll, Fault::IgnoresTypes, Fault::IgnoresScopes] {
        let held = catch_unwind(|| model::the_store_agrees_with_the_matcher_of_reference(|| Broken(fault)));
        assert_eq!(held.is_ok(), fault == Fault::None, "{fault:?}");
    }
}

#[test]
fn decisions_that_both_won_are_found_by_random_writers() {
    let held = catch_unwind(|| {
        model::writers_at_once_could_have_come_one_after_another(|| Broken(Fault::ChecksBeforeItWrites));
    });
    let said = held.expect_err("two conflicting decisions have both won");
    let said = said.downcast_ref::<String>().expect("a message");
    assert!(said.contains("granted at") && said.contains("DIPTYCH_TEST_SEED="), "{said}");
}

#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passed,
    Panicked,
}

fn judged(rule: impl Future<Output = ()> + Send + 'static) -> Verdict {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    match runtime.expect("a runtime").block_on(async { tokio::spawn(rule).await }) {
        Ok(()) => Verdict::Passed,
        Err(error) if error.is_panic() => Verdict::Panicked,
        Err(error) => panic!("the rule was cancelled: {error}"),
    }
}

struct Broken(Fault);

#[async_trait]
impl Fixture for Broken {
    async fn open(&self) -> Arc<dyn EventStore> {
        Arc::new(BrokenStore { sound: MemoryStore::new(), fault: self.0, busy: AtomicUsize::new(0) })
    }

    fn tables(&self) -> Tables {
        Tables::None
    }
}

#[derive(Debug)]
struct BrokenStore {
    sound: MemoryStore,
    fault: Fault,
    busy: AtomicUsize,
}

impl BrokenStore {
    fn scopes(&self, scopes: Vec<Scope>) -> Vec<Scope> {
        let each = |scope: Scope| match self.fault {
            Fault::TakesAnyTagForAll if scope.tags.len() > 1 => {
                scope.tags.iter().map(|tag| Scope { tags: [tag.clone()].into(), ..scope.clone() }).collect()
            }
            Fault::IgnoresTypes => vec![Scope { types: Default::default(), ..scope }],
            _ => vec![scope],
        };
        let most = if self.fault == Fault::IgnoresScopes { 1 } else { usize::MAX };
        scopes.into_iter().take(most).flat_map(each).collect()
    }

    fn event(&self, mut event: NewEvent) -> NewEvent {
        match self.fault {
            Fault::Normalises => {
                if let Ok(value) = serde_json::from_slice::<serde_json::Value>(&event.payload) {
                    event.payload = value.to_string().into();
                }
            }
            Fault::FoldsCase => {
                let fold = |tag: &Tag| Tag::stored(&tag.as_str().to_lowercase());
                event.tags = event.tags.iter().map(fold).collect();
            }
            _ => {}
        }
        event
    }

    /// Alters what is asked for, before the sound store sees it.
    fn altered(&self, mut append: Append) -> Append {
        append.condition.boundary.0 = self.scopes(append.condition.boundary.0);
        append.events = append.events.into_iter().map(|event| self.event(event)).collect();
        if self.fault == Fault::StartsOneTooLate {
            append.condition.after = Position::new(append.condition.after.get().saturating_add(1));
        }
        append
    }

    async fn check(&self, condition: AppendCondition) -> Result<(), AppendError> {
        self.sound.append(Append { events: Vec::new(), condition, note: None }).await.map(drop)
    }
}

#[async_trait]
impl EventStore for BrokenStore {
    async fn append(&self, append: Append) -> Result<Appended, AppendError> {
        let mut append = self.altered(append);
        match self.fault {
            Fault::ChecksBeforeItWrites => {
                self.check(std::mem::take(&mut append.condition)).await?;
                tokio::task::yield_now().await;
            }
            Fault::ChecksTheKeyLast => self.check(append.condition.clone()).await?,
            Fault::DropsWithTheCaller => tokio::task::yield_now().await,
            Fault::KeepsTheRefused => {
                let condition = AppendCondition::default();
                let first =
                    Append { events: append.events.iter().take(1).cloned().collect(), condition, note: None };
                if let Err(refused) = self.check(append.condition.clone()).await {
                    self.sound.append(first).await?;
                    return Err(refused);
                }
            }
            _ => {}
        }
        let several = append.events.len() > 1;
        let loses = self.fault == Fault::LosesOneWhenBusy && several;
        if loses && self.busy.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            append.events.pop();
            let mut appended = self.sound.append(append).await?;
            appended.events.extend(appended.events.last().cloned());
            return Ok(appended);
        }
        self.sound.append(append).await
    }

    async fn read(&self, request: ReadRequest) -> Result<Page, Failure> {
        let backward = request.direction == Direction::Backward;
        let start = request.from;
        let mut page = self.sound.read(request).await?;
        match self.fault {
            Fault::ShowsSomeLate => {
                let young = |at: Position| at.get().is_multiple_of(10) && page.head.get() - at.get() < 4;
                page.events.retain(|event| !young(event.position()));
            }
            Fault::RepeatsTheLast if !backward && page.events.len() > 1 => {
                page.considered = Position::new(page.considered.get() - 1);
            }
            Fault::StopsAfterAThousand if !backward => {
                page.events.retain(|event| event.position().get() - start.get() <= 1_000);
            }
            _ => {}
        }
        Ok(page)
    }

    async fn head(&self) -> Result<Position, Failure> {
        self.sound.head().await
    }

    async fn last_of(&self, stream: &StreamId) -> Result<Option<(Revision, Position)>, Failure> {
        self.sound.last_of(stream).await
    }

    async fn streams(&self, request: StreamsRequest) -> Result<Vec<StreamEnd>, Failure> {
        self.sound.streams(request).await
    }

    fn watch(&self) -> Box<dyn HeadWatch> {
        match self.fault {
            Fault::NeverWakes => Box::new(Asleep(self.sound.clone())),
            _ => self.sound.watch(),
        }
    }

    async fn note_by_key(&self, key: &str) -> Result<Option<KeptNote>, Failure> {
        self.sound.note_by_key(key).await
    }

    async fn note_by_correlation(&self, id: &CorrelationId) -> Result<Option<KeptNote>, Failure> {
        self.sound.note_by_correlation(id).await
    }

    async fn forget_notes(&self, before: Timestamp) -> Result<u64, Failure> {
        self.sound.forget_notes(before).await
    }

    async fn mount_inline(&self, projections: Vec<Arc<dyn InlineProjection>>) -> Result<(), Failure> {
        self.sound.mount_inline(projections).await
    }

    async fn inline_reader(&self) -> Result<Box<dyn SqlReader>, Failure> {
        self.sound.inline_reader().await
    }

    async fn close(&self) -> Result<(), Failure> {
        self.sound.close().await
    }
}

/// Looks once and never again.
struct Asleep(MemoryStore);

#[async_trait]
impl HeadWatch for Asleep {
    async fn past(&mut self, position: Position) -> Result<Position, Failure> {
        match self.0.head().await? {
            head if head > position => Ok(head),
            _ => std::future::pending().await,
        }
    }
}
