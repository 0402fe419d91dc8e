//! The user's own `evolve` or `decide`, called from the trait's method of the same name.
//!
//! `Self::evolve` means the inherent function where there is one, and else the trait's: an endless recursion. A hidden trait
//! with a method of the same name makes the second case ambiguous instead, which is a compile error; its name is the advice.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::Ident;

/// Makes a missing inherent function an error. To stand in the block of the impl of `port`.
pub(crate) fn required(name: &Ident, port: &TokenStream, function: &str) -> TokenStream {
    let function = format_ident!("{function}");
    let advice = format_ident!("{name}_needs_its_own_fn_{function}");
    quote! {
        #[allow(unused_imports)]
        use #port as _;
        trait #advice {
            fn #function(&self) {}
        }
        impl #advice for #name {}
    }
}
