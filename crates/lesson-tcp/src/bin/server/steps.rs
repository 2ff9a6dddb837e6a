//! What `server --step N` does, step by step.

use std::{
    error::Error,
    io::{self, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process,
    time::Duration,
};

use clap::ArgMatches;
use common::{Charset, charset::printable, cli, client_has_gone};
use lesson_tcp::{
    Event, step01_server, step03_text, step04_framing, step05_http,
    step06_goodbye, step07_silence,
    step08_slow_reader::{self, Buffers},
    step09_clients::{
        self, Limits, Stop, echo, elastic, iterative, pool, readiness, threads,
    },
    step10_names, step11_std,
};

pub(super) fn step01(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let listener = step01_server::listen(addr).map_err(bind_failed(addr))?;
    tell(listener.local_addr()?.as_socket().unwrap_or(addr));
    let charset = cli::get(matches, "charset");
    let show = &mut |event: Event| show(charset, &event);
    Err(step01_server::serve(&listener, charset, show).into())
}

pub(super) fn step03(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    use step03_text::Event;
    let addr: SocketAddr = cli::get(matches, "addr");
    let listener = step03_text::listen(addr).map_err(bind_failed(addr))?;
    tell(listener.local_addr()?);
    let show = &mut |event: Event| match event {
        Event::Read { peer, bytes, alone, complete } => {
            let bytes: Vec<_> =
                bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            let [alone, complete] = [alone, complete].map(printable);
            cli::say(format!(
                "{peer}: {:<14}  alone \"{alone}\", in the stream \"{complete}\"",
                bytes.join(" "),
            ));
        }
        Event::Heard { peer, text, malformed } => {
            let not = malformed.map(|what| format!(" ({what})"));
            let (text, not) = (printable(text), not.unwrap_or_default());
            cli::say(format!("{peer} said \"{text}\"{not}"));
        }
        Event::Failed { peer, error } => {
            cli::complain(format!("{peer}: {}", cli::plain(&error)));
        }
    };
    let charset = cli::get(matches, "charset");
    Err(step03_text::serve(&listener, charset, show).into())
}

pub(super) fn step04(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let listener = listen(matches)?;
    let charset: Charset = cli::get(matches, "charset");
    let framing = cli::get(matches, "framing");
    let show = &mut |event: Event| match event {
        Event::Request { peer, bytes } => {
            let (length, text) = (bytes.len(), charset.show(bytes));
            cli::say(format!("{peer}: length {length}: {text}"));
        }
        event => show(charset, &event),
    };
    let patience = cli::get(matches, "timeout");
    Err(step04_framing::serve(&listener, framing, patience, show).into())
}

pub(super) fn step05(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    use step05_http::Event;
    let listener = bind(matches)?;
    let (limits, stop) = ready(matches, &listener, CLIENTS)?;
    let charset = cli::get(matches, "charset");
    let show = &|event: Event| match event {
        Event::Answered(peer, request, status) => {
            let target = printable(&request.target);
            cli::say(format!("{peer}: {} {target} {status}", request.method));
        }
        Event::Refused(peer, bad) => {
            cli::complain(format!("{peer}: {} {}", bad.status, bad.why));
        }
        Event::Silent(peer) => cli::say(format!("{peer} sent nothing")),
        Event::Failed(peer, error) => {
            cli::complain(format!("{peer}: {}", cli::plain(&error)));
        }
    };
    step05_http::serve(&listener, charset, &limits, &stop, show)?;
    cli::say("stopped");
    Ok(())
}

pub(super) fn step06(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let listener =
        step06_goodbye::listen(addr, true).map_err(bind_failed(addr))?;
    tell(listener.local_addr()?.as_socket().unwrap_or(addr));
    let show = &mut |goodbye: &step06_goodbye::Goodbye| {
        let how = goodbye.how.as_ref().err().map_or("end".into(), cli::plain);
        let step06_goodbye::Goodbye { peer, bytes, .. } = goodbye;
        cli::say(format!("{peer}: {how} after byte {bytes}"));
    };
    Err(step06_goodbye::serve(&listener, show).into())
}

/// Drips, so that a client's patience can be tried.
pub(super) fn step07(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let listener = listen(matches)?;
    let charset = cli::get(matches, "charset");
    let show = &mut |event: Event| show(charset, &event);
    Err(step07_silence::serve(&listener, charset, PAUSE, show).into())
}

/// Reads when a person says so, and tells the client how much it has read.
pub(super) fn step08(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let buffers = match cli::get(matches, "buffer") {
        0 => None,
        size => Some(Buffers { send: size, receive: size }),
    };
    let listener = step08_slow_reader::listen(addr, buffers);
    let listener = listener.map_err(bind_failed(addr))?;
    tell(listener.local_addr()?);
    loop {
        let (stream, peer) = match listener.accept() {
            Err(error) if client_has_gone(&error) => continue,
            accepted => accepted?,
        };
        cli::say(format!("{peer}: Enter reads once, Ctrl-D reads the rest"));
        let mut lines = io::stdin().lines();
        let mut is_slow = true;
        let read = step08_slow_reader::read_slowly(&stream, &mut |total| {
            if is_slow && total > 0 {
                cli::say(format!("{peer}: {total} bytes read"));
            }
            is_slow = is_slow && lines.next().is_some();
        });
        let told = read.and_then(|total| {
            cli::say(format!("{peer}: {total} bytes read, and the end"));
            (&stream).write_all(format!("{total} bytes read").as_bytes())
        });
        if let Err(error) = told {
            show(Charset::Utf8, &Event::Failed { peer, error });
        }
    }
}

/// Prints nothing about single clients: they may be many.
pub(super) fn step09(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let listener = step09_clients::listen(addr).map_err(bind_failed(addr))?;
    let kind: String = cli::get(matches, "kind");
    let clients = if kind == "pool" { WORKERS } else { CLIENTS };
    let (limits, stop) = &ready(matches, &listener, clients)?;
    // What goes wrong with one client is over with it.
    let echo = |stream: &TcpStream, _| drop(echo(stream, limits.patience));
    match kind.as_str() {
        "iterative" => iterative::serve(&listener, limits, stop, echo),
        "threads" => threads::serve(&listener, limits, stop, echo),
        "pool" => pool::serve(&listener, limits, stop, echo),
        "elastic" => elastic::serve(&listener, limits, stop, echo),
        _ => readiness::serve(listener, limits, stop),
    }?;
    cli::say("stopped");
    Ok(())
}

pub(super) fn step10(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let only_v6 = matches.get_one("only-v6").copied();
    if only_v6.is_some() && addr.is_ipv4() {
        cli::usage(format!("{addr} is IPv4; try --addr '[::]:8888'"));
    }
    let listener =
        step10_names::listen(addr, only_v6).map_err(bind_failed(addr))?;
    tell(listener.local_addr()?);
    let show = &mut |peer, called: io::Result<SocketAddr>| match called {
        Ok(called) => cli::say(format!("{peer} called {called}")),
        Err(error) => cli::complain(format!("{peer}: {}", cli::plain(&error))),
    };
    Err(step10_names::serve(&listener, show).into())
}

pub(super) fn step11(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let listener = bind(matches)?;
    let (limits, stop) = ready(matches, &listener, CLIENTS)?;
    let charset = cli::get(matches, "charset");
    let show = &|event: Event| show(charset, &event);
    step11_std::serve(&listener, charset, &limits, &stop, show)?;
    cli::say("stopped");
    Ok(())
}

/// A listener of std at `--addr`.
fn bind(matches: &ArgMatches) -> Result<TcpListener, String> {
    let addr: SocketAddr = cli::get(matches, "addr");
    step11_std::listen(addr).map_err(bind_failed(addr))
}

/// The same, and it has told where it is.
fn listen(matches: &ArgMatches) -> Result<TcpListener, Box<dyn Error>> {
    let listener = bind(matches)?;
    tell(listener.local_addr()?);
    Ok(listener)
}

fn bind_failed(addr: SocketAddr) -> impl Fn(io::Error) -> String {
    move |error| cli::bind_failed(true, "addr", addr, &error)
}

fn tell(addr: SocketAddr) {
    cli::say(format!("listening on {addr}"));
}

/// Makes a server for many clients ready: what it allows, and what stops it.
fn ready(
    matches: &ArgMatches,
    listener: &TcpListener,
    clients: usize,
) -> Result<(Limits, Stop), Box<dyn Error>> {
    let clients = matches.get_one("clients").copied().unwrap_or(clients);
    let patience = cli::get(matches, "timeout");
    let stop = Stop::new(listener)?;
    stop_on_ctrl_c(&stop)?;
    tell(listener.local_addr()?);
    Ok((Limits { clients, patience, grace: GRACE }, stop))
}

/// The first Ctrl-C stops the server, the second ends the program at once.
fn stop_on_ctrl_c(stop: &Stop) -> Result<(), ctrlc::Error> {
    let stop = stop.clone();
    // A handler of signals may do next to nothing. This is none: ctrlc's own one
    // wakes a thread, and that runs this.
    ctrlc::set_handler(move || {
        if stop.is_stopped() {
            process::exit(ENDED_BY_CTRL_C);
        }
        stop.stop();
    })
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

/// Between two bytes of step 7's reply.
const PAUSE: Duration = Duration::from_millis(100);

/// How many clients are served at once, if nobody says so.
const CLIENTS: usize = 1000;

/// The same for a pool, where each is a thread that is always there.
const WORKERS: usize = 8;

/// How long clients may go on when the server is stopped.
const GRACE: Duration = Duration::from_secs(2);

/// As a shell has it for a program that a signal has ended: 128 and SIGINT.
const ENDED_BY_CTRL_C: i32 = 130;
