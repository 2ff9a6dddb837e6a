//! The jitter buffer and what is played in the gaps.

use lesson_udp::step06_voice::{
    Concealer, Counts, JitterBuffer, Kind, Packet, emit, end, packets,
};

use super::{hum, ms};

/// A frame whose samples are its number.
fn frame(number: u32) -> Vec<u8> {
    let sample = i16::try_from(number % 10_000).expect("four digits");
    emit(Kind::Linear, 8, number, number * 160, &[sample; 160])
}

fn put(buffer: &mut JitterBuffer, bytes: &[u8]) {
    buffer.put(&Packet::parse(bytes).expect("one of ours"));
}

fn play(buffer: &mut JitterBuffer) -> Option<i16> {
    buffer.play().map(|frame| frame[0])
}

/// A buffer for a voice that began at 0, with a play-out delay of 100 ms.
fn buffer() -> JitterBuffer {
    JitterBuffer::new(8, 0, ms(0), ms(100))
}

#[test]
fn plays_in_order_what_came_in_any() {
    let mut buffer = buffer();
    for number in [0, 2, 1, 3] {
        put(&mut buffer, &frame(number));
    }
    for number in 0..4 {
        assert_eq!(buffer.next_at(), Some(ms(100 + 20 * number)));
        assert_eq!(play(&mut buffer), i16::try_from(number).ok());
    }
    assert_eq!(buffer.counts(), Counts { heard: 4, ..Counts::default() });
}

#[test]
fn a_late_frame_is_as_good_as_lost() {
    let mut buffer = buffer();
    put(&mut buffer, &frame(0));
    put(&mut buffer, &frame(2));
    assert_eq!(play(&mut buffer), Some(0));
    assert_eq!(play(&mut buffer), None);
    put(&mut buffer, &frame(1));
    assert_eq!(play(&mut buffer), Some(2), "it does not go back");
    let counts = Counts { heard: 2, missing: 1, late: 1, ..buffer.counts() };
    assert_eq!(buffer.counts(), counts);
    // Once more: it is no second late frame.
    put(&mut buffer, &frame(1));
    put(&mut buffer, &frame(2));
    assert_eq!(buffer.counts(), Counts { again: 2, ..counts });
}

#[test]
fn a_frame_that_comes_twice_is_played_once() {
    let mut buffer = buffer();
    put(&mut buffer, &frame(0));
    put(&mut buffer, &frame(0));
    assert_eq!(play(&mut buffer), Some(0));
    assert_eq!(
        buffer.counts(),
        Counts { heard: 1, again: 1, ..buffer.counts() }
    );
}

#[test]
fn it_is_over_when_the_end_has_been_played() {
    let mut buffer = buffer();
    let voice = hum(2);
    put(&mut buffer, &end(&voice));
    put(&mut buffer, &packets(&voice, Kind::Linear)[1]);
    assert_eq!(play(&mut buffer), None);
    assert!(buffer.play().is_some());
    assert_eq!(buffer.next_at(), None);
    assert_eq!((buffer.counts().heard, buffer.counts().missing), (1, 1));
}

/// An end of another voice, or one in the far future, is none: nobody waits for
/// what was never spoken.
#[test]
fn not_every_end_is_believed() {
    let mut buffer = buffer();
    put(&mut buffer, &frame(0));
    let ends = [(16, 320), (8, u32::MAX), (8, 8000 * 60)];
    for (khz, timestamp) in ends {
        let end = emit(Kind::End, khz, 1, timestamp, &[]);
        let end = Packet::parse(&end).expect("one of ours");
        assert!(!buffer.put(&end), "{khz} kHz, {timestamp}");
    }
    for _ in 0..300 {
        buffer.play();
    }
    let counts = Counts { heard: 1, refused: 3, ..Counts::default() };
    assert_eq!(buffer.counts(), counts);
    assert!(buffer.next_at().is_some(), "nobody has ended it");
}

/// Where nobody says that it ended, what never came was perhaps never spoken.
#[test]
fn silence_at_the_end_is_not_missing() {
    let mut buffer = buffer();
    put(&mut buffer, &frame(0));
    for _ in 0..100 {
        buffer.play();
    }
    assert_eq!((buffer.counts().heard, buffer.counts().missing), (1, 0));
    // A late one says that there was more, and that the rest is missing.
    put(&mut buffer, &frame(9));
    assert_eq!((buffer.counts().missing, buffer.counts().late), (9, 1));
}

/// The first frames may be overtaken too. What can still be in time is waited
/// for, and for a voice that began an hour ago nobody plays an hour of silence.
#[test]
fn it_begins_with_what_comes_first() {
    let mut buffer = JitterBuffer::new(8, 160, ms(50), ms(100));
    put(&mut buffer, &frame(1));
    put(&mut buffer, &frame(0));
    assert_eq!(buffer.next_at(), Some(ms(130)), "20 ms before the first");
    assert_eq!((play(&mut buffer), play(&mut buffer)), (Some(0), Some(1)));

    let mut buffer = JitterBuffer::new(8, 180_000 * 160, ms(50), ms(100));
    put(&mut buffer, &frame(180_000));
    assert_eq!(buffer.next_at(), Some(ms(50)));
    let before: Vec<_> = (0..5).map(|_| play(&mut buffer)).collect();
    assert_eq!(before, [None; 5]);
    assert_eq!(buffer.next_at(), Some(ms(150)));
    assert_eq!(play(&mut buffer), Some(0));
}

/// A flood of frames from all times takes the memory of a second.
#[test]
fn no_flood_takes_more_than_a_second() {
    let mut buffer = buffer();
    let all = (0..=u32::MAX).step_by(1_000_003).chain(0..10_000);
    for timestamp in all.chain([u32::MAX, 161, 159]) {
        put(&mut buffer, &emit(Kind::Linear, 8, 0, timestamp, &[1; 160]));
    }
    put(&mut buffer, &emit(Kind::Linear, 16, 0, 0, &[1; 320]));
    let counts = buffer.counts();
    assert!(counts.refused > 4000, "{counts:?}");
    let heard = (0..10_000).filter(|_| buffer.play().is_some()).count();
    assert!(heard <= 56, "{heard} frames were kept");
    // The play-out goes on, and forgets what it missed long ago.
    put(&mut buffer, &frame(9_999));
    put(&mut buffer, &frame(100));
    assert_eq!((buffer.counts().late, buffer.counts().again >= 1), (1, true));
}

#[test]
fn a_gap_is_the_last_frame_fading() {
    let mut concealer = Concealer::new(true);
    assert_eq!(concealer.play(None, 160), [0; 160], "nothing to repeat yet");
    assert_eq!(concealer.play(Some(vec![900; 160]), 160), [900; 160]);
    let gap: Vec<_> = (0..4).flat_map(|_| concealer.play(None, 160)).collect();
    assert_eq!((gap[0], gap[160], gap[320], gap[479]), (900, 600, 300, 1));
    assert!(gap.windows(2).all(|pair| pair[0] >= pair[1]), "never louder");
    assert_eq!(gap[480..], [0; 160], "silent after 60 ms");
    // The next one is heard as it is, and fades like the first.
    assert_eq!(concealer.play(Some(vec![-900; 160]), 160), [-900; 160]);
    assert_eq!(concealer.play(None, 160)[0], -900);
    let mut concealer = Concealer::new(false);
    concealer.play(Some(vec![900; 160]), 160);
    assert_eq!(concealer.play(None, 160), [0; 160]);
}
