//! How much room there is, and what takes it.

use std::fs;

use lesson_udp::step03_loss::buffer_size;

use super::*;

#[test]
fn linux_doubles_what_was_asked_for() {
    let (_, receiver) = sockets();
    let set = |bytes| set_buffer_size(&receiver, bytes).expect("it can be");
    assert_eq!(set(10_000), 20_000);
    // Again, and smaller: a UDP socket may change its mind at any time.
    assert_eq!(set(5000), 10_000);
    let least = set(1);
    println!("asked for 1, given {least}");
    assert!(least > 256, "what socket(7) says is the least");
    if cfg!(target_arch = "x86_64") {
        assert_eq!(least, 2304);
    }
}

/// More than the system allows is cut, without a word.
#[test]
fn the_system_sets_the_largest() {
    let most = fs::read_to_string("/proc/sys/net/core/rmem_max");
    let Ok(most) = most else {
        testkit::skip("this system hides rmem_max");
        return;
    };
    let most: usize = most.trim().parse().expect("a number");
    let (_, receiver) = sockets();
    let given = set_buffer_size(&receiver, 1 << 30).expect("no error");
    assert_eq!(given, 2 * most);
}

/// A datagram of one byte takes hundreds: the kernel's notes count as well.
#[test]
fn small_datagrams_fill_it_too() {
    let test = "step03_loss::linux::sizes::small_datagrams_fill_it_too";
    in_own_network(test, NETWORK, || {
        within(DEADLINE, || {
            let kept = |length: usize| {
                let (sender, receiver) = sockets();
                for _ in 0..MANY {
                    sender.send(&vec![0; length]).expect("it always is");
                }
                let kept = read(&receiver).len();
                let size = buffer_size(&receiver).expect("it is open");
                println!("{length} bytes: {kept} fit into {size}");
                assert!(kept < MANY as usize, "{length} bytes: all fit");
                (kept, size)
            };
            let rows: Vec<_> = [0, 1, 56, 1000, 1472, 9000, 60_000]
                .into_iter()
                .map(|length| (length, kept(length)))
                .collect();
            // The fewer bytes, the more fit, or as many; and of the small ones
            // by far not as many as their bytes would let.
            assert!(rows.is_sorted_by(|a, b| a.1.0 >= b.1.0), "{rows:?}");
            let (one, (kept, size)) = rows[1];
            assert!(kept * one < size / 100, "{rows:?}");
            String::new()
        })
    });
}

/// One that is larger than the whole buffer is taken if nothing else waits.
#[test]
fn one_always_fits() {
    within(DEADLINE, || {
        let (sender, receiver) = sockets();
        let size = set_buffer_size(&receiver, 1).expect("it can be");
        for number in 0..2 {
            send(&sender, number..5, 60_000);
            assert!(size < 60_000);
            assert_eq!(numbers(&read(&receiver)), [number]);
        }
    });
}

/// A TCP receive buffer that nobody has set grows with the traffic (TCP, step
/// 8). This one does not: there is no sender to be told of it.
#[test]
fn it_does_not_grow_by_itself() {
    within(DEADLINE, || {
        let (sender, receiver) = sockets();
        let before = buffer_size(&receiver).expect("it is open");
        for round in 0..20 {
            send(&sender, MANY * round..MANY * (round + 1), 100);
            read(&receiver);
        }
        assert_eq!(buffer_size(&receiver).expect("it is open"), before);
    });
}

/// More room can be had while datagrams wait, and those that wait stay.
#[test]
fn it_can_be_set_at_any_time() {
    within(DEADLINE, || {
        let (sender, receiver) = sockets();
        set_buffer_size(&receiver, 10_000).expect("it can be");
        send(&sender, 0..100, 1000);
        set_buffer_size(&receiver, 100_000).expect("it can be");
        send(&sender, 100..110, 1000);
        let read = numbers(&read(&receiver));
        let gap = read.windows(2).filter(|pair| pair[1] != pair[0] + 1);
        // The newest of the first hundred are missing, then it goes on.
        assert_eq!(gap.count(), 1, "{read:?}");
        assert!(read.ends_with(&(100..110).collect::<Vec<_>>()), "{read:?}");
    });
}
