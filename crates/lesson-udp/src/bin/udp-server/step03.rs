//! `udp-server --step 3`: sends back what comes, as fast or as slowly as asked.

use std::{
    error::Error,
    net::{SocketAddr, UdpSocket},
    ops::RangeInclusive,
    sync::mpsc,
    time::Duration,
};

use clap::{Arg, ArgMatches};
use common::cli;
use lesson_udp::{
    Event,
    step03_loss::{buffer_size, serve, set_buffer_size},
};

use crate::{bind_failed, show, tell};

pub(crate) fn args() -> [Arg; 2] {
    [
        cli::pause("pause", "0", "How long to wait before each, in step 3"),
        cli::number(
            "buffer",
            "BYTES",
            BUFFERS,
            "What to ask for as the receive buffer, in step 3",
        ),
    ]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let pause: Duration = cli::get(matches, "pause");
    let socket = UdpSocket::bind(addr).map_err(bind_failed(addr))?;
    let size = match matches.get_one("buffer") {
        Some(&bytes) => set_buffer_size(&socket, bytes).map_err(|error| {
            format!("{error}: try a smaller --buffer than {bytes}")
        })?,
        None => buffer_size(&socket)?,
    };
    tell(socket.local_addr()?);
    cli::say(format!("its receive buffer has {size} bytes"));
    let mut observe = |event: Event| match event {
        Event::Datagram { peer, bytes } => {
            cli::say(format!("recv: {} bytes [{peer}]", bytes.len()));
        }
        other => show(other),
    };
    Err(serve(&socket, &mut || wait(pause), &mut observe).into())
}

/// Is busy with something else for so long.
fn wait(pause: Duration) {
    if !pause.is_zero() {
        let (_nobody_sends, receiver) = mpsc::channel::<()>();
        // It always ends by the timeout.
        let _ = receiver.recv_timeout(pause);
    }
}

/// The system call takes an `int`.
const BUFFERS: RangeInclusive<usize> = 0..=i32::MAX as usize;
