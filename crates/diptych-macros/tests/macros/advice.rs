//! What the compiler says where something is wrong: held word by word, since it is the first page of the manual.
//!
//! After a change that is wanted, write the new texts with `TRYBUILD=overwrite cargo test -p diptych-macros` and read them.

#[test]
fn compile_errors_advise() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
