//! Rejections: the domain says no, with its reason.

use std::fmt;

/// What kind of "no", which is all that HTTP needs to know of it beside its code and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum RejectionKind {
    /// The thing addressed does not exist.
    NotFound,
    /// The thing addressed was erased.
    Gone,
    /// A rule of the domain forbids it as things stand.
    Rule,
    /// The id or name is taken.
    Taken,
    /// A value given does not fit what is there: it names something that does not exist, or goes over a limit.
    Invalid {
        /// Where the value stands in the command, as a JSON pointer (`/customerId`); empty means the command as a whole.
        pointer: &'static str,
    },
    /// The caller is not who they must be for this.
    Unauthorized,
}

/// The typed "no" of one decision. Derive it on an enum; its `Display` is the reason that people read.
///
/// ```text
/// #[derive(Rejection)]
/// enum WithdrawRejection {
///     #[reject(not_found)]
///     NoAccount,
///     #[reject(rule, "only {balance} cents are left")]
///     Insufficient { balance: i64 },
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rejection",
    label = "not a rejection type",
    note = "derive it on an enum of reasons: `#[derive(Rejection)] enum {Self} {{ #[reject(rule)] TooLate }}`"
)]
pub trait Rejection: std::error::Error + Send + Sync + 'static {
    /// What kind of "no".
    fn kind(&self) -> RejectionKind;

    /// A stable code in kebab-case (`insufficient`): programs tell rejections apart by it.
    fn code(&self) -> &'static str;
}

/// The rejection of a command that is never refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Never {}

impl fmt::Display for Never {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {}
    }
}

impl std::error::Error for Never {}

impl Rejection for Never {
    fn kind(&self) -> RejectionKind {
        match *self {}
    }
    fn code(&self) -> &'static str {
        match *self {}
    }
}
