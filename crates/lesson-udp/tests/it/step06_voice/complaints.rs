//! What the programs say to bad input, and where nothing comes.

use std::{fs, io::Cursor, process::Command};

use lesson_udp::step06_voice::spec;
use testkit::{DEADLINE, Ended, Program, within};

use super::{
    program::{Directory, client, server, text, voice},
    speech_file,
};

#[test]
fn bad_input_is_one_line() {
    let complaint = |command: &mut Command| {
        let Ended { code, stdout, stderr } = Program::run(command, b"");
        assert_eq!(stdout, "", "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        (code, stderr)
    };
    within(DEADLINE, move || {
        let dir = Directory::new("bad");
        let speech = speech_file();
        let (speech, out) = (text(&speech), text(&dir));
        let file = |name: &str, bytes: &[u8]| {
            let path = dir.join(name);
            fs::write(&path, bytes).expect("written");
            text(&path).to_owned()
        };
        let mut stereo = Cursor::new(Vec::new());
        let two = hound::WavSpec { channels: 2, ..spec(8) };
        let mut wav = hound::WavWriter::new(&mut stereo, two).expect("good");
        wav.write_sample(1i16).expect("memory");
        wav.write_sample(1i16).expect("memory");
        wav.finalize().expect("memory");
        let stereo = file("stereo.wav", &stereo.into_inner());
        for (file, what) in [
            (file("empty.wav", b""), "it is cut off, or empty"),
            (file("text.wav", b"a text"), "not a WAV file: "),
            (dir.join("none.wav").display().to_string(), ""),
            (out.to_owned(), ""),
            (stereo, "2 channels instead of one; try: sox FILE.wav -r 8000"),
        ] {
            for command in
                [&mut voice(&[&file, "--out", out]), &mut client(&[&file])]
            {
                let (code, line) = complaint(command);
                let start = format!("error: {file}: {what}");
                assert!(line.starts_with(&start), "{line}");
                assert_eq!(code, Some(1));
            }
        }
        for (args, what) in [
            (
                ["--loss", "101%"],
                "'101%' for '--loss <SHARE>': expected a share",
            ),
            (["--loss", "-1%"], "'-1%' for '--loss <SHARE>': expected a share"),
            (["--loss", "x"], "'x' for '--loss <SHARE>': expected a share"),
            (
                ["--rate", "0kbit"],
                "'0kbit' for '--rate <RATE>': expected a rate",
            ),
            (["--playout", "0ms"], "no frame is heard when it is spoken"),
            (
                ["--playout", "2m"],
                "'2m' for '--playout <TIME>': expected a time",
            ),
            (["--jitter", "50ms"], "a jitter of 50ms would bring"),
        ] {
            let (code, line) = complaint(voice(&[speech]).args(args));
            assert!(line.contains(what), "{line}");
            assert_eq!(code, Some(2));
        }
        let (code, line) = complaint(&mut client(&[]));
        assert!(line.contains("try crates/lesson-udp/voice/speech.wav"));
        assert_eq!(code, Some(2));
        let (code, line) = complaint(&mut server(&[]));
        assert!(line.contains("try --out heard.wav"), "{line}");
        assert_eq!(code, Some(2));
        let args = ["--out", "x.wav", "--playout", "0s"];
        let (code, line) = complaint(&mut server(&args));
        assert!(line.contains("every frame would be late"), "{line}");
        assert_eq!(code, Some(2));
        let (code, line) = complaint(&mut server(&["--out", out]));
        assert!(line.starts_with(&format!("error: {out}: ")), "{line}");
        assert_eq!(code, Some(1));
        let (code, line) = complaint(&mut voice(&[speech, "--out", speech]));
        assert!(line.starts_with(&format!("error: {speech}: ")), "{line}");
        assert_eq!(code, Some(1));
    });
}

/// Where all is lost there is silence, and an end.
#[test]
fn all_may_be_lost() {
    within(DEADLINE, || {
        let out = Directory::new("lost");
        let (out, speech) = (text(&out), speech_file());
        let args = [text(&speech), "--loss", "100%", "--out", out];
        let Ended { code, stdout, stderr } =
            Program::run(&mut voice(&args), b"");
        assert_eq!((code, &*stderr), (Some(0), ""));
        for file in ["datagrams", "unconcealed", "stream"] {
            let row = format!("| {file}.wav | 0 | 215 | 0 |");
            assert!(stdout.contains(&row), "{stdout}");
        }
    });
}

/// The kernel at the other end says that nobody has that port, and a connected
/// socket is told.
#[test]
#[cfg(unix)]
fn a_speaker_is_told_that_nobody_is_there() {
    use crate::conversations::loopback;

    within(DEADLINE, || {
        let socket = std::net::UdpSocket::bind(loopback());
        let socket = socket.expect("a free port");
        let nobody = socket.local_addr().expect("it is bound").to_string();
        drop(socket);
        let speech = speech_file();
        let mut client = client(&["--addr", &nobody, text(&speech)]);
        let Ended { code, stderr, .. } = Program::run(&mut client, b"");
        let line = format!(
            "error: {nobody}: connection refused: nobody listens there; start \
             the server, or try another --addr\n"
        );
        assert_eq!((code, stderr), (Some(1), line));
    });
}
