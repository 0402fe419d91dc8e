//! Origins (RFC 6454): scheme, host and port of the page that asks.

use super::{Authority, Name};

/// An origin of a page on the web; `null`, and any that is not `http` or `https`, is none and therefore foreign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Origin {
    pub(super) secure: bool,
    pub(super) name: Name,
    pub(super) port: u16,
}

impl Origin {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let secure = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let Authority { name, port } = Authority::parse(authority)?;
        let port = port.unwrap_or(standard_port(secure));
        (name != Name::Domain(String::new())).then_some(Self { secure, name, port })
    }

    pub(super) fn standard_port(&self) -> u16 {
        standard_port(self.secure)
    }

    pub(super) fn is_on_standard_port(&self) -> bool {
        self.port == self.standard_port()
    }
}

fn standard_port(secure: bool) -> u16 {
    if secure { 443 } else { 80 }
}
