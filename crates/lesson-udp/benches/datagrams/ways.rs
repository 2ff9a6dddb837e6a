//! The ways to send and to receive: each a word for the command line, and an
//! object that makes its calls. What arrives has to be of the right length.

#[cfg(target_os = "linux")]
mod linux;
mod one;

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr, UdpSocket},
    str::FromStr,
    time::Duration,
};

use lesson_udp::LARGEST;
use socket2::SockRef;

/// How datagrams are sent, or received.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// socket2's sendto and recvfrom, as in step 1.
    Step1,
    /// std's `send_to` and `recv_from`, as in step 7.
    Step7,
    /// std's `send` and `recv`, after `connect`.
    Connected,
    /// So many at a time, with sendmmsg and recvmmsg.
    Batch(usize),
    /// The same with 64, after `connect`.
    ConnectedBatch,
    /// One that the kernel cuts (GSO), and the other way round (GRO).
    Segments,
    /// Python's `sendto` and `recvfrom`.
    Python,
    /// Python's `send` and `recv`, after `connect`.
    PythonConnected,
}

impl Way {
    pub(crate) fn is_python(self) -> bool {
        matches!(self, Self::Python | Self::PythonConnected)
    }

    pub(crate) fn is_connected(self) -> bool {
        matches!(
            self,
            Self::Connected | Self::ConnectedBatch | Self::PythonConnected
        )
    }

    /// Why it cannot be measured here, if so.
    pub(crate) fn is_missing(self) -> Option<String> {
        if self.is_python() {
            let is_there = testkit::python().is_some();
            return (!is_there).then(|| "there is no Python 3".to_owned());
        }
        let try_it =
            || sender(self, bind()?, (Ipv4Addr::LOCALHOST, 1).into(), 1);
        try_it().err().map(|error| error.to_string())
    }

    /// How many datagrams of that size one call sends.
    pub(crate) fn at_a_time(self, size: usize) -> usize {
        match self {
            Self::Batch(datagrams) => datagrams,
            Self::ConnectedBatch => MOST,
            // In one IP packet until the kernel cuts it.
            Self::Segments => MOST.min(LONGEST / size),
            _ => 1,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Step1 => f.write_str("step1"),
            Self::Step7 => f.write_str("step7"),
            Self::Connected => f.write_str("connected"),
            Self::Batch(datagrams) => write!(f, "batch{datagrams}"),
            Self::ConnectedBatch => f.write_str("batch-connected"),
            Self::Segments => f.write_str("segments"),
            Self::Python => f.write_str("python"),
            Self::PythonConnected => f.write_str("python-connected"),
        }
    }
}

impl FromStr for Way {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        let batch = || word.strip_prefix("batch")?.parse().ok();
        match word {
            "step1" => Ok(Self::Step1),
            "step7" => Ok(Self::Step7),
            "connected" => Ok(Self::Connected),
            "batch-connected" => Ok(Self::ConnectedBatch),
            "segments" => Ok(Self::Segments),
            _ => batch().map(Self::Batch).ok_or(format!("no way: {word}")),
        }
    }
}

/// One end that sends datagrams of one size to one address.
pub(crate) trait Sender {
    /// Makes one call. Gives how many datagrams that were.
    fn send(&mut self) -> io::Result<usize>;
}

/// One end that receives them.
pub(crate) trait Receiver {
    /// Waits in one call.
    fn receive(&mut self) -> io::Result<Taken>;
}

/// What one call has brought.
#[derive(Clone, Copy, Default)]
pub(crate) struct Taken {
    pub(crate) datagrams: usize,
    /// An empty datagram was among them: no more will come.
    pub(crate) is_end: bool,
}

impl Taken {
    /// Counts a datagram that should be of that size, or empty.
    fn add(&mut self, length: usize, size: usize) -> io::Result<()> {
        match length {
            0 => self.is_end = true,
            _ if length == size => self.datagrams += 1,
            _ => {
                let what = format!("{length} bytes came, not {size}");
                return Err(io::Error::other(what));
            }
        }
        Ok(())
    }
}

/// A loopback socket with a buffer as large as one may ask for, which does not
/// wait for ever.
pub(crate) fn bind() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    // Some systems refuse what is more than they allow.
    let _ = SockRef::from(&socket).set_recv_buffer_size(BUFFER);
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// How large that buffer is, in bytes. Linux doubles what is asked for, and
/// counts more than the payload.
pub(crate) fn room() -> io::Result<f64> {
    let room = SockRef::from(&bind()?).recv_buffer_size()?;
    Ok(u32::try_from(room).map_or(f64::INFINITY, f64::from))
}

/// `socket` as the end that sends that way; it is connected already if it has
/// to be.
pub(crate) fn sender(
    way: Way,
    socket: UdpSocket,
    to: SocketAddr,
    size: usize,
) -> io::Result<Box<dyn Sender>> {
    if way.at_a_time(1) == 1 {
        Ok(one::sender(way, socket, to, size))
    } else {
        several::sender(way, socket, to, size)
    }
}

/// `socket` as the end that receives that way.
pub(crate) fn receiver(
    way: Way,
    socket: UdpSocket,
    size: usize,
) -> io::Result<Box<dyn Receiver>> {
    if way.at_a_time(1) == 1 {
        Ok(one::receiver(way, socket, size))
    } else {
        several::receiver(way, socket, size)
    }
}

#[cfg(target_os = "linux")]
use linux as several;

/// Where there are no calls for several datagrams.
#[cfg(not(target_os = "linux"))]
mod several {
    use super::*;

    pub(super) fn sender(
        _: Way,
        _: UdpSocket,
        _: SocketAddr,
        _: usize,
    ) -> io::Result<Box<dyn Sender>> {
        Err(io::Error::other(LINUX))
    }

    pub(super) fn receiver(
        _: Way,
        _: UdpSocket,
        _: usize,
    ) -> io::Result<Box<dyn Receiver>> {
        Err(io::Error::other(LINUX))
    }

    const LINUX: &str = "several datagrams in one call: for Linux only";
}

/// The most datagrams in one call: what GSO takes at least (older kernels).
pub(crate) const MOST: usize = 64;

/// The longest payload over IPv4.
const LONGEST: usize = LARGEST - 20 - 8;

/// Of the receiver, in bytes, if the system gives so many.
const BUFFER: usize = 4 << 20;

/// Until something comes that has to come.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
