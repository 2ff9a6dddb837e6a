//! What the head of a request says, and what is wrong with it.
//!
//! httparse knows the grammar. What the headers mean is ours: above all how long
//! the body is, for two ends that do not agree on that disagree on everything
//! that comes after it.
//!
//! Sources: RFC 9112 §3.2 (Host), §6.1 (Transfer-Encoding), §6.3 (how long a
//! body is), §9.3 (whether the connection stays); RFC 9110 §10.1.1 (Expect).

use std::str;

use httparse::{EMPTY_HEADER, Error, Status};

/// One request, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// What to do, such as `GET`.
    pub method: String,
    /// With what, such as `/`, as the client wrote it.
    pub target: String,
    /// As many bytes as its Content-Length says; none without.
    pub body: Vec<u8>,
    /// Whether the client may ask again on this connection.
    pub stays: bool,
}

/// Why these bytes are no request for us. Nobody knows where the next one would
/// begin, so the connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadRequest {
    /// The status of the reply: 4xx or 5xx.
    pub status: u16,
    /// In a few words of ours: nothing that the client sent.
    pub why: &'static str,
}

impl BadRequest {
    pub(super) const fn new(status: u16, why: &'static str) -> Self {
        Self { status, why }
    }
}

/// A request without its body yet, and how many bytes that has.
pub(super) fn parse(head: &[u8]) -> Result<(Request, usize), BadRequest> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    let length = parsed.parse(head).map_err(refused)?;
    let (Some(method), Some(target), Some(version)) =
        (parsed.method, parsed.path, parsed.version)
    else {
        return Err(MALFORMED);
    };
    // Where we see the end of the head, httparse must see it too.
    if length != Status::Complete(head.len()) {
        return Err(MALFORMED);
    }
    let headers = parsed.headers.iter();
    let values = |name: &'static str| {
        let named = move |h: &&httparse::Header| {
            // Names of headers are the same in any case, methods are not.
            h.name.eq_ignore_ascii_case(name)
        };
        headers.clone().filter(named).map(|h| h.value)
    };

    if values("Transfer-Encoding").next().is_some() {
        return Err(BadRequest::new(501, "no Transfer-Encoding here"));
    }
    let mut lengths = values("Content-Length");
    let body = match (lengths.next(), lengths.next()) {
        (None, _) => 0,
        (Some(length), None) => content_length(length)?,
        _ => return Err(BadRequest::new(400, "more than one Content-Length")),
    };
    let is_new = version == 1;
    let hosts = values("Host").count();
    if hosts > 1 || is_new && hosts == 0 {
        return Err(BadRequest::new(400, "one Host is needed"));
    }
    // The client waits for a word from us before it sends the body. This one
    // says: ask again, and do not wait.
    if is_new && values("Expect").next().is_some() {
        return Err(BadRequest::new(417, "send the body without waiting"));
    }
    let closes = values("Connection").any(|value| {
        let mut options = value.split(|&byte| byte == b',');
        options.any(|o| o.trim_ascii().eq_ignore_ascii_case(b"close"))
    });
    let request = Request {
        method: method.to_owned(),
        target: target.to_owned(),
        body: Vec::new(),
        stays: is_new && !closes,
    };
    Ok((request, body))
}

/// Digits alone: Rust's `parse` would take `+4` too, and other servers might
/// take it for something else.
fn content_length(value: &[u8]) -> Result<usize, BadRequest> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(BadRequest::new(400, "Content-Length is not a number"));
    }
    let number = str::from_utf8(value).ok().and_then(|v| v.parse().ok());
    // A number that fits into no integer is too large as well.
    number
        .filter(|&length| length <= LARGEST_BODY)
        .ok_or(BadRequest::new(413, "the body is longer than 64 KiB"))
}

fn refused(error: Error) -> BadRequest {
    match error {
        Error::TooManyHeaders => {
            BadRequest::new(431, "there are more than 64 headers")
        }
        Error::Version => BadRequest::new(505, "HTTP/1.1 is spoken here"),
        _ => MALFORMED,
    }
}

const MALFORMED: BadRequest = BadRequest::new(400, "this is not HTTP");

/// A browser sends fifteen or so.
const MOST_HEADERS: usize = 64;

/// The most that a body may hold, in bytes.
const LARGEST_BODY: usize = 64 << 10;
