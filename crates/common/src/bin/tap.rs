//! Prints a conversation while it happens: stand between a client and a server.

use std::{
    error::Error,
    net::{SocketAddr, TcpListener, UdpSocket},
    process::ExitCode,
};

use anstyle::{AnsiColor, Style};
use clap::{ArgMatches, Command};
use common::{Charset, Entry, cli, link::Fate, tap};

fn main() -> ExitCode {
    let relay = |name: &'static str, about: &'static str, charset| {
        Command::new(name)
            .about(about)
            .arg(cli::addr("listen", "Where clients come").required(true))
            .arg(cli::addr("to", "Where the server is").required(true))
            .arg(cli::charset(charset))
    };
    let command = Command::new("tap")
        .about("Stands between a client and a server, prints what they say")
        .subcommand_required(true)
        .subcommand(relay("tcp", "Relays connections", Charset::Gb2312))
        .subcommand(
            relay("udp", "Relays datagrams", Charset::Utf8)
                .args(cli::faults::args()),
        );
    let matches = cli::parse(command);
    let (protocol, matches) =
        matches.subcommand().expect("clap requires a subcommand");
    cli::exit(run(protocol, matches))
}

fn run(protocol: &str, matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let listen: SocketAddr = cli::get(matches, "listen");
    let server: SocketAddr = cli::get(matches, "to");
    let charset: Charset = cli::get(matches, "charset");
    let print = move |entry: &Entry, fate: Option<Fate>| {
        let color = match &*entry.from {
            "server" => AnsiColor::Green,
            _ => AnsiColor::Cyan,
        };
        let style = Style::new().fg_color(Some(color.into()));
        let entry = entry.show(charset);
        let fate = fate.map(|fate| format!("\n    {fate}"));
        let fate = fate.unwrap_or_default();
        cli::say(format_args!("{style}{entry}{style:#}{fate}"));
    };
    let is_tcp = protocol == "tcp";
    let faults = (!is_tcp).then(|| cli::faults::of(matches));
    let faults = faults.unwrap_or_default();
    let failed = |error| cli::bind_failed(is_tcp, "listen", listen, &error);
    let tell = |addr: SocketAddr| {
        cli::say(format_args!("listening on {addr}"));
        cli::say(format_args!("passing everything on to {server}"));
    };
    let ended = if is_tcp {
        let listener = TcpListener::bind(listen).map_err(failed)?;
        tell(listener.local_addr()?);
        tap::tcp::serve(&listener, server, move |entry| print(&entry, None))
    } else {
        let socket = UdpSocket::bind(listen).map_err(failed)?;
        tell(socket.local_addr()?);
        let shows = faults.any();
        let link = move |number| faults.link(number);
        tap::udp::serve_through(socket, server, link, move |entry, fate| {
            print(&entry, fate.filter(|_| shows));
        })
    };
    Err(ended.into())
}
