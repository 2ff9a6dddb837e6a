//! The programs, as a learner runs them.

use std::{
    fs,
    io::Cursor,
    ops::Deref,
    path::{Path, PathBuf},
    process::{self, Command},
};

use lesson_udp::step06_voice::Voice;
use testkit::{DEADLINE, Ended, Program, within};

use super::{hum, speech_file};

/// A directory of one test in one run, for as long as that takes.
pub(super) struct Directory(PathBuf);

impl Directory {
    pub(super) fn new(name: &str) -> Self {
        let name = format!("step06_{name}_{}", process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&path).expect("a place to write");
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        // What is left behind is in the way of nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Deref for Directory {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

pub(super) fn voice(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-voice"));
    command.args(args);
    command
}

pub(super) fn client(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-client"));
    command.args(["--step", "6"]).args(args);
    command
}

pub(super) fn server(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_udp-server"));
    command.args(["--step", "6", "--addr", "127.0.0.1:0"]).args(args);
    command
}

pub(super) fn text(path: &Path) -> &str {
    path.to_str().expect("text")
}

/// The figures, the plot and the sounds of the chapter come from the program.
pub(super) fn as_in_the_book() -> String {
    let out = Directory::new("book");
    let speech = speech_file();
    let args = ["--loss", "5%", "--seed", "7", "--out", text(&out)];
    let mut voice = voice(&[text(&speech)]);
    let Ended { code, stdout, stderr } = Program::run(voice.args(args), b"");
    assert_eq!((code, &*stderr), (Some(0), ""));

    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/src/udp");
    let accepts =
        std::env::var("INSTA_UPDATE").is_ok_and(|how| how == "always");
    let files = ["datagrams.wav", "unconcealed.wav", "stream.wav", "late.svg"];
    for (file, there) in files
        .map(|name| (out.join(name), name))
        .into_iter()
        .chain([(speech, "spoken.wav")])
    {
        let there = book.join(format!("step06_{there}"));
        let made = lines(fs::read(&file).expect("it was written"));
        if accepts {
            fs::write(&there, &made).expect("it can be written");
        }
        let kept = lines(fs::read(&there).unwrap_or_default());
        assert!(kept == made, "{} is another one", there.display());
    }
    let page = fs::read(book.join("step06_voice.md")).expect("a page");
    let page = String::from_utf8(lines(page)).expect("text");
    for table in stdout.split("\n\n").filter(|part| part.starts_with('|')) {
        assert!(page.contains(table.trim_end()), "not in the book:\n{table}");
    }
    stdout
}

/// A checkout on Windows may have other line ends in what is text.
fn lines(bytes: Vec<u8>) -> Vec<u8> {
    match String::from_utf8(bytes) {
        Ok(text) => text.replace("\r\n", "\n").into_bytes(),
        Err(binary) => binary.into_bytes(),
    }
}

#[test]
fn a_voice_is_heard_and_written_down() {
    within(DEADLINE, || {
        let dir = Directory::new("heard");
        let (spoken, heard) = (dir.join("spoken.wav"), dir.join("heard.wav"));
        for (flags, is_exact) in [(&[][..], true), (&["--mulaw"], false)] {
            let voice = Voice { khz: 16, samples: hum(20).samples };
            let mut bytes = Cursor::new(Vec::new());
            voice.write(&mut bytes).expect("memory");
            fs::write(&spoken, bytes.into_inner()).expect("written");
            fs::write(&heard, "what was there before").expect("written");
            // Nothing is late, whatever this machine does meanwhile.
            let args = ["--playout", "5s", "--out", text(&heard)];
            let mut server = Program::start(&mut server(&args));
            let addr = server.addr().to_string();
            let mut client = client(&["--addr", &addr, text(&spoken)]);
            let ended = Program::run(client.args(flags), b"");
            let stdout = "speaking for 0.2 s\n".to_owned();
            let (code, stderr) = (Some(0), String::new());
            assert_eq!(ended, Ended { code, stdout, stderr });
            assert!(server.line().starts_with("a voice of 16 kHz [127.0.0.1:"));
            let end =
                "it ended: 10 frames heard, 0 missing, of which 0 came late";
            assert_eq!(server.line(), end);
            assert_eq!(server.wait(), Some(0));
            let heard = Voice::open(&heard).expect("a voice");
            assert_eq!(heard.samples.len(), voice.samples.len());
            assert_eq!(heard == voice, is_exact);
        }
    });
}

/// Whatever ends the listener, Ctrl-C or worse: what was heard is there.
#[test]
#[cfg(unix)]
fn a_recording_survives_its_listener() {
    within(DEADLINE, || {
        // Where the machine stands still, the listener may have ended by itself.
        while !is_killed_while_it_listens() {}
    });
}

#[cfg(unix)]
fn is_killed_while_it_listens() -> bool {
    use lesson_udp::step06_voice::{Kind, packets};

    use crate::conversations::loopback;

    let dir = Directory::new("killed");
    let heard = dir.join("heard.wav");
    let mut server = Program::start(&mut server(&["--out", text(&heard)]));
    let addr = server.addr();
    let socket = std::net::UdpSocket::bind(loopback());
    let socket = socket.expect("a free port");
    // A second and a bit at once: it is in the buffer until its time comes.
    for packet in packets(&hum(54), Kind::Linear) {
        socket.send_to(&packet, addr).expect("sent");
    }
    // From the first moment it is a WAV file; after half a second there is half
    // a second in it.
    let samples = || Voice::open(&heard).map_or(0, |v| v.samples.len());
    while samples() < 4000 {
        std::thread::yield_now();
    }
    let id = server.id().to_string();
    let sent = Command::new("kill").args(["-KILL", &id]).status();
    let is_sent = sent.expect("kill is there").success();
    let code = server.wait();
    assert!(samples() >= 4000, "half a second is there");
    is_sent && code.is_none()
}
