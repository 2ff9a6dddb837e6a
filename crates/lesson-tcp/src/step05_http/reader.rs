//! Requests out of bytes that come in pieces, cut anywhere. No socket here:
//! bytes go in, requests come out, in order.
//!
//! ```text
//! POST / HTTP/1.1␍␊          what to do, with what
//! Host: 127.0.0.1:8888␍␊     a header a line
//! Content-Length: 4␍␊
//! ␍␊                         an empty line: the head ends here
//! ....                       the body: four bytes, whatever they are
//! ```
//!
//! The two ways to find an end in a stream: the head ends at a mark, the body
//! after a count. Forget to bound either, and one client fills the memory.
//!
//! Sources: RFC 9112 §2.1 (the form), §2.2 (lines), §3 (414); RFC 6585 §5 (431).

use super::request::{BadRequest, Request, parse};

/// Takes bytes and gives requests. It keeps what was fed and is not given yet,
/// so feed it no more at a time than you would keep.
#[derive(Debug, Default)]
pub struct Reader {
    bytes: Vec<u8>,
    /// Before this all has been given.
    start: usize,
    /// Before this there is no end of a head.
    searched: usize,
    /// A request that waits for its body, of so many bytes.
    waiting: Option<(Request, usize)>,
    failed: Option<BadRequest>,
}

impl Reader {
    /// Takes the next bytes of the stream.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.bytes.drain(..self.start);
        self.searched -= self.start;
        self.start = 0;
        // Behind a bad request there is no next one, so nothing is kept.
        if self.failed.is_none() {
            self.bytes.extend_from_slice(bytes);
        }
    }

    /// The next request, or `None` until more bytes come.
    ///
    /// # Errors
    /// [`BadRequest`], and from then on the same one each time.
    pub fn next_request(&mut self) -> Result<Option<Request>, BadRequest> {
        let next = self.failed.map_or_else(|| self.read(), Err);
        if let Err(bad) = next {
            *self = Self { failed: Some(bad), ..Self::default() };
        }
        next
    }

    /// How many bytes are kept. When `next_request` has given `None` it is less
    /// than 64 KiB: a head or a body that is not whole yet.
    pub fn kept(&self) -> usize {
        self.bytes.len() - self.start
    }

    /// Whether a request has begun and is not whole yet.
    pub fn is_inside(&self) -> bool {
        self.kept() > 0 || self.waiting.is_some()
    }

    fn read(&mut self) -> Result<Option<Request>, BadRequest> {
        if self.waiting.is_none() {
            let Some(end) = self.end_of_head()? else { return Ok(None) };
            self.waiting = Some(parse(&self.bytes[self.start..end])?);
            self.start = end;
        }
        let length = self.waiting.as_ref().map_or(0, |waiting| waiting.1);
        if self.kept() < length {
            return Ok(None);
        }
        let body = self.start..self.start + length;
        self.start = body.end;
        self.searched = body.end;
        Ok(self.waiting.take().map(|(request, _)| Request {
            body: self.bytes[body].to_vec(),
            ..request
        }))
    }

    /// Where the head ends, its empty line included. Goes on where it stopped
    /// the last time: to begin anew with each byte would take a square of time.
    fn end_of_head(&mut self) -> Result<Option<usize>, BadRequest> {
        // Some clients send a line end too many, which is allowed.
        loop {
            match self.bytes[self.start..] {
                [b'\n', ..] => self.start += 1,
                [b'\r', b'\n', ..] => self.start += 2,
                _ => break,
            }
        }
        self.searched = self.searched.max(self.start);
        // A browser with https:// begins with byte 22, and would wait for us as
        // we for the end of its line.
        let first = self.bytes.get(self.start).copied().unwrap_or(b'\r');
        if first != b'\r' && !first.is_ascii_alphabetic() {
            return Err(BadRequest::new(400, "this is not HTTP"));
        }
        let most = self.bytes.len().min(self.start + LARGEST_HEAD);
        let head = &self.bytes[..most];
        let find = |from: usize| {
            head[from..].iter().position(|&b| b == b'\n').map(|at| from + at)
        };
        while let Some(line_end) = find(self.searched) {
            self.searched = line_end + 1;
            // A line ends with CR LF, and LF alone may be taken for it.
            let before = &head[self.start..line_end];
            if before.ends_with(b"\n") || before.ends_with(b"\n\r") {
                return Ok(Some(self.searched));
            }
        }
        self.searched = most;
        if most - self.start < LARGEST_HEAD {
            return Ok(None);
        }
        Err(match find(self.start) {
            Some(_) => BadRequest::new(431, "the headers exceed 8 KiB"),
            None => BadRequest::new(414, "the first line exceeds 8 KiB"),
        })
    }
}

/// The most that a head may hold, in bytes.
const LARGEST_HEAD: usize = 8 << 10;
