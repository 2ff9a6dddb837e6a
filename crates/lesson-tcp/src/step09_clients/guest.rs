//! A client of a server with threads, in the hands of one of them.

use std::{
    net::{SocketAddr, TcpStream},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

use super::open::Open;

/// A client with its connection, which is closed when this is dropped.
pub(super) struct Guest<'a> {
    // Fields are dropped in this order: when the others hear of the free place,
    // the descriptor is free as well.
    stream: Arc<TcpStream>,
    peer: SocketAddr,
    _place: Place<'a>,
}

/// A line in the list, until it is dropped.
struct Place<'a> {
    open: &'a Open,
    number: u64,
}

impl<'a> Guest<'a> {
    /// Who has that number in the list of those who are here.
    pub(super) fn new(
        stream: Arc<TcpStream>,
        peer: SocketAddr,
        open: &'a Open,
        number: u64,
    ) -> Self {
        Self { stream, peer, _place: Place { open, number } }
    }

    /// Holds the conversation, and closes. Its panic costs this client alone.
    pub(super) fn converse(self, converse: &impl Fn(&TcpStream, SocketAddr)) {
        let talk = AssertUnwindSafe(|| converse(&self.stream, self.peer));
        let _ = catch_unwind(talk);
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.open.leave(self.number);
    }
}
