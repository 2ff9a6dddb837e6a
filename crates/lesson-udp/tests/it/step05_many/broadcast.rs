//! Broadcast on one machine: the word that it takes, and who hears it.

use std::net::SocketAddr;

use common::cli;

use super::{sharing::bind, *};

/// Everybody in 127.0.0.0/8, which is this machine; on Linux it has one.
const ALL: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

#[test]
fn takes_a_word_and_reaches_every_socket() {
    within(DEADLINE, || {
        let shared = |addr: SocketAddr| {
            bind(addr, |socket| socket.set_reuse_address(true)).expect("free")
        };
        let any = shared((Ipv4Addr::UNSPECIFIED, 0).into());
        let port = any.local_addr().expect("it is bound").port();
        let sockets = [
            ("0.0.0.0", any),
            ("0.0.0.0, another", shared((Ipv4Addr::UNSPECIFIED, port).into())),
            ("127.0.0.1", shared((Ipv4Addr::LOCALHOST, port).into())),
            ("127.255.255.255", shared((ALL, port).into())),
        ];
        let sender = UdpSocket::bind(loopback()).expect("a free port");
        let refused = sender.send_to(b"x", (ALL, port)).expect_err("no word");
        assert_eq!(refused.kind(), ErrorKind::PermissionDenied);
        #[cfg(target_os = "linux")]
        assert_eq!(refused.raw_os_error(), Some(13), "EACCES");
        // That is all. It is not a right that one could lack.
        sender.set_broadcast(true).expect("anybody may");
        sender.send_to(b"x", (ALL, port)).expect("sent");
        let mut text = format!(
            "sendto {ALL}:\n\
             \x20 as it is           {}\n\
             \x20 with SO_BROADCAST  sent\n\
             Who gets it, by what he has bound:\n",
            cli::plain(&refused)
        );
        for (bound, socket) in sockets {
            let waits = if bound == "127.0.0.1" { SHORT } else { PATIENCE };
            let gets = if comes(&socket, waits) { "it" } else { "nothing" };
            text += &format!("  {bound:<18} {gets}\n");
        }
        assert_transcript!("step05_many_broadcast", text);
    });
}

/// What this step's sockets do about it.
#[test]
fn finds_servers_too() {
    within(DEADLINE, || {
        let (asked, many) = asked(Many::Broadcast(SocketAddrV4::new(ALL, 0)));
        let service = UdpSocket::bind(loopback()).expect("a free port");
        let addr = service.local_addr().expect("it is bound");
        let serving = thread::spawn(move || {
            answer_next(&asked, &service, &name("attic"), &mut |_| {})
        });
        let client = bind_asking(many, 1).expect("a free port");
        client.send_to(QUESTION, many.addr()).expect("sent");
        let mut buffer = [0; 99];
        let (length, from) = client.recv_from(&mut buffer).expect("an answer");
        assert_eq!((&buffer[..length], from), (&b"here is attic"[..], addr));
        serving.join().expect("no panic").expect("a question");
    });
}
