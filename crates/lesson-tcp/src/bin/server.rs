//! The TCP server: `--step 1` is socket2, `--step 11` (the default) `std::net`.

use std::{error::Error, net::SocketAddr, process::ExitCode, time::Duration};

use clap::Command;
use common::{Charset, cli};
use lesson_tcp::{Event, step01_server, step11_std};

fn main() -> ExitCode {
    cli::exit(run())
}

fn run() -> Result<(), Box<dyn Error>> {
    let matches = cli::parse(
        Command::new("server")
            .about("Answers each client with a page and closes")
            .arg(cli::addr("addr", "Where to listen").default_value(ADDR))
            .arg(cli::step(&["1", "11"]))
            .arg(cli::charset(Charset::Gb2312)),
    );
    let addr: SocketAddr = cli::get(&matches, "addr");
    let charset: Charset = cli::get(&matches, "charset");
    let failed = |error| cli::bind_failed(true, "addr", addr, &error);
    let tell = |addr: SocketAddr| cli::say(format!("listening on {addr}"));
    let show = &mut |event: Event| match event {
        Event::Request { peer, bytes } => {
            cli::say(format!("{peer}: {}", charset.show(bytes)));
        }
        Event::Silent { peer } => cli::say(format!("{peer} sent nothing")),
        Event::Failed { peer, error } => {
            cli::complain(format!("{peer}: {}", cli::plain(&error)));
        }
    };
    let ended = if cli::get::<String>(&matches, "step") == "1" {
        let listener = step01_server::listen(addr).map_err(failed)?;
        tell(listener.local_addr()?.as_socket().unwrap_or(addr));
        step01_server::serve(&listener, charset, show)
    } else {
        let listener = step11_std::listen(addr).map_err(failed)?;
        tell(listener.local_addr()?);
        step11_std::serve(&listener, charset, PATIENCE, show)
    };
    Err(ended.into())
}

const ADDR: &str = "127.0.0.1:8888";

/// How long one client may keep the others waiting with its silence.
const PATIENCE: Duration = Duration::from_secs(5);
