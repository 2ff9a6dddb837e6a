//! Numbers and structs in a datagram: its border does what a length does in a
//! stream.

use testkit::{DEADLINE, within};

use super::sockets;

/// What a sensor says.
#[derive(Debug, PartialEq)]
struct Reading {
    number: u32,
    millis: u64,
    celsius: i16,
}

impl Reading {
    /// The wire has an order of bytes, and no gaps: 14 bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        bytes.extend(self.number.to_be_bytes());
        bytes.extend(self.millis.to_be_bytes());
        bytes.extend(self.celsius.to_be_bytes());
        bytes
    }

    /// `None` where the datagram is no reading: a stranger's, an old program's.
    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (number, bytes) = bytes.split_first_chunk()?;
        let (millis, bytes) = bytes.split_first_chunk()?;
        let celsius = bytes.try_into().ok()?;
        Some(Self {
            number: u32::from_be_bytes(*number),
            millis: u64::from_be_bytes(*millis),
            celsius: i16::from_be_bytes(celsius),
        })
    }
}

#[test]
fn a_struct_is_bytes_in_an_order() {
    within(DEADLINE, || {
        let (sender, socket, to) = sockets();
        let reading = Reading { number: 7, millis: 1_500, celsius: -4 };
        let bytes = reading.to_bytes();
        sender.send_to(&bytes, to).expect("sent");
        // Not what a struct takes in memory, which has gaps for alignment.
        assert_eq!((bytes.len(), size_of::<Reading>()), (14, 16));

        let mut buffer = [0; 99];
        let (length, _) = socket.recv_from(&mut buffer).expect("it comes");
        assert_eq!(Reading::from_bytes(&buffer[..length]), Some(reading));
        // Anybody can send anything here.
        for wrong in [&b""[..], &bytes[..13], &[&bytes[..], b"!"].concat()] {
            assert_eq!(Reading::from_bytes(wrong), None);
        }
    });
}
