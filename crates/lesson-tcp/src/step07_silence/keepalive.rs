//! Keepalive: the kernel asks the other kernel whether it is still there.
//!
//! It is off unless one asks for it, and then, on Linux, it begins after two
//! hours. A connection on which nothing is said has no packets, so without it
//! nothing is found out, ever. The other *program* is not asked: a kernel
//! answers for a program that hangs, too.
//!
//! Sources: tcp(7); RFC 9293 §3.8.3 (when a connection is given up), §3.8.4
//! (keepalive); RFC 1122 §4.2.3.6 (keepalive, and why it is off).

use std::{io, net::TcpStream, time::Duration};

use socket2::{SockRef, TcpKeepalive};

/// Has the kernel find out that a peer has vanished: the connection is then
/// dead, and `read` and `write` say `TimedOut`.
///
/// Where nothing is said for `idle`, the kernel asks the other kernel whether
/// it is there, and again after each `interval`; `probes` questions without an
/// answer are enough. Whole seconds: the options have no other unit.
///
/// # Errors
/// What `setsockopt` says.
pub fn watch(
    stream: &TcpStream,
    idle: Duration,
    interval: Duration,
    probes: u32,
) -> io::Result<()> {
    // std has none of these options on stable Rust, so socket2 sets them on
    // std's socket: SO_KEEPALIVE, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT.
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new();
    let keepalive = keepalive.with_time(idle).with_interval(interval);
    socket.set_tcp_keepalive(&keepalive.with_retries(probes))?;

    // Keepalive asks only while nothing is on its way. Bytes that nobody
    // acknowledges are sent again instead, on Linux for a quarter of an hour,
    // unless this says otherwise. It rules over the count of probes as well.
    #[cfg(target_os = "linux")]
    socket.set_tcp_user_timeout(Some(idle + interval * probes))?;
    Ok(())
}
