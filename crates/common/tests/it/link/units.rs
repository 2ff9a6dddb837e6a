//! Shares and rates, as people write them.

use std::time::Duration;

use common::link::{NotARate, NotAShare, Rate, Share};

#[test]
fn shares() {
    for (text, share, shown) in [
        ("5%", 0.05, "5 %"),
        ("0.05", 0.05, "5 %"),
        ("7 %", 0.07, "7 %"),
        ("0.1%", 0.001, "0.1 %"),
        ("0", 0.0, "0 %"),
        ("-0%", 0.0, "0 %"),
        ("100%", 1.0, "100 %"),
        ("1", 1.0, "100 %"),
    ] {
        let found: Share = text.parse().expect("a share");
        assert!((found.get() - share).abs() < 1e-12, "{text}");
        assert_eq!(found.to_string(), shown);
    }
    for text in ["5", "101%", "-1%", "NaN", "inf", "%", "", "five"] {
        assert_eq!(text.parse::<Share>(), Err(NotAShare), "{text}");
    }
}

#[test]
fn rates() {
    for (text, bits, shown) in [
        ("64kbit", 64_000, "64 kbit/s"),
        ("1.5mbit", 1_500_000, "1500 kbit/s"),
        ("1gbit", 1_000_000_000, "1000 Mbit/s"),
        ("100Mbit", 100_000_000, "100 Mbit/s"),
        ("800bit", 800, "800 bit/s"),
    ] {
        let found: Rate = text.parse().expect("a rate");
        assert_eq!((found.get(), &*found.to_string()), (bits, shown));
    }
    for text in
        ["0mbit", "0.1bit", "-1kbit", "1", "mbit", "", "2tbit", "9e9gbit"]
    {
        assert_eq!(text.parse::<Rate>(), Err(NotARate), "{text}");
    }
    assert_eq!(Rate::of(0), None);
}

/// Rounded up, so that a rate is never exceeded.
#[test]
fn a_rate_says_how_long_bytes_take() {
    let rate = |bits| Rate::of(bits).expect("more than 0");
    let nanos = Duration::from_nanos;
    assert_eq!(rate(8000).time(1000), Duration::from_secs(1));
    assert_eq!(rate(3).time(1), nanos(2_666_666_667));
    assert_eq!(rate(1).time(0), Duration::ZERO);
    assert_eq!(rate(1).time(usize::MAX), nanos(u64::MAX));
}
