//! The other end: what `sendto` says when the way out is slow. `lo` is never,
//! so here it is given a rate and a queue (tc-tbf(8)).

use std::io;

use super::*;

/// 100 kB a second, and a queue that holds so many bytes.
fn slow(queue: usize) -> String {
    format!(
        "{NETWORK}
        tc qdisc add dev lo root tbf rate 800kbit burst 2000 limit {queue}"
    )
}

/// The send buffer is full before the queue is: `sendto` waits, or says that it
/// would.
#[test]
fn waits_for_room_in_the_send_buffer() {
    let test = "step03_loss::linux::sending::waits_for_room_in_the_send_buffer";
    in_own_network(test, &slow(10_000_000), || {
        within(DEADLINE, || {
            let (sender, _receiver) = sockets();
            sender.set_nonblocking(true).expect("it can be");
            let (taken, error) = until_refused(&sender);
            println!("{taken} taken, then {error}");
            assert_eq!(error.kind(), ErrorKind::WouldBlock);
            assert!(0 < taken && taken < MANY);
            // One that may wait does, and then it has been sent.
            sender.set_nonblocking(false).expect("it can be");
            sender.send(&[0; 1000]).expect("sent, in the end");
            String::new()
        })
    });
}

/// The queue is full before the send buffer is: what has no room is thrown away
/// at home, and `sendto` says Ok.
#[test]
fn says_ok_to_what_does_not_leave_the_machine() {
    let test = "step03_loss::linux::sending::\
                says_ok_to_what_does_not_leave_the_machine";
    in_own_network(test, &slow(10_000), || {
        within(DEADLINE, || {
            let (sender, receiver) = sockets();
            sender.set_nonblocking(true).expect("it can be");
            send(&sender, 0..MANY, 1000);
            let [out, at_home] = ["OutDatagrams", "SndbufErrors"]
                .map(|name| counter("Udp", name));
            println!("{out} out, {at_home} at home");
            assert!(at_home > 4000, "{at_home}");
            assert_eq!(out + at_home, MANY as usize);
            assert_eq!(lost(), 0, "the receiver has room");
            drop(receiver);
            String::new()
        })
    });
}

/// How many the kernel took, and what it said of the next.
fn until_refused(sender: &UdpSocket) -> (u32, io::Error) {
    let mut taken = 0;
    loop {
        match sender.send(&[0; 1000]) {
            Ok(_) => taken += 1,
            Err(error) => return (taken, error),
        }
        assert!(taken < MANY, "nothing stops it");
    }
}
