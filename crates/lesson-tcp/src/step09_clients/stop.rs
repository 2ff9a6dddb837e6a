//! How to stop a server that waits in `accept`.
//!
//! `accept` waits as long as it takes, and so does `for … in listener.incoming()`,
//! which never ends. To close the socket from another thread does not wake it
//! (and in Rust the listener is borrowed meanwhile). What is left: `shutdown` on
//! the listener, which wakes `accept` on Linux and not everywhere; a listener that
//! does not block, with poll; or, on every system, the thing that `accept` waits
//! for: a connection.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    sync::{Arc, Condvar, Mutex},
    time::Duration,
};

use socket2::{Domain, Protocol, Socket, Type};

/// Stops a server, from another thread.
#[derive(Clone, Debug)]
pub struct Stop(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    is_stopped: Mutex<bool>,
    stopped: Condvar,
    wake: Mutex<Wake>,
}

/// How to wake the thread that waits for clients.
#[derive(Debug)]
enum Wake {
    Connect(Socket, SocketAddr),
    Poll(mio::Waker),
}

impl Stop {
    /// Will stop the server that serves at this listener.
    ///
    /// # Errors
    /// Where there is no descriptor left, or the listener has no IP address.
    pub fn new(listener: &TcpListener) -> io::Result<Self> {
        let mut addr = listener.local_addr()?;
        // "Every address of this machine" is an address to listen on. To connect
        // to it works here and there; the loopback is one of them, everywhere.
        if addr.ip().is_unspecified() {
            addr.set_ip(match addr {
                SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
                SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
            });
        }
        // Made now, because one wants to stop a server above all when it has
        // used up its descriptors.
        let domain = Domain::for_address(addr);
        let socket = Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
        Ok(Self(Arc::new(Shared {
            is_stopped: Mutex::new(false),
            stopped: Condvar::new(),
            wake: Mutex::new(Wake::Connect(socket, addr)),
        })))
    }

    /// Stops the server: it takes no more clients, and returns when those that
    /// are there have finished or their grace is over. Does not wait for that.
    pub fn stop(&self) {
        // First the flag, then the knock: who is woken looks at the flag.
        *self.0.is_stopped.lock().expect("no panic") = true;
        self.0.stopped.notify_all();
        // Where it fails, the server does not wait: the queue is full, or it has
        // been woken before. (A waker closed at once would wake nobody.)
        let _ = match &*self.0.wake.lock().expect("no panic") {
            Wake::Connect(socket, addr) => {
                socket.connect_timeout(&(*addr).into(), PATIENCE)
            }
            Wake::Poll(waker) => waker.wake(),
        };
    }

    /// Whether somebody has called [`stop`](Self::stop).
    pub fn is_stopped(&self) -> bool {
        *self.0.is_stopped.lock().expect("no panic")
    }

    /// Waits until somebody has.
    pub(super) fn wait(&self) {
        let is_stopped = self.0.is_stopped.lock().expect("no panic");
        let stopped = &self.0.stopped;
        drop(stopped.wait_while(is_stopped, |stopped| !*stopped));
    }

    /// From now on the server waits in `poll`, which can be woken otherwise.
    pub(super) fn wake_with(&self, waker: mio::Waker) {
        *self.0.wake.lock().expect("no panic") = Wake::Poll(waker);
    }
}

/// How long the connection that wakes `accept` may take.
const PATIENCE: Duration = Duration::from_secs(1);
