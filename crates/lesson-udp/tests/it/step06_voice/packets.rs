//! Datagrams of a voice, and datagrams that only look like it.

use lesson_udp::step06_voice::{
    Kind, Malformed, Packet, compress, emit, end, expand, packets,
};

use super::{hum, speech};

#[test]
fn hold_what_was_put_into_them() {
    let voice = speech();
    let packets = packets(&voice, Kind::Linear);
    let mut samples = Vec::new();
    for (bytes, number) in packets.iter().zip(0..) {
        let packet = Packet::parse(bytes).expect("one of ours");
        assert_eq!((packet.kind(), packet.khz()), (Kind::Linear, 8));
        assert_eq!(packet.sequence(), number);
        assert_eq!(packet.timestamp(), number * 160);
        samples.extend(packet.samples());
    }
    samples.truncate(voice.samples.len());
    assert_eq!(samples, voice.samples);
    let bytes = end(&voice);
    let end = Packet::parse(&bytes).expect("one of ours");
    assert_eq!((end.kind(), end.timestamp()), (Kind::End, 215 * 160));
    assert!(end.samples().is_empty());
}

/// Half as many bytes, and at most one part in 16 beside the truth.
#[test]
fn are_half_as_long_in_mu_law() {
    let voice = hum(1);
    let [linear, half] =
        [Kind::Linear, Kind::MuLaw].map(|kind| packets(&voice, kind).remove(0));
    assert_eq!((linear.len(), half.len()), (12 + 320, 12 + 160));
    let samples = Packet::parse(&half).expect("one of ours").samples();
    for (&heard, &spoken) in samples.iter().zip(&voice.samples) {
        let error = heard.abs_diff(spoken);
        assert!(error <= 4 + spoken.unsigned_abs() / 16, "{spoken}: {heard}");
    }
}

/// The ends of the scale are ITU's: the rest follows from octaves and steps.
#[test]
fn mu_law_is_that_of_telephones() {
    for (sample, code) in [
        (0, 0xff),
        (8, 0xfe),
        (1000, 0xce),
        (-1000, 0x4e),
        (32_124, 0x80),
        (i16::MAX, 0x80),
        (i16::MIN, 0x00),
    ] {
        assert_eq!(compress(sample), code, "{sample}");
    }
    // What was compressed once loses nothing more. (There are two zeros.)
    for code in (0..=255).filter(|&code| code != 0x7f) {
        assert_eq!(compress(expand(code)), code);
    }
}

#[test]
fn that_are_malformed_are_told() {
    let good = packets(&hum(1), Kind::Linear).remove(0);
    let with = |at: usize, value| {
        let mut bytes = good.clone();
        bytes[at] = value;
        Packet::parse(&bytes).map(|packet| packet.kind())
    };
    assert_eq!(with(0, 2), Err(Malformed::Version(2)));
    assert_eq!(with(1, 3), Err(Malformed::Kind(3)));
    assert_eq!(with(2, 9), Err(Malformed::Khz(9)));
    // As 16 kHz, as µ-law, as an end: it would have another length.
    for (at, value) in [(2, 16), (1, 1), (1, 2)] {
        assert_eq!(with(at, value), Err(Malformed::Length(332)));
    }
    let longer = [&good[..], b"x"].concat();
    assert_eq!(Packet::parse(&longer), Err(Malformed::Length(333)));
}

/// No length and no byte of the header makes it panic, or a longer frame.
#[test]
fn may_hold_anything() {
    let longest = emit(Kind::Linear, 16, u32::MAX, u32::MAX, &[-1; 320]);
    assert!(Packet::parse(&longest).is_ok());
    for length in 0..longest.len() {
        assert!(Packet::parse(&longest[..length]).is_err());
    }
    for at in 0..12 {
        for value in 0..=255 {
            let mut bytes = longest.clone();
            bytes[at] = value;
            if let Ok(packet) = Packet::parse(&bytes) {
                assert!(packet.samples().len() <= 320);
            }
        }
    }
}
