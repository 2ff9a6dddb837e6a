//! The sockets at both ends: who is asked, and who asks.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
};

use socket2::{Domain, Protocol, SockRef, Socket, Type};

use super::Many;

/// A socket for what is sent to `many`: one of several on this machine.
///
/// # Errors
/// What `bind` says: `AddrInUse` if a socket without SO_REUSEADDR has the port.
/// As [`join`].
pub fn bind_asked(many: Many) -> io::Result<UdpSocket> {
    let domain = Domain::for_address(many.addr());
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    // A port that several programs of a machine listen on: each of them has to
    // say so, and then each gets its copy.
    socket.set_reuse_address(true)?;
    // That will do for a group. For 0.0.0.0, BSD wants to hear this.
    #[cfg(target_vendor = "apple")]
    socket.set_reuse_port(true)?;

    // The port first, or nothing would arrive. Bound to the group, a socket
    // gets what was sent to the group and nothing else; on Windows one can bind
    // only what is one's own.
    let port = many.addr().port();
    let addr: SocketAddr = match many {
        Many::Broadcast(_) => (Ipv4Addr::UNSPECIFIED, port).into(),
        _ if !cfg!(windows) => many.addr(),
        Many::GroupV4(..) => (Ipv4Addr::UNSPECIFIED, port).into(),
        Many::GroupV6(_) => (Ipv6Addr::UNSPECIFIED, port).into(),
    };
    socket.bind(&addr.into())?;
    // Linux delivers, unless told otherwise, what *anybody* on this machine has
    // joined, on whatever interface.
    #[cfg(target_os = "linux")]
    match many {
        Many::Broadcast(_) => {}
        Many::GroupV4(..) => socket.set_multicast_all_v4(false)?,
        Many::GroupV6(_) => socket.set_multicast_all_v6(false)?,
    }
    let socket = socket.into();
    join(&socket, many)?;
    Ok(socket)
}

/// A socket to ask `many` from, on any free port; `ttl` is how many networks a
/// question to a group may cross: 1 is ours alone.
///
/// # Errors
/// As `bind`; `AddrNotAvailable` or ENODEV if there is no such interface.
pub fn bind_asking(many: Many, ttl: u8) -> io::Result<UdpSocket> {
    let socket = match many {
        Many::GroupV6(_) => UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0)),
        _ => UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)),
    }?;
    match many {
        // No right to be had: a word that it is meant.
        Many::Broadcast(_) => socket.set_broadcast(true)?,
        // Who has joined does not matter to who sends. Which interface a
        // datagram leaves by, and how far it goes, is the sender's to say.
        Many::GroupV4(_, interface) => {
            SockRef::from(&socket).set_multicast_if_v4(&interface)?;
            socket.set_multicast_ttl_v4(ttl.into())?;
        }
        Many::GroupV6(group) => {
            let socket = SockRef::from(&socket);
            socket.set_multicast_if_v6(group.scope_id())?;
            socket.set_multicast_hops_v6(ttl.into())?;
        }
    }
    Ok(socket)
}

/// Joins the group, on that interface alone: tells our kernel, which tells
/// switches and routers (IGMP, MLD). For broadcast there is nothing to do.
///
/// # Errors
/// ENODEV if there is no such interface, or no route to choose one by;
/// `AddrInUse` if this socket has joined it there already.
pub fn join(socket: &UdpSocket, many: Many) -> io::Result<()> {
    match many {
        Many::Broadcast(_) => Ok(()),
        Many::GroupV4(group, interface) => {
            socket.join_multicast_v4(group.ip(), &interface)
        }
        Many::GroupV6(group) => {
            socket.join_multicast_v6(group.ip(), group.scope_id())
        }
    }
}

/// Leaves it again; `close` would do the same.
///
/// # Errors
/// `AddrNotAvailable` if this socket has not joined it there.
pub fn leave(socket: &UdpSocket, many: Many) -> io::Result<()> {
    match many {
        Many::Broadcast(_) => Ok(()),
        Many::GroupV4(group, interface) => {
            socket.leave_multicast_v4(group.ip(), &interface)
        }
        Many::GroupV6(group) => {
            socket.leave_multicast_v6(group.ip(), group.scope_id())
        }
    }
}
