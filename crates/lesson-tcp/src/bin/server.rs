//! The TCP server: `--step N` is a step of the course; the last one, `std::net`,
//! is the default.

use std::{
    error::Error,
    io,
    net::{SocketAddr, TcpListener},
    process::ExitCode,
    time::Duration,
};

use clap::{ArgMatches, Command};
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
    match cli::get::<String>(&matches, "step").as_str() {
        "1" => step01(&matches),
        _ => step11(&matches),
    }
}

fn step01(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let listener = step01_server::listen(addr).map_err(bind_failed(addr))?;
    tell(listener.local_addr()?.as_socket().unwrap_or(addr));
    let charset = cli::get(matches, "charset");
    let show = &mut |event: Event| show(charset, &event);
    Err(step01_server::serve(&listener, charset, show).into())
}

fn step11(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let listener = listen(matches)?;
    let charset = cli::get(matches, "charset");
    let show = &mut |event: Event| show(charset, &event);
    Err(step11_std::serve(&listener, charset, PATIENCE, show).into())
}

/// A listener of std at `--addr`, which has told where it is.
fn listen(matches: &ArgMatches) -> Result<TcpListener, Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let listener = step11_std::listen(addr).map_err(bind_failed(addr))?;
    tell(listener.local_addr()?);
    Ok(listener)
}

fn bind_failed(addr: SocketAddr) -> impl Fn(io::Error) -> String {
    move |error| cli::bind_failed(true, "addr", addr, &error)
}

fn tell(addr: SocketAddr) {
    cli::say(format!("listening on {addr}"));
}

fn show(charset: Charset, event: &Event) {
    match event {
        Event::Request { peer, bytes } => {
            cli::say(format!("{peer}: {}", charset.show(bytes)));
        }
        Event::Silent { peer } => cli::say(format!("{peer} sent nothing")),
        Event::Failed { peer, error } => {
            cli::complain(format!("{peer}: {}", cli::plain(error)));
        }
    }
}

const ADDR: &str = "127.0.0.1:8888";

/// How long one client may keep the others waiting with its silence.
const PATIENCE: Duration = Duration::from_secs(5);
