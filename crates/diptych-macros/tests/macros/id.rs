//! Ids: checked wherever they are made, and usable wherever an id is.

use std::{collections::HashSet, sync::Arc};

use diptych::{
    Identifier, SqlValue,
    sql::FromSql,
    tag::{Tag, TagValues},
};
use diptych_macros::Id;

use crate::bank::AccountId;

/// Cheap to clone.
#[derive(Id)]
struct ProductId(Arc<str>);

#[test]
fn an_id_is_checked_however_it_is_made() {
    for bad in ["", ".", "a/b", "ä", &"x".repeat(129)] {
        assert!(AccountId::new(bad).is_err(), "{bad:?}");
        assert!(bad.parse::<AccountId>().is_err());
        assert!(AccountId::try_from(bad).is_err());
        assert!(AccountId::try_from(bad.to_owned()).is_err());
        assert!(serde_json::from_value::<AccountId>(bad.into()).is_err());
        assert_eq!(AccountId::from_sql(&SqlValue::Text(bad.into())), None);
    }
}

#[test]
fn an_id_is_its_text_everywhere() {
    let id = AccountId::new("A-1").unwrap();
    assert_eq!((id.to_string().as_str(), id.as_ref(), id.as_str()), ("A-1", "A-1", "A-1"));
    assert_eq!(format!("{id:?} {id:>5}"), r#"AccountId("A-1")   A-1"#);
    assert_eq!(serde_json::to_string(&id).unwrap(), r#""A-1""#);
    assert_eq!(serde_json::from_str::<AccountId>(r#""A-1""#).unwrap(), id);
    assert_eq!(SqlValue::from(&id), SqlValue::Text("A-1".into()));
    assert_eq!(AccountId::from_sql(&SqlValue::Text("A-1".into())), Some(id.clone()));
    assert_eq!(AccountId::from(id.id()), id);
    let mut tags = Vec::new();
    id.each(&mut |value| tags.push(Tag::new("account", value)));
    assert_eq!(tags, [Tag::new("account", "A-1")]);
}

#[test]
fn ids_compare_by_their_texts() {
    let [a, b] = ["P-1", "P-2"].map(|text| ProductId::new(text).unwrap());
    assert!(a < b && a == a.clone());
    assert_eq!(HashSet::from([a.clone(), a, b]).len(), 2);
}
