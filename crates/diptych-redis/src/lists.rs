//! Lists: how an order of several fields becomes the order of a sorted set, and which set answers what is asked.
//!
//! All members have the same score, so Redis sorts them by their bytes: the values of the order's keys, each so written that its bytes
//! sort as the values do, then the document's id. What holds: no written value is the beginning of another one.

use std::ops::Bound;

use diptych_core::documents::{Condition, Order, Scalar, Shape, Way, Window};
use serde_json::Value;

/// The set of all documents, by id.
pub(crate) const ALL: &str = "all";

/// Beyond every byte of a UTF-8 text and of every mark below.
const BEYOND: u8 = 0xff;
const INTEGER: u8 = 1;
const TEXT: u8 = 2;

/// Writes a value so that bytes sort as values do: numbers before texts, texts by their bytes.
fn write(scalar: &Scalar, to: &mut Vec<u8>) {
    match scalar {
        Scalar::Integer(number) => {
            to.push(INTEGER);
            // The sign's bit turned round: negative ones come first.
            let mut bytes = number.to_be_bytes();
            bytes[0] ^= 0x80;
            to.extend(bytes);
        }
        Scalar::Text(text) => {
            to.push(TEXT);
            for byte in text.bytes() {
                to.push(byte);
                if byte == 0 {
                    to.push(BEYOND);
                }
            }
            to.extend([0, 0]);
        }
    }
}

fn written<'a>(scalars: impl IntoIterator<Item = &'a Scalar>) -> Vec<u8> {
    let mut bytes = Vec::new();
    scalars.into_iter().for_each(|scalar| write(scalar, &mut bytes));
    bytes
}

/// The end of the key of a list's set: which list, and what the documents in it have.
fn suffix(list: usize, having: &[&Scalar]) -> Vec<u8> {
    let mut suffix = format!("list:{list}:").into_bytes();
    suffix.extend(written(having.iter().copied()));
    suffix
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// The end of the key of the set.
    pub(crate) suffix: Vec<u8>,
    /// What stands for it there.
    pub(crate) member: Vec<u8>,
}

/// A member: its order, then the id, then how long the first is.
fn member(order: Vec<u8>, id: &str) -> Vec<u8> {
    let length = u32::try_from(order.len()).unwrap_or(u32::MAX);
    let mut member = order;
    member.extend(id.bytes());
    member.extend(length.to_be_bytes());
    member
}

/// The id that a member stands for.
pub(crate) fn id_of(member: &[u8]) -> Option<&str> {
    let (rest, length) = member.split_last_chunk::<4>()?;
    let order = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    std::str::from_utf8(rest.get(order..)?).ok()
}

/// Every list that a document stands in.
pub(crate) fn listed(shape: &Shape, id: &str, body: &Value) -> Vec<Listed> {
    let mut all = vec![Listed { suffix: ALL.into(), member: member(Vec::new(), id) }];
    for (number, (having, order)) in shape.lists.iter().enumerate() {
        let keys = order.keys.iter().filter_map(|key| shape.scalars(body, key).into_iter().next());
        let member = member(written(&keys.collect::<Vec<_>>()), id);
        let values: Vec<_> = having.iter().map(|field| shape.scalars(body, field)).collect();
        let suffixes = products(&values).into_iter().map(|having| suffix(number, &having));
        all.extend(suffixes.map(|suffix| Listed { suffix, member: member.clone() }));
    }
    all
}

/// Each choice of one value of each field, without repeats.
fn products(values: &[Vec<Scalar>]) -> Vec<Vec<&Scalar>> {
    let mut chosen = vec![Vec::new()];
    for of_field in values {
        let mut different: Vec<&Scalar> = of_field.iter().collect();
        different.sort();
        different.dedup();
        let mut longer = Vec::with_capacity(chosen.len() * different.len());
        for choice in &chosen {
            longer.extend(different.iter().map(|value| [choice.as_slice(), &[*value]].concat()));
        }
        chosen = longer;
    }
    chosen
}

/// What is read to answer a question: some sets in one order, a stretch of each, and what is left to be looked at in each document.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The ends of the keys.
    pub(crate) suffixes: Vec<Vec<u8>>,
    /// The stretch that can hold what is wanted.
    pub(crate) from: Bound<Vec<u8>>,
    /// Its end.
    pub(crate) to: Bound<Vec<u8>>,
    /// What the sets do not say.
    pub(crate) left: Vec<Condition>,
}

impl Plan {
    /// By the list of this order that says most of what is asked; none where there is no list of it.
    pub(crate) fn of(shape: &Shape, order: &Order, conditions: &[Condition]) -> Option<Self> {
        let of_order = shape.lists.iter().enumerate().filter(|(_, (_, kept))| kept.keys == order.keys);
        let answering = of_order
            .filter(|(_, (having, _))| having.iter().all(|field| wanted(conditions, field).is_some()));
        let (number, (having, _)) = answering.max_by_key(|(_, (having, _))| having.len())?;
        let values: Vec<_> = having.iter().filter_map(|field| wanted(conditions, field)).cloned().collect();
        let suffixes = products(&values).into_iter().map(|having| suffix(number, &having)).collect();
        let mut plan = Self { suffixes, from: Bound::Unbounded, to: Bound::Unbounded, left: Vec::new() };
        let first = order.keys.first();
        for condition in conditions {
            let of_first = first.is_some_and(|first| first == condition.field());
            let said = matches!(condition, Condition::Any(field, values) if having.contains(field) && wanted(conditions, field) == Some(values));
            match condition {
                Condition::AtLeast(_, least) if of_first && plan.from == Bound::Unbounded => {
                    plan.from = Bound::Included(written([least]));
                }
                Condition::AtMost(_, most) if of_first && plan.to == Bound::Unbounded => {
                    plan.to = Bound::Excluded(after(written([most])));
                }
                _ if said => {}
                Condition::Any(..) | Condition::AtLeast(..) | Condition::AtMost(..) => {
                    plan.left.push(condition.clone())
                }
            }
        }
        Some(plan)
    }

    /// By looking at every document.
    pub(crate) fn all(conditions: &[Condition]) -> Self {
        let suffixes = vec![ALL.into()];
        Self { suffixes, from: Bound::Unbounded, to: Bound::Unbounded, left: conditions.to_vec() }
    }

    /// Only beyond the place of a window.
    pub(crate) fn beyond(mut self, window: &Window) -> Self {
        if let Some(place) = &window.beyond {
            let place = written(place);
            match window.order.way {
                Way::Up => self.from = larger(self.from, Bound::Excluded(after(place))),
                Way::Down => self.to = smaller(self.to, Bound::Excluded(place)),
            }
        }
        self
    }
}

/// What a field is asked to have, by the first condition that asks it.
fn wanted<'a>(conditions: &'a [Condition], field: &str) -> Option<&'a Vec<Scalar>> {
    conditions.iter().find_map(|condition| match condition {
        Condition::Any(of, values) if of == field => Some(values),
        Condition::Any(..) | Condition::AtLeast(..) | Condition::AtMost(..) => None,
    })
}

/// Beyond every member that begins so.
fn after(mut beginning: Vec<u8>) -> Vec<u8> {
    beginning.push(BEYOND);
    beginning
}

fn larger(one: Bound<Vec<u8>>, other: Bound<Vec<u8>>) -> Bound<Vec<u8>> {
    if bytes(&one) >= bytes(&other) { one } else { other }
}

fn smaller(one: Bound<Vec<u8>>, other: Bound<Vec<u8>>) -> Bound<Vec<u8>> {
    let one_is_less = bytes(&one).is_some_and(|one| bytes(&other).is_none_or(|other| one <= other));
    if one_is_less { one } else { other }
}

fn bytes(bound: &Bound<Vec<u8>>) -> Option<&Vec<u8>> {
    match bound {
        Bound::Included(bytes) | Bound::Excluded(bytes) => Some(bytes),
        Bound::Unbounded => None,
    }
}

/// A bound as Redis writes it; `open` is what stands for none.
pub(crate) fn shown(bound: &Bound<Vec<u8>>, open: u8) -> Vec<u8> {
    let marked = |mark, bytes: &Vec<u8>| [vec![mark], bytes.clone()].concat();
    match bound {
        Bound::Included(bytes) => marked(b'[', bytes),
        Bound::Excluded(bytes) => marked(b'(', bytes),
        Bound::Unbounded => vec![open],
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn scalar() -> impl Strategy<Value = Scalar> {
        prop_oneof![
            any::<i64>().prop_map(Scalar::Integer),
            (-2_i64..3).prop_map(Scalar::Integer),
            "[a\u{0}\u{1}é\u{ff}]{0,4}".prop_map(Scalar::Text),
        ]
    }

    proptest! {
        #[test]
        fn bytes_sort_as_values_do(
            one in prop::collection::vec(scalar(), 2),
            other in prop::collection::vec(scalar(), 2),
        ) {
            prop_assert_eq!(written(&one).cmp(&written(&other)), one.cmp(&other));
        }

        #[test]
        fn a_member_beyond_a_place_is_beyond_its_bytes(
            one in prop::collection::vec(scalar(), 2),
            other in prop::collection::vec(scalar(), 2),
            id in ".{1,8}",
        ) {
            let standing = member(written(&one), &id);
            prop_assert_eq!(standing > after(written(&other)), one > other);
            prop_assert_eq!(standing < written(&other), one < other);
            prop_assert_eq!(id_of(&standing), Some(&*id));
        }
    }

    #[test]
    fn a_document_stands_once_in_the_list_of_each_of_its_tags() {
        let shape =
            Shape::new().keyword("tags").integer("price").list(&["tags"], Order::ascending(&["price"]));
        let lists = |body: Value| listed(&shape, "a", &body).len();
        assert_eq!(lists(json!({ "price": 1, "tags": ["x", "y", "x"] })), 3);
        assert_eq!(lists(json!({ "price": 1, "tags": [] })), 1);
        assert_eq!(lists(json!({ "price": 1 })), 1);
    }

    #[test]
    fn the_list_that_says_most_is_read() {
        let by_price = || Order::ascending(&["price"]);
        let shape = Shape::new().keyword("shop").keyword("tags").integer("price");
        let shape = shape.list(&[], by_price()).list(&["tags"], by_price());
        let asked = [
            Condition::is("tags", "x"),
            Condition::is("shop", "s"),
            Condition::AtLeast("price".into(), 3.into()),
            Condition::AtMost("price".into(), 5.into()),
        ];
        let plan = Plan::of(&shape, &by_price(), &asked).unwrap();
        assert!(plan.suffixes[0].starts_with(b"list:1:"));
        assert_eq!(plan.left, [Condition::is("shop", "s")]);
        assert!(plan.from != Bound::Unbounded && plan.to != Bound::Unbounded);
        assert!(Plan::of(&shape, &by_price(), &asked[1..]).unwrap().suffixes[0].starts_with(b"list:0:"));
        assert!(Plan::of(&shape, &Order::ascending(&["shop"]), &asked).is_none());
    }
}
