//! Addresses that stand for many.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, SocketAddrV6, ToSocketAddrs},
};

/// An address that stands for many, and on which interface they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Many {
    /// All on a network: 255.255.255.255, or the last address of one network.
    Broadcast(SocketAddrV4),
    /// Who has joined that group; the interface is known by its address, and
    /// 0.0.0.0 leaves it to the routing table.
    GroupV4(SocketAddrV4, Ipv4Addr),
    /// Who has joined that group; the interface is the scope id, its number.
    GroupV6(SocketAddrV6),
}

impl Many {
    /// A group on the interface of that name, as people write both.
    ///
    /// # Errors
    /// Says what does not fit.
    pub fn group(
        group: SocketAddr,
        interface: Option<&str>,
    ) -> Result<Self, NotMany> {
        if !group.ip().is_multicast() {
            return Err(NotMany::NoGroup(group));
        }
        match (group, interface) {
            (SocketAddr::V4(group), interface) => {
                let interface = interface.unwrap_or("0.0.0.0");
                let named = || NotMany::InterfaceName(interface.to_owned());
                let address = interface.parse().map_err(|_| named())?;
                Ok(Self::GroupV4(group, address))
            }
            (SocketAddr::V6(mut group), interface) => {
                if let Some(interface) = interface {
                    group.set_scope_id(index(interface)?);
                }
                if group.scope_id() == 0 {
                    return Err(NotMany::NoInterface(group));
                }
                // The fourth digit: 2 is the link, and less is less.
                if group.ip().segments()[0] & 0xf > 2 {
                    return Err(NotMany::TooWide(group));
                }
                Ok(Self::GroupV6(group))
            }
        }
    }

    /// Where one sends to.
    pub fn addr(&self) -> SocketAddr {
        match *self {
            Self::Broadcast(addr) | Self::GroupV4(addr, _) => addr.into(),
            Self::GroupV6(addr) => addr.into(),
        }
    }

    /// The same at another port.
    pub fn set_port(&mut self, port: u16) {
        match self {
            Self::Broadcast(addr) | Self::GroupV4(addr, _) => {
                addr.set_port(port);
            }
            Self::GroupV6(addr) => addr.set_port(port),
        }
    }
}

impl fmt::Display for Many {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.addr().fmt(f)?;
        match self {
            Self::GroupV4(_, interface) if !interface.is_unspecified() => {
                write!(f, " on {interface}")
            }
            _ => Ok(()),
        }
    }
}

/// The number of an interface: `3`, or `eth0` where the system knows names.
fn index(interface: &str) -> Result<u32, NotMany> {
    // std has no if_nametoindex(3). But a resolver has to know what stands
    // behind the % of an address (RFC 4007 §11), and asks nobody for it.
    let scoped = (format!("fe80::1%{interface}"), 0).to_socket_addrs();
    match scoped.ok().and_then(|mut addrs| addrs.next()) {
        Some(SocketAddr::V6(addr)) if addr.scope_id() > 0 => {
            Ok(addr.scope_id())
        }
        _ => Err(NotMany::NoSuchInterface(interface.to_owned())),
    }
}

/// Why something is no [`Many`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotMany {
    /// The address stands for one.
    NoGroup(SocketAddr),
    /// IPv4 knows interfaces by address.
    InterfaceName(String),
    /// An IPv6 group without an interface.
    NoInterface(SocketAddrV6),
    /// An IPv6 group of more than one link: one interface is not all of it.
    TooWide(SocketAddrV6),
    /// There is none of that name.
    NoSuchInterface(String),
}

impl fmt::Display for NotMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoGroup(addr) => write!(
                f,
                "{} is no multicast address: those are 224.0.0.0 to \
                 239.255.255.255, and ff00:: and what follows",
                addr.ip()
            ),
            Self::InterfaceName(name) => write!(
                f,
                "{name:?} is no IPv4 address: IPv4 knows an interface by its \
                 address"
            ),
            Self::NoInterface(group) => write!(
                f,
                "{group} does not say on which interface, as an IPv6 group \
                 has to"
            ),
            Self::TooWide(group) => write!(
                f,
                "{} goes further than one link; an interface has groups that \
                 begin with ff02 or ff12",
                group.ip()
            ),
            Self::NoSuchInterface(name) => {
                write!(f, "this machine has no interface {name:?}")
            }
        }
    }
}

impl std::error::Error for NotMany {}
