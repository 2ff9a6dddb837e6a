//! curl and a browser: to them our server is a web server.

use std::process::Command;

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
    use std::{fs, path::Path, process::Stdio};

    let names = ["chromium", "google-chrome", "chromium-browser"];
    with_programs(move || {
        let Some(mut browser) = find(&names) else { return };
        let mut server = our_server("server", &[]);
        let profile = format!("browser-{}", std::process::id());
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(profile);
        browser
            .args(["--headless", "--no-sandbox", "--disable-gpu"])
            .args(["--disable-quic", "--no-first-run", "--disable-sync"])
            .args(["--disable-background-networking"])
            .arg("--disable-component-update")
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(["--dump-dom", &format!("http://{}/", server.addr())])
            // It complains about all that a machine without a screen lacks.
            .stderr(Stdio::null());
        let shown = run(&mut browser, b"");
        // One of its processes may still be writing there.
        let _ = fs::remove_dir_all(profile);
        let shown = String::from_utf8(shown).expect("it prints UTF-8");
        assert!(shown.contains("<h1> 一起加油 !!!</h1>"), "{shown}");
    });
}

fn curl(page: &str) -> Option<Command> {
    let mut curl = find(&["curl"])?;
    // -q: whatever the user's own settings are.
    curl.args(["-q", "-s", "--noproxy", "*", "--max-time", "20", page]);
    Some(curl)
}

/// The first of these programs that is there.
pub(super) fn find(names: &[&str]) -> Option<Command> {
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
