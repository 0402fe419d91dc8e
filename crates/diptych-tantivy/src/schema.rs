//! What is indexed of a document: its id, its stamp, the fields that are declared, and the whole of it as it is given back.
//!
//! Texts are cut into words by the core, so that all engines find the same; Tantivy is handed the words.

use diptych_core::{
    Failure, FailureKind,
    documents::{Entry, Kind, Scalar, Shape, words},
};
use serde_json::Value;
use tantivy::{
    TantivyDocument, Term,
    schema::{
        FAST, Field, INDEXED, IndexRecordOption, STORED, STRING, Schema, SchemaBuilder, TextFieldIndexing,
        TextOptions,
    },
    tokenizer::{PreTokenizedString, Token},
};

/// A keyword's longest indexed form; Tantivy's terms have at most 65,530 bytes.
const LONGEST: usize = 60_000;

/// The fields of an index, by what they are for.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    pub(crate) shape: Shape,
    pub(crate) id: Field,
    pub(crate) stamp: Field,
    /// 1 of a document that was not deleted.
    pub(crate) shown: Field,
    whole: Field,
}

/// The name of the field that is compared.
pub(crate) fn compared(name: &str) -> String {
    format!("compared {name}")
}

fn searched(name: &str) -> String {
    format!("searched {name}")
}

impl Fields {
    /// Those of this shape.
    pub(crate) fn of(shape: &Shape) -> Self {
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING);
        let stamp = schema.add_u64_field("stamp", FAST);
        let shown = schema.add_u64_field("shown", INDEXED);
        let whole = schema.add_bytes_field("whole", STORED);
        for field in &shape.fields {
            declare(&mut schema, &field.name, field.kind);
        }
        Self { schema: schema.build(), shape: shape.clone(), id, stamp, shown, whole }
    }

    /// A field that is compared, and what it holds.
    pub(crate) fn compared(&self, name: &str) -> Result<(Field, Kind), Failure> {
        let field = self.schema.get_field(&compared(name)).ok();
        field.zip(self.shape.kind(name)).ok_or_else(|| {
            let text = format!("the documents are not declared to be compared by {name:?}");
            Failure::plain(FailureKind::Invalid, text)
        })
    }

    /// The fields that are searched, with their weights.
    pub(crate) fn searched(&self) -> impl Iterator<Item = (Field, u8)> + '_ {
        self.shape.texts().filter_map(|(name, weight)| {
            self.schema.get_field(&searched(name)).ok().map(|field| (field, weight))
        })
    }

    pub(crate) fn id_term(&self, id: &str) -> Term {
        Term::from_field_text(self.id, id)
    }

    /// What is written for an entry.
    pub(crate) fn document(&self, entry: &Entry) -> Result<TantivyDocument, Failure> {
        let mut document = TantivyDocument::new();
        let whole = serde_json::to_vec(entry)
            .map_err(|error| Failure::new(FailureKind::Invalid, "writing a document", error))?;
        document.add_bytes(self.whole, &whole);
        document.add_text(self.id, &entry.id);
        document.add_u64(self.stamp, entry.stamp.number());
        if let Some(body) = &entry.body {
            document.add_u64(self.shown, 1);
            for field in &self.shape.fields {
                self.add(&mut document, body, &field.name, field.kind);
            }
        }
        Ok(document)
    }

    fn add(&self, document: &mut TantivyDocument, body: &Value, name: &str, kind: Kind) {
        if let Kind::Text { .. } = kind {
            let Ok(field) = self.schema.get_field(&searched(name)) else { return };
            for text in self.shape.scalars(body, name) {
                if let Scalar::Text(text) = text {
                    document.add_pre_tokenized_text(field, tokens(&text));
                }
            }
            return;
        }
        let Ok(field) = self.schema.get_field(&compared(name)) else { return };
        for value in self.shape.scalars(body, name) {
            match value {
                Scalar::Integer(number) if kind == Kind::Integer => document.add_i64(field, number),
                Scalar::Text(text) if kind != Kind::Integer => document.add_text(field, shortened(&text)),
                Scalar::Integer(_) | Scalar::Text(_) => {}
            }
        }
    }

    /// What was written for an entry, read back.
    pub(crate) fn entry(&self, document: &TantivyDocument) -> Result<Entry, Failure> {
        let whole = document.get_first(self.whole).and_then(|value| {
            let bytes = tantivy::schema::Value::as_bytes(&value)?;
            serde_json::from_slice(bytes).ok()
        });
        whole.ok_or_else(|| Failure::plain(FailureKind::Unreadable, "reading a document of an index"))
    }
}

/// What a keyword is compared by: all of it, but for texts that are longer than Tantivy can hold.
pub(crate) fn shortened(text: &str) -> &str {
    let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= LONGEST).last().unwrap_or(0);
    if text.len() <= LONGEST { text } else { text.get(..end).unwrap_or_default() }
}

fn declare(schema: &mut SchemaBuilder, name: &str, kind: Kind) {
    match kind {
        Kind::Text { .. } => {
            let words = TextFieldIndexing::default()
                .set_tokenizer("raw")
                .set_fieldnorms(false)
                .set_index_option(IndexRecordOption::Basic);
            schema.add_text_field(&searched(name), TextOptions::default().set_indexing_options(words));
        }
        Kind::Keyword | Kind::Time => {
            schema.add_text_field(&compared(name), STRING | FAST);
        }
        Kind::Integer => {
            schema.add_i64_field(&compared(name), INDEXED | FAST);
        }
    }
}

fn tokens(text: &str) -> PreTokenizedString {
    let tokens = words(text).into_iter().enumerate();
    let tokens = tokens.map(|(position, text)| Token { text, position, ..Token::default() });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}
