//! What `client --step N` does, step by step.

use std::{
    error::Error,
    io::{self, ErrorKind, Read},
    net::{Shutdown, SocketAddr},
    time::{Duration, Instant},
};

use clap::ArgMatches;
use common::{Charset, cli};
use lesson_tcp::{
    step02_client, step03_text,
    step04_framing::{self, Framing, MOST},
    step06_goodbye,
    step07_silence::{self, Deadline},
    step08_slow_reader::{self, Buffers, info::info},
    step09_clients, step10_names, step11_std,
};

/// Reads once, so that the bug can be seen.
pub(super) fn step02(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    converse(matches, |server, request, reply| {
        let bytes = step02_client::call_once(server, request)?;
        reply.extend(bytes);
        Ok(())
    })
}

pub(super) fn step03(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    converse(matches, step03_text::call)
}

/// Sends all texts at once and prints the replies, each with its length.
pub(super) fn step04(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let server = cli::get(matches, "addr");
    let charset: Charset = cli::get(matches, "charset");
    let framing: Framing = cli::get(matches, "framing");
    let messages = requests(matches, charset);
    for message in &messages {
        if let Err(error) = framing.encode(message, MOST, &mut Vec::new()) {
            cli::usage(format!("{error}; try another --framing or text"));
        }
    }
    let timeout = cli::get(matches, "timeout");
    let show = &mut |reply: &[u8]| {
        let (length, text) = (reply.len(), charset.show(reply));
        cli::say(format!("length {length}: {text}"));
    };
    step04_framing::call(server, framing, &messages, timeout, show)
        .map_err(|error| cli::call_failed(server, &error).into())
}

pub(super) fn step06(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let aborts = matches.get_flag("abort");
    converse(matches, |server, request, reply| {
        if aborts {
            return step06_goodbye::call_and_abort(server, request);
        }
        step06_goodbye::call(server, request, reply)
    })
}

/// Tells how long it took, which need not be what the timeout says.
pub(super) fn step07(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let timeout: Duration = cli::get(matches, "timeout");
    let start = Instant::now();
    converse(matches, |server, request, reply| {
        if matches.get_flag("deadline") {
            let deadline = Deadline::after(timeout);
            return step07_silence::call_by(server, request, deadline, reply);
        }
        step07_silence::call_with_timeout(server, request, timeout, reply)
    })?;
    let took = start.elapsed().as_secs_f64();
    cli::say(format!("{took:.1} s, with a timeout of {timeout:?}"));
    Ok(())
}

/// Sends much, and tells whenever the kernel takes no more.
pub(super) fn step08(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let server: SocketAddr = cli::get(matches, "addr");
    let mut reply = Vec::new();
    let result = send_much(matches, server, &mut reply);
    if !reply.is_empty() {
        cli::say(format!("the server: {}", Charset::Utf8.show(&reply)));
    }
    result.map_err(|error| cli::call_failed(server, &error).into())
}

fn send_much(
    matches: &ArgMatches,
    server: SocketAddr,
    reply: &mut Vec<u8>,
) -> io::Result<()> {
    let size: usize = cli::get(matches, "buffer");
    let buffers = Buffers { send: size, receive: size };
    let buffers = (size > 0).then_some(buffers);
    let stream = step08_slow_reader::connect(server, buffers)?;
    let given = Buffers::of(&stream)?.send;
    cli::say(format!("send buffer: asked for {size}, got {given}"));
    let bytes = vec![b'x'; cli::get(matches, "bytes")];
    let total = bytes.len();
    step08_slow_reader::send(&stream, &bytes, &mut |taken| {
        cli::say(format!("{taken} of {total} taken, then write must wait"));
        if let Some(info) = info(&stream) {
            let of = |name| info.get(name).unwrap_or("-");
            let (cwnd, rtt) = (of("cwnd"), of("rtt"));
            let queue = info.send_queue;
            cli::say(format!("  Send-Q {queue}, cwnd {cwnd}, rtt {rtt} ms"));
        }
    })?;
    cli::say(format!("{total} of {total} taken"));
    // That says nothing about what the server has read. Only the server can.
    stream.shutdown(Shutdown::Write)?;
    stream.take(REPLY).read_to_end(reply)?;
    Ok(())
}

pub(super) fn step09(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let timeout = cli::get(matches, "timeout");
    converse(matches, |server, request, reply| {
        step09_clients::call(server, request, timeout, reply)
    })
}

pub(super) fn step10(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let name: String = cli::get(matches, "name");
    let addrs = step10_names::resolve(&name).map_err(|error| {
        if error.kind() == ErrorKind::InvalidInput {
            cli::usage(format!(
                "{name:?} is not a host and a port; try {NAME}"
            ));
        }
        format!("{name}: {error}; try --name {NAME}")
    })?;
    let list: Vec<_> = addrs.iter().map(SocketAddr::to_string).collect();
    cli::say(format!("{name} is {}", list.join(", then ")));
    let timeout = cli::get(matches, "timeout");
    let stream = step10_names::connect(&addrs, timeout, &mut |addr, error| {
        let (what, why) = (cli::plain(error), step10_names::meaning(error));
        cli::complain(format!("{addr}: {what}: {why}"));
    });
    let stream = stream.map_err(|_| "no address is left; is it running?")?;
    let server = stream.peer_addr()?;
    cli::say(format!("{server}: connected from {}", stream.local_addr()?));
    let mut reply = Vec::new();
    let result = step10_names::hear(&stream, timeout, &mut reply);
    cli::say(Charset::Utf8.show(reply.trim_ascii_end()));
    result.map_err(|error| cli::call_failed(server, &error).into())
}

pub(super) fn step11(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let timeout = cli::get(matches, "timeout");
    converse(matches, |server, request, reply| {
        step11_std::call(server, request, timeout, reply)
    })
}

/// Each text in bytes: at least one.
fn requests(matches: &ArgMatches, charset: Charset) -> Vec<Vec<u8>> {
    let texts = matches.get_many::<String>("text").expect("with a default");
    let requests = texts.map(|text| {
        let request = charset.encode(text).unwrap_or_else(|error| {
            cli::usage(format!("{error}; try --charset utf-8"))
        });
        if request.is_empty() {
            cli::usage("an empty text is nothing to send; try 加油");
        }
        request
    });
    requests.collect()
}

/// Sends the text with `call` and prints what came, also where it failed.
fn converse(
    matches: &ArgMatches,
    call: impl Fn(SocketAddr, &[u8], &mut Vec<u8>) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    let server: SocketAddr = cli::get(matches, "addr");
    let charset: Charset = cli::get(matches, "charset");
    let request = request(matches, charset);
    let mut reply = Vec::new();
    let result = call(server, &request, &mut reply);
    if !reply.is_empty() {
        cli::say(charset.show(&reply));
    }
    result.map_err(|error| cli::call_failed(server, &error).into())
}

/// The text in bytes: at least one.
fn request(matches: &ArgMatches, charset: Charset) -> Vec<u8> {
    let mut requests = requests(matches, charset);
    if requests.len() > 1 {
        cli::usage("only step 4 sends several texts; put quotes around yours");
    }
    requests.remove(0)
}

const NAME: &str = "localhost:8888";

/// The most that the server of step 8 has to say, in bytes.
const REPLY: u64 = 100;
