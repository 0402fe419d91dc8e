//! One field of a fact: what is written, what it is tagged with, and whom it is about.

use proc_macro2::{Ident, Span};
use syn::{Attribute, Error, Field, GenericArgument, LitStr, PathArguments, Result, Type};

use crate::{attribute, words};

/// A named field.
pub(super) struct Member<'a> {
    pub(super) ident: &'a Ident,
    pub(super) ty: &'a Type,
    /// The `#[serde(…)]` of the field, passed on.
    pub(super) serde: Vec<&'a Attribute>,
    /// The keys of its `#[tag("…")]`.
    pub(super) tags: Vec<LitStr>,
    /// The field that names whom it is about.
    pub(super) subject: Option<Ident>,
}

impl<'a> Member<'a> {
    pub(super) fn parse(field: &'a Field) -> Result<Self> {
        let Some(ident) = &field.ident else { return Err(Error::new_spanned(field, "name this field")) };
        let member = Self {
            ident,
            ty: &field.ty,
            serde: attribute::pass_on(&field.attrs, &["serde"]),
            tags: tags(field)?,
            subject: subject(field)?,
        };
        member.check_personal()?;
        Ok(member)
    }

    /// A personal field says whom it is about, and only a personal one does.
    fn check_personal(&self) -> Result<()> {
        let ident = self.ident;
        let problem = match (holds_personal(self.ty), self.subject.is_some()) {
            (Holds::Personal, true) if self.tags.is_empty() => return Ok(()),
            (Holds::No, false) => return Ok(()),
            (Holds::Personal, true) => {
                "a tag is readable by everyone; tag a `Blind` beside it, made with `Context::blind`".to_owned()
            }
            (Holds::Personal, false) => {
                format!("say whom this is about: `#[personal(subject = user_id)] {ident}: …`, where `user_id` is a field beside it")
            }
            (Holds::No, true) => {
                format!("a personal field is stored sealed, so its type is `Personal<…>` or `Option<Personal<…>>`: `{ident}: Personal<String>`")
            }
            (Holds::Inside, _) => {
                "personal values stand in fields of their own: `Personal<…>` or `Option<Personal<…>>`; for a list write `Personal<Vec<…>>`".to_owned()
            }
        };
        Err(Error::new_spanned(self.ty, problem))
    }

    /// The subject is a field beside this one that is not personal itself.
    pub(super) fn check_subject(&self, beside: &[Member<'_>]) -> Result<()> {
        let Some(subject) = &self.subject else { return Ok(()) };
        let known = || {
            words::listed(beside.iter().filter(|member| member.subject.is_none()).map(|member| member.ident))
        };
        match beside.iter().find(|member| member.ident == subject) {
            None => {
                let advice = format!("no field `{subject}` stands beside it; there are {}", known());
                Err(Error::new(subject.span(), advice))
            }
            Some(member) if member.subject.is_some() => {
                let advice = format!(
                    "whom it is about is said by an id that is not personal itself; there are {}",
                    known()
                );
                Err(Error::new(subject.span(), advice))
            }
            Some(_) => Ok(()),
        }
    }
}

fn tags(field: &Field) -> Result<Vec<LitStr>> {
    let tags = field.attrs.iter().filter(|attr| attr.path().is_ident("tag"));
    tags.map(|attr| {
        let key: LitStr = attr
            .parse_args()
            .map_err(|error| Error::new(error.span(), "write the tag's key: `#[tag(\"customer\")]`"))?;
        if key.value().is_empty() || key.value().contains(':') {
            return Err(Error::new(
                key.span(),
                "the key of a tag is a word without a colon: `#[tag(\"customer\")]`",
            ));
        }
        Ok(key)
    })
    .collect()
}

fn subject(field: &Field) -> Result<Option<Ident>> {
    let mut subject = None;
    for attr in field.attrs.iter().filter(|attr| attr.path().is_ident("personal")) {
        let advice =
            "say whom it is about: `#[personal(subject = user_id)]`, where `user_id` is a field beside it";
        if !matches!(attr.meta, syn::Meta::List(_)) {
            return Err(Error::new_spanned(attr, advice));
        }
        attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident("subject") {
                return Err(meta.error(advice));
            }
            let name: Ident = meta.value()?.parse().map_err(|error| Error::new(error.span(), advice))?;
            let at: Span = name.span();
            attribute::once(&mut subject, name, at)
        })?;
        if subject.is_none() {
            return Err(Error::new_spanned(attr, advice));
        }
    }
    Ok(subject)
}

/// Where `Personal<…>` stands in a type, as far as it can be seen.
#[derive(PartialEq)]
enum Holds {
    No,
    /// It is `Personal<…>` or `Option<Personal<…>>`.
    Personal,
    /// Deeper.
    Inside,
}

fn holds_personal(ty: &Type) -> Holds {
    let (name, arguments) = named(ty);
    match arguments.as_slice() {
        _ if name == "Personal" => Holds::Personal,
        [only] if name == "Option" && named(only).0 == "Personal" => Holds::Personal,
        several if several.iter().any(|ty| holds_personal(ty) != Holds::No) => Holds::Inside,
        _ => Holds::No,
    }
}

/// The last name of a type's path, and the types it is given.
fn named(ty: &Type) -> (String, Vec<&Type>) {
    let Type::Path(path) = ty else { return Default::default() };
    let Some(last) = path.path.segments.last() else { return Default::default() };
    let arguments = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().filter_map(as_type).collect(),
        PathArguments::None | PathArguments::Parenthesized(_) => Vec::new(),
    };
    (last.ident.to_string(), arguments)
}

fn as_type(argument: &GenericArgument) -> Option<&Type> {
    if let GenericArgument::Type(ty) = argument { Some(ty) } else { None }
}
