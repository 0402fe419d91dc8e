//! The schemas of an application's types, gathered under `components/schemas`.

use serde_json::{Map, Value, json};

/// Where the schemas of a document are.
const HERE: &str = "#/components/schemas/";
/// Where a schema from schemars has those that it refers to.
const THERE: &str = "#/$defs/";

/// Which way the JSON of a schema goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A body: as strict as its type says.
    In,
    /// An answer: with no members but those listed.
    Out,
}

/// Schemas by name.
#[derive(Debug, Default)]
pub(super) struct Schemas(Map<String, Value>);

impl Schemas {
    pub(super) fn of(own: Map<String, Value>) -> Self {
        Self(own)
    }

    pub(super) fn into_inner(self) -> Map<String, Value> {
        self.0
    }

    /// Takes in a type's schema and all that it refers to; answers what stands for it in a document. Types of one name
    /// that are not the same get numbers.
    pub(super) fn adopt(&mut self, schema: &schemars::Schema, way: Way) -> Value {
        let mut root = schema.clone().to_value();
        let mut definitions = Map::new();
        let mut title = None;
        if let Some(members) = root.as_object_mut() {
            members.remove("$schema");
            if let Some(Value::Object(found)) = members.remove("$defs") {
                definitions = found;
            }
            if members.contains_key("properties") {
                title = members.remove("title").and_then(|title| Some(title.as_str()?.to_owned()));
            }
        }
        if let Some(title) = &title {
            definitions.insert(title.clone(), root.clone());
        }
        if way == Way::Out {
            definitions.values_mut().chain([&mut root]).for_each(close);
        }
        let names = self.names(&definitions, title.as_deref());
        for (name, mut definition) in definitions {
            rewrite(&mut definition, &names, title.as_deref());
            self.0.insert(names.of(&name), definition);
        }
        rewrite(&mut root, &names, title.as_deref());
        match title {
            Some(title) => json!({ "$ref": format!("{HERE}{}", names.of(&title)) }),
            None => root,
        }
    }

    /// What each definition is to be called: by its own name, unless another schema has that.
    fn names(&self, definitions: &Map<String, Value>, title: Option<&str>) -> Names {
        let mut names = Names::default();
        for (name, definition) in definitions {
            let mut rewritten = definition.clone();
            rewrite(&mut rewritten, &Names::default(), title);
            let is_free = |candidate: &str| self.0.get(candidate).is_none_or(|taken| *taken == rewritten);
            let numbered = (2..).map(|number| format!("{name}{number}"));
            let mut candidates = std::iter::once(name.clone()).chain(numbered);
            if let Some(free) = candidates.find(|candidate| is_free(candidate)) {
                names.0.insert(name.clone(), Value::from(free));
            }
        }
        names
    }
}

/// New names by old.
#[derive(Default)]
struct Names(Map<String, Value>);

impl Names {
    fn of(&self, name: &str) -> String {
        self.0.get(name).and_then(Value::as_str).unwrap_or(name).to_owned()
    }
}

/// Points references to where the schemas are in a document.
fn rewrite(value: &mut Value, names: &Names, title: Option<&str>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite(item, names, title)),
        Value::Object(members) => {
            for (name, member) in members.iter_mut() {
                let target = member.as_str().filter(|_| name == "$ref");
                let named =
                    target.and_then(|target| if target == "#" { title } else { target.strip_prefix(THERE) });
                match named.map(|named| format!("{HERE}{}", names.of(named))) {
                    Some(reference) => *member = Value::from(reference),
                    None => rewrite(member, names, title),
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Lets an object have no members but those listed, unless it is put together from several schemas.
fn close(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let is_put_together = ["$ref", "allOf", "anyOf", "oneOf", "additionalProperties"]
                .iter()
                .any(|word| members.contains_key(*word));
            if members.get("properties").is_some_and(Value::is_object) && !is_put_together {
                members.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
