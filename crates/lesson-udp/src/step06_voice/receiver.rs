//! The end of a stream that reads: all of it, once, in order.
//!
//! Sources: RFC 9293 §3.8 (order, acknowledgement), RFC 2018 (what has arrived
//! behind a gap).

use std::{collections::BTreeMap, time::Duration};

use common::link::Link;

/// The end that reads.
#[derive(Debug, Default)]
pub struct Receiver {
    next: u32,
    /// Behind a gap.
    waiting: BTreeMap<u32, Vec<u8>>,
}

impl Receiver {
    /// Takes a segment, acknowledges, and gives what can now be read in order.
    pub fn received(
        &mut self,
        now: Duration,
        segment: &[u8],
        link: &mut Link,
    ) -> Vec<Vec<u8>> {
        let Some((number, bytes)) = segment.split_first_chunk() else {
            return Vec::new();
        };
        let number = u32::from_be_bytes(*number);
        if number >= self.next {
            self.waiting.insert(number, bytes.to_vec());
        }
        let mut readable = Vec::new();
        while let Some(bytes) = self.waiting.remove(&self.next) {
            self.next += 1;
            readable.push(bytes);
        }
        link.send(now, &self.ack());
        readable
    }

    /// What has arrived: all before `next`, and then, from where to where, each
    /// row behind a gap. (TCP has room for three or four of them.)
    fn ack(&self) -> Vec<u8> {
        let mut numbers = vec![self.next];
        for &number in self.waiting.keys() {
            match numbers.last_mut() {
                // An end so far, and this one goes on there.
                Some(end) if *end == number => *end += 1,
                _ => numbers.extend([number, number + 1]),
            }
        }
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    }
}
