//! What `connect` does in the kernel: counted in a network of the test's own,
//! where nobody else sends.

use std::{
    io::{self, ErrorKind},
    net::{SocketAddr, UdpSocket},
};

use common::cli;
use lesson_udp::step04_connect::connect;
use testkit::{DEADLINE, assert_transcript, counter, in_own_network, within};

use super::connect::{receive, somebody};

/// `lo`, and an Ethernet with the address 192.0.2.1 whose other end is in here
/// too.
const NETWORK: &str = "
    ip link set lo up
    ip link add eth type veth peer far
    ip address add 192.0.2.1/24 dev eth
    ip link set far up
    ip link set eth up
    ip route add default via 192.0.2.254";

#[test]
fn connect_sends_nothing_and_filters() {
    let test = "step04_connect::kernel::connect_sends_nothing_and_filters";
    let found = in_own_network(test, NETWORK, || within(DEADLINE, experiment));
    if let Some(text) = found {
        assert_transcript!("step04_connect_filter", text);
    }
}

fn experiment() -> String {
    let (server, stranger) = (somebody(), somebody());
    let [to_server, to_stranger] =
        [&server, &stranger].map(|socket| socket.local_addr().expect("bound"));
    let client = UdpSocket::bind("0.0.0.0:0").expect("a free port");
    let port = client.local_addr().expect("it is bound").port();
    let mut lines =
        format!("bind:                 local address {}\n", address(&client));

    // The classic mistake: whoever is quick enough is in the queue.
    let addr = SocketAddr::from(([127, 0, 0, 1], port));
    stranger.send_to(b"early", addr).expect("sent");
    client.peek(&mut [0; 9]).expect("it has come");
    let sent = counter("Udp", "OutDatagrams");
    client.connect(to_server).expect("noted");
    let sent = counter("Udp", "OutDatagrams") - sent;
    lines += &format!(
        "connect:              local address {}; datagrams sent: {sent}\n\
         a stranger was quick: recv gives {:?}\n",
        address(&client),
        receive(&client),
    );

    // From here on it is filtered, and told so.
    stranger.connect(addr).expect("noted");
    stranger.send(b"late").expect("sent");
    let refused = told(stranger.recv(&mut [0; 9]));
    assert_eq!(counter("Udp", "NoPorts"), 1);
    assert_eq!(counter("Icmp", "OutDestUnreachs"), 1);
    server.send_to(b"ok", addr).expect("sent");
    lines += &format!(
        "a stranger is late:   recv gives {:?}, which the server sent after it\n\
         the stranger's recv:  {refused}\n\
         the kernel's count:   NoPorts 1\n",
        receive(&client),
    );

    // Sending elsewhere works. The answer does not.
    stranger.connect(addr).expect("noted");
    client.send_to(b"you?", to_stranger).expect("Linux lets us");
    let heard = receive(&stranger);
    stranger.send(b"yes!").expect("sent");
    let refused = told(stranger.recv(&mut [0; 9]));
    lines += &format!(
        "send_to the stranger: it has {heard:?}\n\
         its answer:           not delivered; {refused}\n"
    );

    // The same mistake again, in the middle of a program.
    let second = somebody();
    let to_second = second.local_addr().expect("it is bound");
    let switch = || {
        client.connect(to_server).expect("noted");
        server.send_to(b"old", addr).expect("sent");
        client.peek(&mut [0; 9]).expect("it has come");
        client.connect(to_second).expect("noted");
    };
    switch();
    let old = receive(&client);
    switch();
    let thrown_away = empty(&client);
    second.send_to(b"new", addr).expect("sent");
    let new = receive(&client);
    lines += &format!(
        "connect to another:   recv gives {old:?}, from the one before\n\
         and read empty first: recv gives {new:?}; thrown away: {thrown_away}\n\n",
    );
    lines + &addresses()
}

/// Where `connect` leads to, as far as the routes say.
fn addresses() -> String {
    let far = connect("198.51.100.7:9".parse().expect("an address"));
    let far = address(&far.expect("there is a route"));
    // An address once picked stays.
    let client = UdpSocket::bind("0.0.0.0:0").expect("a free port");
    client.connect("127.0.0.1:9").expect("noted");
    let error = client.connect("198.51.100.7:9").expect_err("from lo?");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let again = cli::plain(&error);
    let error = connect("[2001:db8::1]:9".parse().expect("an address"));
    let error = cli::plain(&error.expect_err("there is no IPv6 here"));
    format!(
        "connect to 198.51.100.7:              from {far}\n\
         connect to 127.0.0.1, then the same:  {again}\n\
         connect where no route leads:         {error}\n",
    )
}

/// Reads what has come before `connect`, and forgets it.
fn empty(socket: &UdpSocket) -> usize {
    socket.set_nonblocking(true).expect("it can be");
    let mut count = 0;
    while socket.recv(&mut [0; 99]).is_ok() {
        count += 1;
    }
    socket.set_nonblocking(false).expect("it can be");
    count
}

/// The local address without its port, which is another one each time.
fn address(socket: &UdpSocket) -> String {
    socket.local_addr().expect("it is bound").ip().to_string()
}

/// What an error says, in words that are the same on every system.
pub(super) fn told<T>(result: io::Result<T>) -> String {
    result.err().map_or_else(|| "ok".to_owned(), |error| cli::plain(&error))
}
