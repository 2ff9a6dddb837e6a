//! Two hosts and a wire: who finds whom, and what crosses. The ports are those
//! of the programs: in these networks nobody else has them.

mod packets;

use std::process::Command;

use testkit::{Host, Program, in_own_network, sh};

use super::{
    programs::{client, server},
    *,
};

/// What a host has before there is a wire; and all that is needed is there.
const ALONE: &str = "
    ip link set lo up
    nft list ruleset
    nsenter --version >/dev/null";

/// The host at the other end of the wire, 10.9.5.2; here is 10.9.5.1.
fn far() -> Host {
    let far = Host::new();
    far.wire("near", "far");
    sh("ip address add 10.9.5.1/24 dev near");
    far.sh("ip link set lo up; ip address add 10.9.5.2/24 dev far");
    far
}

/// The same command in that network.
fn at(host: &Host, command: &Command) -> Command {
    let mut there = host.command(&command.get_program().to_string_lossy());
    there.args(command.get_args());
    there
}

/// A server that has said where it is asked.
fn serve(command: &mut Command) -> Program {
    let mut server = Program::start(command);
    assert!(server.line().starts_with("receiving on "));
    assert!(server.line().contains(" is asked at "));
    server
}

/// A server at the far end, at that port of any address, and a client here that
/// finds so many. The text is what is typed and printed, for the book.
fn find(far: &Host, there: &[&str], here: &[&str], count: usize) -> String {
    let any = if there.contains(&V6) { "[::]:8003" } else { "0.0.0.0:8003" };
    let args = [&["--name", "kitchen", "--addr", any], there].concat();
    let _server = serve(&mut at(far, &server(&args)));
    let found = ask(here, count);
    let [there, here] = [there, here].map(|args| args.join(" "));
    format!("far$ udp-server {there}\nnear$ udp-client {here}\n{found}")
}

const V6: &str = "[ff12::8005:1]:8005";

/// What a client prints that should find that many.
fn ask(args: &[&str], count: usize) -> String {
    if count == 0 {
        // It finds nobody in a minute either.
        let args = [args, &["--timeout", "0.3"]].concat();
        let ended = Program::run(&mut client(&args), b"");
        assert_eq!((ended.code, &*ended.stdout), (Some(1), ""), "{args:?}");
        // Behind it is what to try next.
        let what = ended.stderr.split(": no ").next().unwrap_or_default();
        return format!("  {}\n", with_link(what.trim_end()));
    }
    // It goes on asking, but we have heard all that there are.
    let args = [args, &["--timeout", "60"]].concat();
    let mut client = Program::start(&mut client(&args));
    let mut lines: Vec<_> = (0..count).map(|_| client.line()).collect();
    lines.sort();
    lines.iter().fold(String::new(), |text, line| {
        text + &format!("  {}\n", with_link(line))
    })
}

/// The link's name, where addresses have its number.
fn with_link(line: &str) -> String {
    line.replace(&format!("%{}]", index("near")), "%near]")
}

/// The number of an interface here.
fn index(interface: &str) -> u32 {
    let shown = sh(&format!("ip -o link show {interface}"));
    let (index, _) = shown.split_once(':').expect("its number comes first");
    index.parse().expect("a number")
}

#[test]
fn discovery_crosses_a_wire() {
    let name = "step05_many::wire::discovery_crosses_a_wire";
    let text = in_own_network(name, ALONE, || {
        within(DEADLINE, || {
            let far = far();
            let found =
                |there: &[&str], here: &[&str]| find(&far, there, here, 1);
            let nobody =
                |there: &[&str], here: &[&str]| find(&far, there, here, 0);
            let here = ["--interface", "10.9.5.1"];
            let here_v6 = ["--group", V6, "--interface", "near"];
            let mut text = found(&["--interface", "10.9.5.2"], &here);
            let there_v6 = ["--group", V6, "--interface", "far"];
            text += &found(&there_v6, &here_v6);

            text += "\nJoined on the wrong interface:\n";
            text += &nobody(&["--interface", "127.0.0.1"], &here);
            text += &nobody(&["--group", V6, "--interface", "lo"], &here_v6);

            text += "\nA server that is bound to 127.0.0.1:\n";
            text += &cannot_answer(&far);

            text += "\nBroadcast:\n";
            let all = ["--broadcast", "10.9.5.255:8005"];
            text += &found(&all, &all);
            // To all on this network: and which is that?
            let everywhere = ["--broadcast", "255.255.255.255:8005"];
            text += &nobody(&all, &everywhere);
            sh("ip route add default dev near");
            text += "near$ ip route add default dev near\n";
            text + &found(&all, &everywhere)
        })
    });
    if let Some(text) = text {
        assert_transcript!("step05_many_wire", text);
    }
}

/// It hears the question and has no way to answer.
fn cannot_answer(far: &Host) -> String {
    let args = ["--addr", "127.0.0.1:8003", "--interface", "10.9.5.2"];
    let mut server = serve(&mut at(far, &server(&args)));
    let here = ["--interface", "10.9.5.1"];
    let found = ask(&here, 0);
    let heard = server.line();
    let (_, peer) = heard.rsplit_once(':').expect("a port");
    let port = peer.trim_end_matches(']');
    // It has failed by now, for it has been asked a second time.
    server.line();
    sh(&format!("kill {}", server.id()));
    assert_eq!(server.wait(), None, "ended by us");
    let complaints = server.complaints();
    let complaint = complaints.lines().next().expect("one for each");
    let [there, here] = [&args[..], &here].map(|args| args.join(" "));
    format!(
        "far$ udp-server {there}\nnear$ udp-client {here}\n{found}\
         and the server:\n  {heard}\n  {complaint}\n"
    )
    .replace(port, "54321")
}

/// Two servers at the other end and one here: a question finds all three.
#[test]
fn several_on_two_hosts() {
    let name = "step05_many::wire::several_on_two_hosts";
    in_own_network(name, ALONE, || {
        within(DEADLINE, || {
            let far = far();
            let start = |called: &str, addr: &str, interface: &str| {
                let args = ["--name", called, "--addr", addr];
                server(&[&args[..], &["--interface", interface]].concat())
            };
            let attic = start("attic", "0.0.0.0:8003", "10.9.5.2");
            let cellar = start("cellar", "0.0.0.0:8004", "10.9.5.2");
            let _servers = [
                serve(&mut at(&far, &attic)),
                serve(&mut at(&far, &cellar)),
                serve(&mut start("kitchen", "0.0.0.0:8003", "10.9.5.1")),
            ];
            let found = ask(&["--interface", "10.9.5.1"], 3);
            let expected = "  attic at 10.9.5.2:8003\n  cellar at \
                            10.9.5.2:8004\n  kitchen at 10.9.5.1:8003\n";
            assert_eq!(found, expected);
            String::new()
        })
    });
}

/// IPv6 has no broadcast; it has a group that everybody is in from birth.
#[test]
fn every_host_has_joined_ff02_1() {
    let test = "step05_many::wire::every_host_has_joined_ff02_1";
    in_own_network(test, ALONE, || {
        within(DEADLINE, || {
            let far = far();
            let here = UdpSocket::bind("[::]:0").expect("a free port");
            let port = here.local_addr().expect("it is bound").port();
            let ask = |group: &str| {
                let group = format!("[{group}]:{port}");
                let args = ["--group", &group, "--interface", "far"];
                at(&far, &client(&[&args[..], &["--timeout", "60"]].concat()))
            };
            let mut everybody = Program::start(&mut ask("ff02::1"));
            let mut buffer = [0; 99];
            let (length, from) = here.recv_from(&mut buffer).expect("asked");
            assert_eq!(&buffer[..length], QUESTION);
            here.send_to(&name("everybody").answer(), from).expect("sent");
            assert!(everybody.line().starts_with("everybody at [fe80::1%"));
            drop(everybody);
            let _nobody = Program::start(&mut ask("ff12::8005:1"));
            assert!(!comes(&here, SHORT), "not joined");
            String::new()
        })
    });
}
