//! Host names, compared as names: without case, and addresses by what they are and not by how they are written.

use std::net::{IpAddr, Ipv6Addr};

use super::Origin;

/// A host, and the port where one is given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Authority {
    pub(super) name: Name,
    pub(super) port: Option<u16>,
}

/// A host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Name {
    Address(IpAddr),
    /// In lower case; may be empty, which is nobody's name.
    Domain(String),
}

impl Authority {
    /// Reads what may stand in `Host`: `name`, `name:port`, `[address]:port`; the port may be empty.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (name, port) = match text.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, port),
            _ => (text, ""),
        };
        let port = if port.is_empty() { None } else { Some(port.parse().ok()?) };
        Some(Self { name: Name::parse(name)?, port })
    }

    /// The port; where none is given, the standard one of the origin's scheme, which a proxy before us may speak.
    pub(super) fn port_for(&self, origin: &Origin) -> u16 {
        self.port.unwrap_or_else(|| origin.standard_port())
    }
}

impl Name {
    fn parse(text: &str) -> Option<Self> {
        if let Some(inside) = text.strip_prefix('[') {
            let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
            return Some(Self::Address(IpAddr::from(address).to_canonical()));
        }
        if let Ok(address) = text.parse::<std::net::Ipv4Addr>() {
            return Some(Self::Address(address.into()));
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&byte);
        text.bytes().all(allowed).then(|| Self::Domain(text.to_ascii_lowercase()))
    }

    pub(super) fn is_loopback(&self) -> bool {
        match self {
            Self::Address(address) => address.is_loopback(),
            Self::Domain(name) => name == "localhost",
        }
    }

    pub(super) fn is(&self, address: IpAddr) -> bool {
        *self == Self::Address(address.to_canonical())
    }
}
