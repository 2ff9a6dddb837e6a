//! Several sockets on one port of one machine: what it takes, and who gets what.
//! Other systems than Linux have other rules.

use std::net::SocketAddr;

use common::cli;
use socket2::{Domain, Socket, Type};

use super::*;

/// What a socket asks for before it binds.
type Options = fn(&Socket) -> std::io::Result<()>;

const NONE: Options = |_| Ok(());
const ADDRESS: Options = |socket| socket.set_reuse_address(true);
const PORT: Options = |socket| socket.set_reuse_port(true);

pub(super) fn bind(
    addr: SocketAddr,
    options: Options,
) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(addr), Type::DGRAM, None)?;
    options(&socket)?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}

/// Two sockets on one port of 0.0.0.0.
fn pair(options: [Options; 2]) -> std::io::Result<[UdpSocket; 2]> {
    let any = (Ipv4Addr::UNSPECIFIED, 0).into();
    let first = bind(any, options[0]).expect("a free port");
    let addr = first.local_addr().expect("it is bound");
    Ok([first, bind(addr, options[1])?])
}

#[test]
fn a_port_is_shared_by_those_who_say_so() {
    within(DEADLINE, || {
        let mut text = format!(
            "Two sockets on one port of 0.0.0.0, and {SENDERS} senders\n"
        );
        for (said, options) in [
            ("no option", [NONE, NONE]),
            ("SO_REUSEADDR on the second alone", [NONE, ADDRESS]),
            ("SO_REUSEADDR on both", [ADDRESS, ADDRESS]),
            ("SO_REUSEPORT on both", [PORT, PORT]),
        ] {
            let gets = match pair(options) {
                Err(error) => format!("  {}\n", cli::plain(&error)),
                Ok(pair) => who_gets_what(&pair),
            };
            text += &format!("{said}:\n{gets}");
        }
        assert_transcript!("step05_many_sharing", text);
    });
}

fn who_gets_what(pair: &[UdpSocket; 2]) -> String {
    let port = pair[0].local_addr().expect("it is bound").port();
    let Many::GroupV4(group, lo) = group(port) else { unreachable!() };
    for socket in pair {
        socket.join_multicast_v4(group.ip(), &lo).expect("lo is there");
    }
    let all = SocketAddrV4::new([127, 255, 255, 255].into(), port);
    let one = SocketAddrV4::new(lo, port);
    [
        ("a group that both have joined", Many::GroupV4(group, lo), 2),
        ("127.255.255.255, broadcast", Many::Broadcast(all), 2),
        ("127.0.0.1", Many::Broadcast(one), 1),
    ]
    .map(|(to, many, copies)| {
        // Who gets it may depend on who sends it.
        for _ in 0..SENDERS {
            let sender = bind_asking(many, 1).expect("a free port");
            sender.send_to(b"x", many.addr()).expect("sent");
        }
        let mut counts = [0, 0];
        while counts[0] + counts[1] < copies * SENDERS {
            for (socket, count) in pair.iter().zip(&mut counts) {
                *count += usize::from(comes(socket, BRIEF));
            }
        }
        assert!(!pair.iter().any(|socket| comes(socket, SHORT)), "another");
        let [first, second] = match counts {
            // By the sender's port, which is another one each time.
            [(1..), (1..)] if copies == 1 => ["some", "the others"],
            [SENDERS, SENDERS] => ["all", "all"],
            [0, SENDERS] => ["none", "all"],
            _ => panic!("{counts:?}"),
        };
        format!("  to {to}:\n    the first gets {first}, the second {second}\n")
    })
    .concat()
}

const SENDERS: usize = 64;

/// As long as it takes to look.
const BRIEF: Duration = Duration::from_millis(1);
