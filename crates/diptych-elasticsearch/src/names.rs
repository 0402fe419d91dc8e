//! What things are called in a cluster: indexes, aliases, documents and fields. No two things of ours have one name.
//!
//! A generation is an alias, `PREFIX.PROJECTION.NUMBER`, over an index of its own. All that is written goes by the alias and says that it must
//! be one: so a writer that comes late never makes an index anew that was removed. `PREFIX.PROJECTION` is the alias of the live generation, for
//! programs of others.

use std::fmt::Write;

use diptych_core::documents::CollectionName;

/// The id of the record that stands among the documents of a generation: its place.
pub(crate) const PLACE: &str = "place";

/// The alias of a generation.
pub(crate) fn alias(prefix: &str, name: &CollectionName) -> String {
    format!("{}.{}", live_alias(prefix, &name.projection), name.generation.0)
}

/// The index of an alias.
pub(crate) fn index(alias: &str) -> String {
    format!("{alias}.data")
}

/// The alias by which programs of others find the live generation of a projection.
pub(crate) fn live_alias(prefix: &str, projection: &str) -> String {
    format!("{prefix}.{}", lower(projection))
}

/// The alias of the records of projections. Those of generations have a dot after the prefix.
pub(crate) fn records_alias(prefix: &str) -> String {
    format!("{prefix}-records")
}

/// Names of indexes have no capitals: `A` is `=a`.
fn lower(projection: &str) -> String {
    let mut lower = String::with_capacity(projection.len());
    for c in projection.chars() {
        if c.is_ascii_uppercase() {
            lower.push('=');
        }
        lower.push(c.to_ascii_lowercase());
    }
    lower
}

/// What a document of ours is kept as: its own id, unless that is the place's (or such a one, moved).
pub(crate) fn kept_id(id: &str) -> String {
    if is_place_or_moved(id) { format!("{id}'") } else { id.to_owned() }
}

/// The id of a document that is kept as this.
pub(crate) fn id_of(kept: &str) -> &str {
    if is_place_or_moved(kept) { kept.strip_suffix('\'').unwrap_or(kept) } else { kept }
}

fn is_place_or_moved(id: &str) -> bool {
    id.strip_prefix(PLACE).is_some_and(|rest| rest.chars().all(|c| c == '\''))
}

/// What a member of a document is called in the mapping, where a dot would lead into an object, and some signs are refused.
pub(crate) fn field(member: &str) -> String {
    let mut field = String::with_capacity(member.len());
    for c in member.chars() {
        if c.is_alphanumeric() || "_-".contains(c) {
            field.push(c);
        } else if write!(field, "%{:x}%", u32::from(c)).is_err() {
            unreachable!("a string can be written to");
        }
    }
    if field.is_empty() { "%".to_owned() } else { field }
}

#[cfg(test)]
mod tests {
    use diptych_core::model::Generation;

    use super::*;

    #[test]
    fn no_two_things_have_one_name() {
        let generation = |projection: &str, number| {
            alias("p", &CollectionName { projection: projection.to_owned(), generation: Generation(number) })
        };
        let names = [
            generation("orders", 1),
            generation("orders", 11),
            generation("orders-1", 1),
            generation("Orders", 1),
            generation("records", 1),
            live_alias("p", "orders"),
            live_alias("p", "orders-1"),
            live_alias("p", "ORDERS"),
            live_alias("p", "records"),
            records_alias("p"),
        ];
        let all: std::collections::BTreeSet<_> =
            names.iter().cloned().chain(names.iter().map(|name| index(name))).collect();
        assert_eq!(all.len(), 2 * names.len());
        assert!(all.iter().all(|name| !name.chars().any(char::is_uppercase)));
    }

    #[test]
    fn an_id_comes_back_and_none_is_the_places() {
        for id in ["place", "place'", "place''", "place'x", "'", "Place", "a/b?", "", "🎹"] {
            assert_eq!(id_of(&kept_id(id)), id);
            assert_ne!(kept_id(id), PLACE);
        }
    }

    #[test]
    fn fields_of_any_name_are_told_apart() {
        let names = ["a", "a.b", "a b", "a%2e%b", "", "%", "ключ", "a_b", "a-b", "*", "a\u{0}"];
        let fields: std::collections::BTreeSet<_> = names.iter().map(|name| field(name)).collect();
        assert_eq!(fields.len(), names.len());
        assert!(fields.iter().all(|field| !field.contains(['.', '*', ' ', '\u{0}'])));
    }
}
