//! What is a voice and what is none: files that are not what they should be.

use std::io::Cursor;

use hound::{SampleFormat, WavSpec, WavWriter};
use lesson_udp::step06_voice::{LONGEST, NotAVoice, Voice, spec};

use super::{hum, speech};

fn wav(spec: WavSpec, samples: usize) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let mut wav = WavWriter::new(&mut bytes, spec).expect("a good spec");
    for _ in 0..samples {
        match (spec.sample_format, spec.bits_per_sample) {
            (SampleFormat::Float, _) => wav.write_sample(0.5f32),
            (SampleFormat::Int, 8) => wav.write_sample(1i8),
            (SampleFormat::Int, _) => wav.write_sample(1i16),
        }
        .expect("memory");
    }
    wav.finalize().expect("memory");
    bytes.into_inner()
}

/// What is said about these bytes.
fn complaint(bytes: &[u8]) -> String {
    Voice::read(bytes).expect_err("no voice").to_string()
}

#[test]
fn is_the_same_after_a_file() {
    let voice = hum(3);
    let mut bytes = Cursor::new(Vec::new());
    voice.write(&mut bytes).expect("memory");
    assert_eq!(Voice::read(&bytes.into_inner()[..]).expect("a voice"), voice);
    let wide = wav(spec(16), 320);
    assert_eq!(Voice::read(&wide[..]).expect("a voice").khz, 16);
}

/// 4.3 s are no whole number of frames: the last one ends in silence.
#[test]
fn has_whole_frames() {
    let voice = speech();
    let frames: Vec<_> = voice.frames().collect();
    assert_eq!((voice.samples.len(), frames.len()), (34_387, 215));
    assert!(frames.iter().all(|frame| frame.len() == 160));
    let heard: Vec<_> = frames.concat();
    let (samples, rest) = heard.split_at(voice.samples.len());
    assert_eq!(samples, voice.samples);
    assert_eq!(rest, [0; 13]);
}

#[test]
fn is_one_channel_of_16_bits_at_8_or_16_khz() {
    let with = |change: fn(&mut WavSpec)| {
        let mut spec = spec(8);
        change(&mut spec);
        complaint(&wav(spec, 320))
    };
    let mend = "; try: sox FILE.wav -r 8000 -b 16 -c 1 voice.wav";
    for (change, what) in [
        (
            (|spec| spec.channels = 2) as fn(&mut WavSpec),
            "2 channels instead of one",
        ),
        (
            |spec| spec.bits_per_sample = 8,
            "samples are whole numbers of 8 bits, not of 16",
        ),
        (
            |spec| {
                spec.sample_format = SampleFormat::Float;
                spec.bits_per_sample = 32;
            },
            "samples are floating point numbers, not whole ones of 16 bits",
        ),
        (
            |spec| spec.sample_rate = 44_100,
            "44100 samples a second, not 8000 or 16000",
        ),
    ] {
        assert_eq!(with(change), format!("{what}{mend}"));
    }
}

#[test]
fn is_not_empty_and_not_cut_off() {
    assert_eq!(complaint(&wav(spec(8), 0)), "there is no sample in it");
    assert_eq!(complaint(b""), "it is cut off, or empty");
    let text = b"A text is not a voice, however long it may be.";
    assert!(complaint(text).starts_with("not a WAV file: "));
    // Wherever it is cut off, it is an error and not a shorter voice.
    let whole = wav(spec(8), 100);
    for length in 0..whole.len() {
        let error = Voice::read(&whole[..length]).expect_err("cut off");
        assert!(matches!(error, NotAVoice::Truncated), "{length}: {error}");
    }
}

/// A header may promise 4 GB: nobody believes it, and nothing is allocated.
#[test]
fn is_not_longer_than_ten_minutes() {
    let mut bytes = wav(spec(8), 100);
    bytes[40..44].copy_from_slice(&0xffff_fffe_u32.to_le_bytes());
    assert_eq!(complaint(&bytes), "longer than 10 minutes; cut it");
    let most = u32::try_from(LONGEST.as_secs() * 8000 * 2).expect("19 MB");
    bytes[40..44].copy_from_slice(&most.to_le_bytes());
    assert_eq!(complaint(&bytes), "it is cut off, or empty");
}

/// Each byte of the header with each value it can have: a voice or an error,
/// and never a panic.
#[test]
fn a_header_may_hold_anything() {
    let whole = wav(spec(8), 100);
    let mut voices = 0;
    for at in 0..44 {
        for value in 0..=255 {
            let mut bytes = whole.clone();
            bytes[at] = value;
            voices += usize::from(Voice::read(&bytes[..]).is_ok());
        }
    }
    println!("{voices} of {} were voices all the same", 44 * 256);
    assert!(voices >= 44, "the right value is among them");
}
