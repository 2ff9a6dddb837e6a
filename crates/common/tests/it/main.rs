//! What both tracks stand on: charsets, transcripts, the tap.

mod charset;
mod charset_python;
mod charset_web;
mod link;
mod tap_faults;
mod tap_program;
mod tap_tcp;
mod tap_udp;
mod transcript;
