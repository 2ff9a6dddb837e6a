//! curl and a browser: to them our server is a web server.

mod step05;

use std::process::Command;
#[cfg(target_os = "linux")]
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

use super::{TIMES, our_server, run, with_programs};

#[test]
fn curl_gets_the_page() {
    with_programs(|| {
        let mut server = our_server("server", &[]);
        let page = format!("http://{}/", server.addr());
        let Some(mut curl) = curl(&page) else { return };
        for _ in 0..TIMES {
            assert_eq!(run(&mut curl, b""), PAGE);
        }
    });
}

/// A request of which our server reads a thousandth before it replies: a close
/// with the rest unread would be an RST, and curl would complain.
#[test]
fn curl_gets_the_page_for_a_megabyte() {
    with_programs(|| {
        let mut server = our_server("server", &[]);
        let page = format!("http://{}/", server.addr());
        let Some(mut curl) = curl(&page) else { return };
        // Without `Expect`, or curl would ask first whether it may go on.
        curl.args(["-H", "Expect:", "--data-binary", "@-"]);
        assert_eq!(run(&mut curl, &vec![b'x'; 1 << 20]), PAGE);
    });
}

/// The reply names no charset. The browser guesses, and is right.
#[test]
#[cfg(target_os = "linux")]
fn a_browser_shows_the_page() {
    with_programs(|| {
        let mut server = our_server("server", &[]);
        let Some((shown, _)) = browser(server.addr(), "/") else { return };
        assert!(shown.contains("<h1> 一起加油 !!!</h1>"), "{shown}");
    });
}

/// Browsers so far: each has a profile of its own.
#[cfg(target_os = "linux")]
static NUMBER: AtomicUsize = AtomicUsize::new(0);

/// What [`browse`] says of a page of our server.
#[cfg(target_os = "linux")]
fn browser(server: SocketAddr, path: &str) -> Option<(String, String)> {
    browse(&format!("http://{server}{path}"))
}

/// What a browser without a window shows, and what it complains about, if there
/// is one.
#[cfg(target_os = "linux")]
pub(super) fn browse(page: &str) -> Option<(String, String)> {
    let mut browser = find(&["chromium", "google-chrome", "chromium-browser"])?;
    let number = NUMBER.fetch_add(1, Relaxed);
    let profile = format!("browser-{}-{number}", std::process::id());
    let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(profile);
    browser
        .args(["--headless", "--no-sandbox", "--disable-gpu"])
        .args(["--disable-quic", "--no-first-run", "--disable-sync"])
        .args(["--disable-background-networking"])
        .arg("--disable-component-update")
        .arg(format!("--user-data-dir={}", profile.display()))
        .args(["--dump-dom", page]);
    let log = profile.with_extension("log");
    browser.stderr(fs::File::create(&log).expect("it is ours"));
    let shown = run(&mut browser, b"");
    let complaints = fs::read(&log).expect("it is ours");
    // One of its processes may still be writing there.
    let _ = fs::remove_dir_all(profile);
    let _ = fs::remove_file(log);
    let shown = String::from_utf8(shown).expect("it prints UTF-8");
    Some((shown, String::from_utf8_lossy(&complaints).into_owned()))
}

fn curl(page: &str) -> Option<Command> {
    let mut curl = find(&["curl"])?;
    // -q: whatever the user's own settings are.
    curl.args(["-q", "-s", "--noproxy", "*", "--max-time", "20", page]);
    Some(curl)
}

/// The first of these programs that is there.
fn find(names: &[&str]) -> Option<Command> {
    let runs = |name: &&&str| {
        let output = Command::new(name).arg("--version").output();
        output.is_ok_and(|output| output.status.success())
    };
    let Some(name) = names.iter().find(runs) else {
        testkit::skip(&format!("no {}", names.join(", no ")));
        return None;
    };
    Some(Command::new(name))
}

/// `<h1> 一起加油 !!!</h1>` in GB2312.
const PAGE: &[u8] = b"<h1> \xd2\xbb\xc6\xf0\xbc\xd3\xd3\xcd !!!</h1>";
