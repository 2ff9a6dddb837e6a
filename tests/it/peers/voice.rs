//! UDP step 6 compares datagrams with a model of TCP. This is the kernel's.
#![cfg(target_os = "linux")]

use std::fs::File;

use testkit::{DEADLINE, in_own_network, skip, within};

use super::{printed, script};

/// 5 % of the packets are lost, 40 ms ± 10 ms each way: of datagrams that is how
/// many are missing, whatever the play-out delay. Over TCP all arrive, and more
/// than that come later than 100 ms after they were sent. (A machine that is
/// busy makes more of them late, and none fewer.)
#[test]
fn the_kernels_tcp_is_late_too() {
    let test = "peers::voice::the_kernels_tcp_is_late_too";
    let experiment = || {
        within(DEADLINE, || {
            let script = script("voice_over_tcp.py", &["0.05"]);
            printed(&mut script.expect("python is there"), "")
        })
    };
    let tun = File::options().read(true).write(true).open("/dev/net/tun");
    if let Err(error) = tun {
        return skip(&format!("/dev/net/tun: {error}"));
    }
    if script("voice_over_tcp.py", &[]).is_none() {
        return;
    }
    let Some(shares) = in_own_network(test, ":", experiment) else { return };
    println!("{shares}");
    let mut lines = shares.lines();
    assert_eq!(lines.next(), Some("3000 frames"), "all arrive");
    let share = |line: &str| line.split(' ').next()?.parse::<f64>().ok();
    let after_100_ms = lines.next().and_then(share).expect("a share");
    assert!(after_100_ms > 7.5, "{after_100_ms} %");
}
