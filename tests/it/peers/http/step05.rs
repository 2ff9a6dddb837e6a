//! curl and a browser at step 5's server, and at servers that get it wrong.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
};

use super::{PAGE, curl};
use crate::peers::{our_server, run, with_programs};

/// Two pages: for the second curl needs no new connection. At step 11, which
/// closes after each reply, it does.
#[test]
fn curl_reuses_the_connection() {
    with_programs(|| {
        for (step, connects) in [("5", ["1", "0"]), ("11", ["1", "1"])] {
            let mut server = our_server("server", &["--step", step]);
            let page = format!("http://{}/", server.addr());
            let Some(mut curl) = curl(&page) else { return };
            curl.args([&page, "-w", "%{num_connects}"]);
            let [first, second] = connects.map(str::as_bytes);
            let printed = run(&mut curl, b"");
            assert_eq!(printed, [PAGE, first, PAGE, second].concat());
        }
    });
}

/// What curl is told, as `%{http_code}`.
#[test]
fn curl_is_told_what_is_wrong() {
    let long = format!("X: {}", "x".repeat(8 << 10));
    let path = "x".repeat(8 << 10);
    with_programs(move || {
        let mut server = our_server("server", &["--step", "5"]);
        let addr = server.addr();
        let body = ["--data-binary", "@-"];
        let chunked = ["-H", "Transfer-Encoding: chunked"];
        let rows: [(&str, &[&str], usize, &str); 10] = [
            ("", &["-I"], 0, "200"),
            ("favicon.ico", &[], 0, "404"),
            ("", &["-X", "DELETE"], 0, "405"),
            ("", &body, 64 << 10, "200"),
            ("", &body, (64 << 10) + 1, "413"),
            // curl asks whether it may send that much, and may not.
            ("", &body, 2 << 20, "413"),
            ("", &[&body[..], &["-H", "Expect:"]].concat(), 2 << 20, "413"),
            ("", &[&body[..], &chunked].concat(), 4, "501"),
            ("", &["-H", &long], 0, "431"),
            (&path, &[], 0, "414"),
        ];
        for (path, args, length, code) in rows {
            let page = format!("http://{addr}/{path}");
            let Some(mut curl) = curl(&page) else { return };
            curl.args(args).args(["-w", "\n%{http_code}"]);
            let printed = run(&mut curl, &vec![b'x'; length]);
            let text = String::from_utf8_lossy(&printed);
            assert_eq!(text.lines().last(), Some(code), "{args:?}: {text}");
        }
    });
}

/// The original's reply on a connection that stays open: curl has the page, and
/// waits until its time is over (28).
#[test]
fn curl_waits_for_the_end_of_a_page_without_length() {
    with_programs(|| {
        let addr = serve(|mut stream| {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK \r\n\r\n");
            let _ = stream.write_all(PAGE);
            let _ = stream.read_to_end(&mut Vec::new());
        });
        let Some(mut curl) = curl(&format!("http://{addr}/")) else { return };
        let ended = curl.args(["--max-time", "1"]).output().expect("it runs");
        assert_eq!(ended.stdout, PAGE);
        assert_eq!(ended.status.code(), Some(28));
    });
}

/// A server that gives each connection to a thread, until the tests end.
fn serve(talk: fn(TcpStream)) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("it is bound");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.expect("a client");
            thread::spawn(move || talk(stream));
        }
    });
    addr
}

#[cfg(target_os = "linux")]
mod linux {
    use testkit::Program;

    use super::{super::browser, *};

    /// Reads 512 bytes, says that a large page comes, sends what the kernel
    /// takes, and closes with the rest of the request unread.
    fn reads_512_bytes(mut stream: TcpStream) {
        let _ = stream.read(&mut [0; 512]);
        let _ = stream.set_nonblocking(true);
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\
              Content-Length: 1000000000\r\n\r\n",
        );
        let _ = stream.write(&vec![b'x'; 8 << 20]);
    }

    /// Receiving has failed (56): "Connection reset by peer".
    #[test]
    fn curl_is_reset() {
        with_programs(|| {
            let page = format!("http://{}/", serve(reads_512_bytes));
            let Some(mut curl) = curl(&page) else { return };
            let header = format!("X: {}", "x".repeat(1000));
            curl.args(["-S", "-H", &header, "-o", "/dev/null"]);
            let ended = Program::run(&mut curl, b"");
            assert_eq!(ended.code, Some(56), "{}", ended.stderr);
            assert!(ended.stderr.contains(" reset "), "{}", ended.stderr);
        });
    }

    /// A browser's request has more than 512 bytes. Who reads so many of it and
    /// closes has aborted the connection.
    #[test]
    fn a_browser_is_reset() {
        with_programs(|| {
            let addr = serve(|mut s| drop(s.read(&mut [0; 512])));
            let Some((shown, log)) = browser(addr, "/") else { return };
            assert_eq!(shown, "");
            assert!(log.contains("ERR_CONNECTION_RESET"), "{log}");
        });
    }

    /// Who reads all of it and closes has ended the connection.
    #[test]
    fn a_browser_gets_nothing() {
        with_programs(|| {
            let addr = serve(|mut s| drop(s.read(&mut [0; 9999])));
            let Some((shown, log)) = browser(addr, "/") else { return };
            assert_eq!(shown, "");
            assert!(log.contains("ERR_EMPTY_RESPONSE"), "{log}");
        });
    }

    #[test]
    fn a_browser_shows_the_page() {
        with_programs(|| shows("/", "/"));
    }

    #[test]
    fn a_browser_writes_paths_in_utf_8() {
        with_programs(|| shows("/加油", "/%E5%8A%A0%E6%B2%B9"));
    }

    /// Newer versions do it, older ones send the bytes as they are.
    #[test]
    fn curl_writes_paths_in_utf_8_or_gets_nothing() {
        with_programs(|| {
            let mut server = our_server("server", &["--step", "5"]);
            let page = format!("http://{}/加油", server.addr());
            let Some(mut curl) = curl(&page) else { return };
            run(&mut curl, b"");
            let line = server.line();
            println!("{line}");
            assert!(
                line.ends_with(": GET /%e5%8a%a0%e6%b2%b9 200")
                    || line.ends_with(": GET /加油 404"),
                "{line}"
            );
        });
    }

    fn shows(path: &str, asked: &str) {
        let mut server = our_server("server", &["--step", "5"]);
        let Some((shown, _)) = browser(server.addr(), path) else { return };
        assert!(shown.contains("<h1> 一起加油 !!!</h1>"), "{shown}");
        // There may be lines of connections that said nothing.
        let asked = format!(": GET {asked} 200");
        loop {
            let line = server.line();
            println!("{line}");
            if line.ends_with(&asked) {
                break;
            }
        }
    }

    /// The page in GB2312 with a header that says something else: what the
    /// header says is what is shown.
    #[test]
    fn a_browser_believes_the_header() {
        with_programs(|| {
            let addr = serve(|stream| says(stream, "windows-1252"));
            let Some((shown, _)) = browser(addr, "/") else { return };
            assert!(shown.contains("<h1> Ò»Æð¼ÓÓÍ !!!</h1>"), "{shown}");
        });
    }

    #[test]
    fn a_browser_believes_that_it_is_utf_8() {
        with_programs(|| {
            let addr = serve(|stream| says(stream, "utf-8"));
            let Some((shown, _)) = browser(addr, "/") else { return };
            assert!(shown.contains("<h1> һ����� !!!</h1>"), "{shown}");
        });
    }

    fn says(mut stream: TcpStream, charset: &str) {
        let head = format!(
            "HTTP/1.1 200 OK\r\n\
             Content-Type: text/html; charset={charset}\r\n\
             Content-Length: {}\r\n\r\n",
            PAGE.len()
        );
        let _ = stream.read(&mut [0; 4096]);
        let _ = stream.write_all(&[head.as_bytes(), PAGE].concat());
        let _ = stream.read_to_end(&mut Vec::new());
    }
}
