//! What the kernel keeps of a connection, as `ss` tells it, and what it sends.
//! Each in a network of its own, with nobody else's connections.

use std::{
    collections::HashMap,
    fs,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
    time::Duration,
};

use lesson_tcp::step06_goodbye::abort;
use socket2::{SockRef, Socket, TcpKeepalive};
use testkit::{
    DEADLINE, assert_transcript, counter, in_own_network, nft, ss, within,
};

use super::seen;
use crate::conversations::pair;

const NETWORK: &str = "ip link set lo up; ss -V >/dev/null";

/// Both ends' states, goodbye after goodbye.
#[test]
fn who_has_time_wait() {
    let name = "step06_goodbye::states::who_has_time_wait";
    let states = || {
        let mut text = format!("{:26}{:12}server\n", "", "client");
        let mut note = |what, ends: Ends, states| {
            ends.wait_for(states);
            text += &format!("{what:26}{:12}{}\n", states[0], states[1]);
        };
        let (client, server) = pair();
        let ends = Ends::of(&client, &server);
        note("connected", ends, ["ESTAB", "ESTAB"]);
        client.shutdown(Shutdown::Write).expect("it is connected");
        note("client: shutdown(Write)", ends, ["FIN-WAIT-2", "CLOSE-WAIT"]);
        drop(server);
        note("server: close", ends, ["TIME-WAIT", "-"]);
        drop(client);
        note("client: close", ends, ["TIME-WAIT", "-"]);

        let (client, server) = pair();
        let ends = Ends::of(&client, &server);
        note("connected", ends, ["ESTAB", "ESTAB"]);
        drop(server);
        note("server: close", ends, ["CLOSE-WAIT", "FIN-WAIT-2"]);
        drop(client);
        note("client: close", ends, ["-", "TIME-WAIT"]);

        let (client, server) = pair();
        let ends = Ends::of(&client, &server);
        note("connected", ends, ["ESTAB", "ESTAB"]);
        abort(Socket::from(client)).expect("it is connected");
        note("client: linger 0, close", ends, ["-", "-"]);
        drop(server);
        text
    };
    if let Some(text) =
        in_own_network(name, NETWORK, || within(DEADLINE, states))
    {
        assert_transcript!("step06_goodbye_states", text);
    }
}

/// tcp_fin_timeout is for a side that has closed, and whose other side has not.
/// TIME_WAIT takes no notice, and neither does CLOSE_WAIT. Keepalive asks a side
/// that is not there any more: a reset, and the program is not told.
#[test]
fn what_fin_timeout_is_for() {
    let name = "step06_goodbye::states::what_fin_timeout_is_for";
    let setup =
        format!("{NETWORK}; echo 2 >/proc/sys/net/ipv4/tcp_fin_timeout");
    let states = || {
        let setting = |name| format!("/proc/sys/net/ipv4/tcp_{name}");
        let timeout = fs::read_to_string(setting("fin_timeout"));
        let recycle = fs::exists(setting("tw_recycle")).expect("a directory");

        let (client, server) = pair();
        let waiting = Ends::of(&client, &server);
        drop(client);
        waiting.wait_for(["FIN-WAIT-2", "CLOSE-WAIT"]);
        drop(server);
        waiting.wait_for(["TIME-WAIT", "-"]);
        let left = ss(&["-tanoH"]);
        assert!(left.contains(" timer:(timewait,"), "{left}");

        let (client, watched) = pair();
        let asking = Ends::of(&client, &watched);
        let second = Duration::from_secs(1);
        let often = TcpKeepalive::new().with_time(second).with_interval(second);
        SockRef::from(&watched).set_tcp_keepalive(&often).expect("it is open");
        drop(client);

        let (client, server) = pair();
        let forgotten = Ends::of(&client, &server);
        drop(client);
        forgotten.wait_for(["FIN-WAIT-2", "CLOSE-WAIT"]);
        let before = forgotten.states();
        // Two seconds.
        while forgotten.states()[0] != "-" {
            thread::park_timeout(Duration::from_millis(50));
        }
        let after = forgotten.states();
        let [time_wait, _] = waiting.states();
        asking.wait_for(["-", "-"]);
        watched.local_addr().expect("the program holds it still");
        drop(server);
        forgotten.wait_for(["-", "-"]);
        format!(
            "tcp_fin_timeout is {} seconds; is there a tcp_tw_recycle? {recycle}\n\
             One client has closed first, and its server then.\n\
             Another has closed, and its server forgets to: {} and {}\n\
             When the FIN-WAIT-2 is gone:\n\
             \x20 the server that forgot   {}\n\
             \x20 the client before        {time_wait}\n\
             When the server closes at last, nothing is left of its connection.\n\
             A server that forgot, with keepalive: nothing, and its program holds it.\n",
            timeout.expect("Linux has it").trim(),
            before[0],
            before[1],
            after[1],
        )
    };
    if let Some(text) =
        in_own_network(name, &setup, || within(DEADLINE, states))
    {
        assert_transcript!("step06_goodbye_fin_timeout", text);
    }
}

/// One side forgets the connection and the other is not told, as when a machine
/// loses its power and starts again.
#[test]
fn a_dead_connection() {
    let name = "step06_goodbye::states::a_dead_connection";
    let setup = format!(
        "{NETWORK}
        nft 'table inet wire {{ chain input {{
            type filter hook input priority 0
        }}; }}'"
    );
    let experiment = || {
        let (mut client, server) = pair();
        let ends = Ends::of(&client, &server);
        nft("add rule inet wire input tcp flags & rst == rst drop");
        abort(Socket::from(server)).expect("it is connected");
        ends.wait_for(["ESTAB", "-"]);
        nft("flush chain inet wire input");
        let time = Duration::from_millis(200);
        client.set_read_timeout(Some(time)).expect("more than zero");
        let mut text = format!(
            "The server has forgotten the connection, the client is not told:\n\
             \x20 read      {} after {time:?}\n",
            seen(client.read(&mut [0; 99])),
        );
        client.set_read_timeout(None).expect("no timeout");
        text += &format!("  write     {}\n", seen(client.write(b"x")));
        text += &format!("  read      {}\n", seen(client.read(&mut [0; 99])));
        text += &format!("  read      {}\n", seen(client.read(&mut [0; 99])));
        text += &format!("  write     {}\n", seen(client.write(b"x")));
        text
    };
    let text = in_own_network(name, &setup, || within(DEADLINE, experiment));
    if let Some(text) = text {
        assert_transcript!("step06_goodbye_dead", text);
    }
}

/// How many segments go over the wire, and how many of them are resets.
#[test]
fn three_or_four_packets() {
    let name = "step06_goodbye::states::three_or_four_packets";
    let count = || {
        let mut text = format!("{:36}segments  resets\n", "");
        let mut note = |what, [segments, resets]: [usize; 2]| {
            text += &format!("{what:36}{segments:<10}{resets}\n");
        };
        let start = Sent::now();
        let (mut client, server) = pair();
        note("connect, accept", start.since());

        let ends = Ends::of(&client, &server);
        let start = Sent::now();
        drop(server);
        ends.wait_for(["CLOSE-WAIT", "FIN-WAIT-2"]);
        note("close", start.since());
        let start = Sent::now();
        client.write_all(b"x").expect("taken");
        ends.wait_for(["-", "-"]);
        note("the other side writes all the same", start.since());

        let (client, server) = pair();
        let ends = Ends::of(&client, &server);
        let start = Sent::now();
        drop(client);
        ends.wait_for(["FIN-WAIT-2", "CLOSE-WAIT"]);
        drop(server);
        ends.wait_for(["TIME-WAIT", "-"]);
        note("close, and later the other side's", start.since());

        // The other side's kernel gives its program some milliseconds to
        // close as well; on a busy machine that is not always enough.
        let at_once = || {
            let (client, server) = pair();
            let ends = Ends::of(&client, &server);
            let start = Sent::now();
            drop(client);
            assert_eq!(server.peek(&mut [0]).expect("an end"), 0);
            drop(server);
            ends.wait_for(["TIME-WAIT", "-"]);
            start.since()
        };
        let mut found = at_once();
        while found == [4, 0] {
            found = at_once();
        }
        note("close, and the other side's at once", found);

        let (client, server) = pair();
        let ends = Ends::of(&client, &server);
        let start = Sent::now();
        abort(Socket::from(client)).expect("it is connected");
        ends.wait_for(["-", "-"]);
        note("close with linger 0", start.since());
        text
    };
    if let Some(text) =
        in_own_network(name, NETWORK, || within(DEADLINE, count))
    {
        assert_transcript!("step06_goodbye_packets", text);
    }
}

/// What all of this network has sent.
struct Sent([usize; 2]);

impl Sent {
    fn now() -> Self {
        Self(["OutSegs", "OutRsts"].map(|name| counter("Tcp", name)))
    }

    fn since(&self) -> [usize; 2] {
        let Self([segments, resets]) = Self::now();
        [segments - self.0[0], resets - self.0[1]]
    }
}

/// The two ends of a connection, whether or not the program still has them.
#[derive(Clone, Copy)]
struct Ends {
    client: SocketAddr,
    server: SocketAddr,
}

impl Ends {
    fn of(client: &TcpStream, server: &TcpStream) -> Self {
        let addr = |stream: &TcpStream| stream.local_addr().expect("connected");
        Self { client: addr(client), server: addr(server) }
    }

    fn states(self) -> [String; 2] {
        let all = ss(&["-tanH"]);
        let rows = all.lines().map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            let [state, _, _, addr, ..] = words[..] else { panic!("{line}") };
            (addr, state)
        });
        let states: HashMap<_, _> = rows.collect();
        [self.client, self.server].map(|addr| {
            let state = states.get(&*addr.to_string()).copied();
            state.unwrap_or("-").to_owned()
        })
    }

    /// Packets take their time: waits until both ends are there.
    fn wait_for(self, states: [&str; 2]) {
        while self.states() != states {}
    }
}
