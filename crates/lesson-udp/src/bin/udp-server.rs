//! The UDP server: `--step 1` is socket2, `--step 7` (the default) `std::net`.

use std::{error::Error, net::SocketAddr, process::ExitCode};

use clap::Command;
use common::{Charset, cli};
use lesson_udp::{Event, step01_datagrams, step07_std};

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse(
        Command::new("udp-server")
            .about("Answers each datagram with ok")
            .arg(cli::addr("addr", "Where to receive").default_value(ADDR))
            .arg(cli::step(&["1", "7"])),
    );
    let addr: SocketAddr = cli::get(&matches, "addr");
    let failed = |error| cli::bind_failed(false, "addr", addr, &error);
    let tell = |addr: SocketAddr| cli::say(format!("receiving on {addr}"));
    let show = &mut |event: Event| match event {
        Event::Datagram { peer, bytes } => {
            cli::say(format!("recv: {} [{peer}]", Charset::Utf8.show(bytes)));
        }
        Event::Failed { peer, error } => {
            cli::complain(format!("{peer}: {}", cli::plain(&error)));
        }
    };
    let ended = if cli::get::<String>(&matches, "step") == "1" {
        let socket = step01_datagrams::bind(addr).map_err(failed)?;
        tell(socket.local_addr()?.as_socket().unwrap_or(addr));
        step01_datagrams::serve(&socket, show)
    } else {
        let socket = step07_std::bind(addr).map_err(failed)?;
        tell(socket.local_addr()?);
        step07_std::serve(&socket, show)
    };
    Err(ended.into())
}

const ADDR: &str = "127.0.0.1:8003";
