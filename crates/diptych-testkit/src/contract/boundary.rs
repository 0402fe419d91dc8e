//! Rules of boundaries: an append is refused by an event in its boundary after the position it was decided on, and by no other.
//!
//! Each kind of scope has a rule. Each rule tries an event that is in the scope and several that are nearly in it.

use diptych_core::{
    Append, AppendCondition, AppendError, Boundary, Conflict, EventStore, Expected, NewEvent, Position,
    Scope, StreamId,
};

use super::Fixture;
use crate::draft::{
    Draft, append, conditional, conflict, event, head, key, made, note, several, stream, tag,
};
use crate::why::why;

/// A scope may be a stream.
pub async fn a_scope_may_be_a_stream(fixture: &dyn Fixture) {
    let near = [event("account/2", "Opened"), event("order/1", "Opened"), event("accounts/1", "Opened")];
    refuses(fixture, Scope::stream(account()), event("account/1", "Opened"), near).await;
}

/// A stream may be narrowed to types.
pub async fn a_stream_may_be_narrowed_to_types(fixture: &dyn Fixture) {
    let scope = Scope::stream(account()).of_types(["Opened", "Closed"]);
    let near = [event("account/1", "Deposited"), event("account/1", "opened"), event("account/2", "Closed")];
    refuses(fixture, scope, event("account/1", "Closed"), near).await;
}

/// A stream may be narrowed to a tag.
pub async fn a_stream_may_be_narrowed_to_a_tag(fixture: &dyn Fixture) {
    let scope = Scope::stream(account()).with_tag(tag("part:a"));
    let near = [
        event("account/1", "Opened"),
        event("account/1", "Opened").tagged(&["part:b"]),
        event("account/2", "Opened").tagged(&["part:a"]),
    ];
    refuses(fixture, scope, event("account/1", "Opened").tagged(&["part:a", "part:b"]), near).await;
}

/// A stream may be narrowed to types and tags together.
pub async fn a_stream_may_be_narrowed_to_types_and_tags(fixture: &dyn Fixture) {
    let scope = Scope::stream(account()).of_types(["Opened"]).with_tag(tag("part:a"));
    let near = [
        event("account/1", "Opened"),
        event("account/1", "Closed").tagged(&["part:a"]),
        event("account/2", "Opened").tagged(&["part:a"]),
    ];
    refuses(fixture, scope, event("account/1", "Opened").tagged(&["part:a"]), near).await;
}

/// A scope may be a tag, in whatever streams.
pub async fn a_scope_may_be_a_tag(fixture: &dyn Fixture) {
    let near = [
        event("user/1", "Opened"),
        event("user/1", "Opened").tagged(&["mail:b", "mai:a", "mail:", "mail:A"]),
    ];
    refuses(fixture, Scope::tagged([tag("mail:a")]), event("user/9", "Any").tagged(&["mail:a"]), near).await;
}

/// A tag may be narrowed to types.
pub async fn a_tag_may_be_narrowed_to_types(fixture: &dyn Fixture) {
    let scope = Scope::tagged([tag("mail:a")]).of_types(["Registered", "Renamed"]);
    let near =
        [event("user/1", "Erased").tagged(&["mail:a"]), event("user/1", "Registered").tagged(&["mail:b"])];
    refuses(fixture, scope, event("user/9", "Renamed").tagged(&["mail:a"]), near).await;
}

/// Of several tags an event must have all.
pub async fn of_several_tags_an_event_must_have_all(fixture: &dyn Fixture) {
    let scope = Scope::tagged(["a:1", "b:2", "c:3"].map(tag));
    let near = [
        event("user/1", "Any").tagged(&["a:1"]),
        event("user/1", "Any").tagged(&["a:1", "b:2"]),
        event("user/1", "Any").tagged(&["b:2", "c:3", "d:4"]),
        event("user/1", "Any").tagged(&["a:2", "b:3", "c:1"]),
    ];
    refuses(fixture, scope, event("user/2", "Any").tagged(&["z:0", "c:3", "b:2", "a:1"]), near).await;
}

/// A scope may be a category.
pub async fn a_scope_may_be_a_category(fixture: &dyn Fixture) {
    let near =
        [event("accounts/1", "Opened"), event("accoun/t", "Opened"), event("order/account", "account")];
    refuses(fixture, Scope::category("account"), event("account/99", "Any"), near).await;
}

/// A category may be narrowed to types and tags.
pub async fn a_category_may_be_narrowed_to_types_and_tags(fixture: &dyn Fixture) {
    let scope = Scope::category("account").of_types(["Opened"]).with_tag(tag("part:a"));
    let near = [
        event("account/1", "Opened"),
        event("account/1", "Closed").tagged(&["part:a"]),
        event("order/1", "Opened").tagged(&["part:a"]),
    ];
    refuses(fixture, scope, event("account/7", "Opened").tagged(&["part:a"]), near).await;
}

/// A scope may be types alone, in whatever streams.
pub async fn a_scope_may_be_types_alone(fixture: &dyn Fixture) {
    let near = [event("account/1", "Deposited"), event("account/1", "Open"), event("account/1", "OPENED")];
    refuses(fixture, Scope::default().of_types(["Opened", "Closed"]), event("order/5", "Opened"), near).await;
}

/// The empty scope is everything.
pub async fn the_empty_scope_is_everything(fixture: &dyn Fixture) {
    refuses(fixture, Scope::default(), event("account/1", "Any"), []).await;
}

/// A scope whose stream is not of its category holds nothing.
pub async fn a_scope_that_contradicts_itself_holds_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Any"), event("order/1", "Any")]).await;
    let scope = Scope { category: Some("order".into()), ..Scope::stream(account()) };
    made(
        &*store,
        conditional([event("account/1", "Any")], AppendCondition::nothing_in(scope, Position::START)),
    )
    .await;
}

/// The empty boundary is nothing: such an append is made whatever there is.
pub async fn the_empty_boundary_is_nothing(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened")]).await;
    let condition = AppendCondition { after: Position::START, ..AppendCondition::default() };
    made(&*store, conditional([event("account/1", "Opened")], condition)).await;
}

/// Of several scopes each one counts, wherever it stands among them.
pub async fn of_several_scopes_each_one_counts(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let scopes = vec![
        Scope::stream(account()),
        Scope::tagged([tag("mail:a")]).of_types(["Registered"]),
        Scope::category("order").with_tag(tag("part:a")),
        Scope::default().of_types(["Audited"]),
    ];
    let inside = [
        event("account/1", "Any"),
        event("user/1", "Registered").tagged(&["mail:a"]),
        event("order/1", "Any").tagged(&["part:a"]),
        event("any/1", "Audited"),
    ];
    let condition = |after| AppendCondition::nothing_in(Boundary(scopes.clone()), after);
    for inside in inside {
        let after = head(&*store).await;
        append(&*store, [event("user/1", "Erased").tagged(&["mail:a", "part:a"])]).await;
        made(&*store, conditional([], condition(after))).await;
        let found = append(&*store, [inside.clone()]).await.position;
        let conflict = conflict(&*store, conditional([event("result/1", "Any")], condition(after))).await;
        assert_eq!(conflict, Conflict::Boundary { after, found }, "the conflict with {inside:?}");
    }
}

/// A boundary may have hundreds of scopes: the stock of everything in a basket.
pub async fn a_boundary_may_have_hundreds_of_scopes(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let scopes: Vec<_> = (0..300)
        .map(|n| match n % 2 {
            0 => Scope::stream(stream(&format!("stock/{n}"))),
            _ => Scope::tagged([tag(&format!("product:{n}"))]).of_types(["Reserved", "Sold"]),
        })
        .collect();
    let condition = || AppendCondition::nothing_in(Boundary(scopes.clone()), Position::START);
    made(&*store, conditional([event("stock/301", "Any").tagged(&["product:300"])], condition())).await;
    append(&*store, [event("any/1", "Sold").tagged(&["product:299"])]).await;
    conflict(&*store, conditional([event("order/1", "Created")], condition())).await;
}

/// A scope may name many types and tags.
pub async fn a_scope_may_name_many_types_and_tags(fixture: &dyn Fixture) {
    let tags: Vec<_> = (0..12).map(|n| format!("k{n}:v")).collect();
    let tags: Vec<_> = tags.iter().map(String::as_str).collect();
    let scope =
        Scope::tagged(tags.iter().map(|text| tag(text))).of_types((0..100).map(|n| format!("Type{n}")));
    let near = [event("a/1", "Type99").tagged(&tags[1..]), event("a/1", "Type100").tagged(&tags)];
    refuses(fixture, scope, event("a/1", "Type57").tagged(&tags), near).await;
}

/// An event at the very position that the decision was made on has been seen; one after it has not.
pub async fn an_event_at_the_position_was_seen_and_one_after_it_was_not(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/2", "Opened")]).await;
    let at = append(&*store, [event("account/1", "Opened")]).await.position;
    append(&*store, [event("account/2", "Opened")]).await;
    let condition = |after| AppendCondition::nothing_in(Scope::stream(account()), after);
    made(&*store, conditional([], condition(at))).await;
    let below = Position::new(at.get() - 1);
    let found = conflict(&*store, conditional([], condition(below))).await;
    assert_eq!(found, Conflict::Boundary { after: below, found: at }, "the conflict says");
}

/// An event long ago conflicts as one just now does, and a position after everything conflicts with nothing.
pub async fn how_long_ago_an_event_was_does_not_matter(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("account/1", "Opened").tagged(&["mail:a"])]).await;
    for _ in 0..3 {
        append(&*store, several(500, "account/2", "Opened")).await;
    }
    for scope in [Scope::stream(account()), Scope::tagged([tag("mail:a")]), Scope::default()] {
        let condition = |after| AppendCondition::nothing_in(scope.clone(), after);
        conflict(&*store, conditional([], condition(Position::START))).await;
        made(&*store, conditional([], condition(Position::END))).await;
    }
}

/// An append does not conflict with its own events.
pub async fn an_append_does_not_conflict_with_itself(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let mut after = Position::START;
    for _ in 0..3 {
        let own = [
            event("account/1", "Opened").tagged(&["mail:a"]),
            event("account/1", "Opened").tagged(&["mail:a"]),
        ];
        let scopes = vec![Scope::stream(account()), Scope::tagged([tag("mail:a")])];
        let condition = AppendCondition::nothing_in(Boundary(scopes), after);
        after = made(&*store, conditional(own, condition)).await.position;
    }
}

/// A name that was never recorded holds nothing, and counts from the moment it is: a store that looks names up must not
/// remember that it did not find one.
pub async fn a_name_counts_from_the_moment_it_is_recorded(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    append(&*store, [event("other/1", "Other")]).await;
    let scopes = [
        Scope::stream(account()),
        Scope::tagged([tag("mail:a")]),
        Scope::category("account"),
        Scope::default().of_types(["Opened"]),
    ];
    let condition = |scope: &Scope| AppendCondition::nothing_in(scope.clone(), Position::START);
    for scope in &scopes {
        made(&*store, conditional([], condition(scope))).await;
    }
    append(&*store, [event("account/1", "Opened").tagged(&["mail:a"])]).await;
    for scope in &scopes {
        conflict(&*store, conditional([], condition(scope))).await;
    }
}

/// The key is checked first, then the expected revisions, then the boundary.
pub async fn the_checks_have_an_order(fixture: &dyn Fixture) {
    let store = fixture.open().await;
    let with_key = |condition| Append {
        events: vec![event("account/1", "Opened")],
        condition,
        note: Some(diptych_core::store::Note { key: key("once", 1), ..note("c", "account/1") }),
    };
    made(&*store, with_key(AppendCondition::default())).await;
    let both = AppendCondition {
        boundary: Scope::default().into(),
        after: Position::START,
        expected: vec![(account(), Expected::NoStream)],
    };
    let found = conflict(&*store, conditional([], both.clone())).await;
    assert!(
        matches!(found, Conflict::Revision { .. }),
        "expected revisions come before the boundary: {found}"
    );
    let used = store.append(with_key(both)).await;
    assert!(matches!(used, Err(AppendError::KeyUsed(_))), "the key comes before the condition: {used:?}");
}

fn account() -> StreamId {
    stream("account/1")
}

/// `inside` is in the scope, and none of `near` is.
async fn refuses(fixture: &dyn Fixture, scope: Scope, inside: NewEvent, near: impl Into<Vec<NewEvent>>) {
    let store = fixture.open().await;
    let judged =
        |after| conditional([event("result/1", "Judged")], AppendCondition::nothing_in(scope.clone(), after));
    let early = append(&*store, [inside.anew()]).await.position;
    for near in near.into() {
        append(&*store, [near.clone()]).await;
        unhindered(&*store, conditional([], judged(early).condition), &scope, &near).await;
    }
    let after = head(&*store).await;
    let found = append(&*store, [inside]).await.position;
    let said = conflict(&*store, judged(after)).await;
    assert_eq!(said, Conflict::Boundary { after, found }, "the conflict with {scope:?}");
    conflict(&*store, judged(early)).await;
    conflict(&*store, judged(Position::START)).await;
    made(&*store, judged(found)).await;
}

async fn unhindered(store: &dyn EventStore, append: Append, scope: &Scope, near: &NewEvent) {
    if let Err(error) = store.append(append).await {
        panic!(
            "{} of {} with {:?} is not in {scope:?}, but: {}",
            near.event_type,
            near.stream,
            near.tags,
            why(&error)
        );
    }
}
