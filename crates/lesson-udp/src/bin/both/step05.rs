//! `--step 5`: the flags that say who is asked, the same in both programs.

use std::{
    error::Error,
    io::{self, ErrorKind},
    net::{SocketAddr, SocketAddrV4},
};

use clap::{Arg, ArgMatches};
use common::cli;
use lesson_udp::step05_many::{Many, NotMany};

/// `--group IP:PORT`, `--broadcast IP:PORT` and `--interface WHICH`.
pub(crate) fn args() -> [Arg; 3] {
    [
        cli::addr("group", "The group that is asked, in step 5")
            .default_value("239.255.80.5:8005"),
        Arg::new("broadcast")
            .long("broadcast")
            .value_name("IP:PORT")
            .conflicts_with_all(["group", "interface"])
            .value_parser(|text: &str| {
                text.parse::<SocketAddrV4>().map_err(|_| {
                    "expected an IPv4 address and a port such as \
                         255.255.255.255:8005; IPv6 has no broadcast"
                })
            })
            .help("Everybody at that port instead, in step 5"),
        Arg::new("interface").long("interface").value_name("WHICH").help(
            "Where the group is, in step 5: an IPv4 address of the \
                   interface, or for IPv6 its name or number",
        ),
    ]
}

/// Who is asked. Bad usage ends the program.
pub(crate) fn many(matches: &ArgMatches) -> Result<Many, Box<dyn Error>> {
    if let Some(&addr) = matches.get_one("broadcast") {
        return Ok(Many::Broadcast(addr));
    }
    let group: SocketAddr = cli::get(matches, "group");
    let interface = matches.get_one::<String>("interface");
    let many = Many::group(group, interface.map(String::as_str));
    many.map_err(|error| match error {
        NotMany::NoGroup(_) => {
            cli::usage(format!("{error}; try --group 239.255.80.5:8005"))
        }
        NotMany::InterfaceName(_) => {
            cli::usage(format!("{error}; try --interface 127.0.0.1"))
        }
        NotMany::NoInterface(_) => cli::usage(format!(
            "{error}; try --interface with its name or number"
        )),
        NotMany::TooWide(_) => {
            cli::usage(format!("{error}; try --group [ff12::8005:1]:8005"))
        }
        NotMany::NoSuchInterface(_) => {
            let list = if cfg!(target_os = "linux") {
                "ip link"
            } else if cfg!(windows) {
                "ipconfig"
            } else {
                "ifconfig"
            };
            format!("{error}; try one that `{list}` shows").into()
        }
    })
}

/// Why a socket for `many` failed, and what to try next.
pub(crate) fn failed(
    what: &str,
    many: Many,
) -> impl Fn(io::Error) -> String + '_ {
    let other = match many {
        Many::GroupV6(_) => "another --interface",
        Many::GroupV4(..) => "--interface with an address of this machine",
        Many::Broadcast(_) => {
            "the last address of a network of this machine, such as \
             --broadcast 192.168.1.255:8005"
        }
    };
    move |error| {
        let hint = match error.kind() {
            ErrorKind::AddrInUse => {
                "another program has that port for itself; try another one"
                    .to_owned()
            }
            ErrorKind::NetworkUnreachable => {
                format!("no route leads there; try {other}")
            }
            _ => format!("is there such an interface, or a route? try {other}"),
        };
        format!("cannot {what} {many}: {}: {hint}", cli::plain(&error))
    }
}
