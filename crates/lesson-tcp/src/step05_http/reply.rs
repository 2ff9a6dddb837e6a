//! What is answered, as bytes.
//!
//! ```text
//! HTTP/1.1 200 OK␍␊
//! Content-Type: text/html; charset=gb2312␍␊    what the bytes of the page mean
//! Content-Length: 22␍␊                         how many they are
//! ␍␊
//! ......................
//! ```
//!
//! Forget the first header and the browser guesses; forget the second and the
//! page ends when the connection does.
//!
//! Sources: RFC 9110 §8.3 (Content-Type), §8.6 (Content-Length), §9.3.2 (HEAD),
//! §15 (statuses); RFC 9112 §3.2 (the forms of a target).

use common::Charset;

use super::request::{BadRequest, Request};
use crate::body;

/// A reply, of which the page is encoded already.
#[derive(Debug)]
pub(super) struct Reply {
    /// Such as 200, or 404.
    pub(super) status: u16,
    page: Vec<u8>,
    has_body: bool,
}

impl Reply {
    /// The page, a word on how much came, or that there is no such thing.
    pub(super) fn to(request: &Request, charset: Charset) -> Self {
        let path = path(&request.target);
        let is_ours = path == "/" || path.eq_ignore_ascii_case(CHEER);
        let has_body = request.method != "HEAD";
        let (status, page) = match &*request.method {
            _ if !is_ours => (404, headline(404)),
            "GET" | "HEAD" => (200, body(charset)),
            "POST" => {
                let length = request.body.len();
                let page = format!("<h1> 收到 {length} 个字节 !!!</h1>");
                (200, charset.encode(&page).expect("every charset has it"))
            }
            _ => (405, headline(405)),
        };
        Self { status, page, has_body }
    }

    /// Why that was no request. Nothing that came goes back: a page with words
    /// of the client's is a page that the client can write.
    pub(super) fn refusing(bad: BadRequest) -> Self {
        let mut page = headline(bad.status);
        page.extend(format!("<p>{}</p>", bad.why).bytes());
        Self { status: bad.status, page, has_body: true }
    }

    /// As it is sent, in one piece. Without `stays` the client is told that the
    /// connection will end.
    pub(super) fn bytes(&self, charset: Charset, stays: bool) -> Vec<u8> {
        let status = self.status;
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        // Bytes, not characters: 加 is one character and two bytes.
        head += &format!(
            "Content-Type: text/html; charset={charset}\r\n\
             Content-Length: {}\r\n",
            self.page.len(),
        );
        if status == 405 {
            head += "Allow: GET, HEAD, POST\r\n";
        }
        if !stays {
            head += "Connection: close\r\n";
        }
        let mut bytes = (head + "\r\n").into_bytes();
        // HEAD is told how long the page is, and does not get it.
        if self.has_body {
            bytes.extend_from_slice(&self.page);
        }
        bytes
    }
}

/// `/` of `/`, of `/?a=b`, and of `http://127.0.0.1:8888/`, as one asks a proxy.
fn path(target: &str) -> &str {
    let target = target.split('?').next().unwrap_or_default();
    match target.strip_prefix("http://") {
        Some(rest) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => target,
    }
}

fn headline(status: u16) -> Vec<u8> {
    format!("<h1>{status} {}</h1>", reason(status)).into_bytes()
}

/// For people: programs read the number.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        417 => "Expectation Failed",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        505 => "HTTP Version Not Supported",
        _ => "Bad Request",
    }
}

/// `/加油` as a browser writes it: in a URL, text is UTF-8, whatever the page is.
const CHEER: &str = "/%E5%8A%A0%E6%B2%B9";
