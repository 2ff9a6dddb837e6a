//! The TCP steps, held to the bytes that cross.

mod conversations;
mod harness;
mod hostile;
mod programs;
mod signals;
mod step01_server;
mod step02_client;
mod step03_text;
mod step04_framing;
mod step05_http;
mod step06_goodbye;
mod step07_silence;
mod step08_slow_reader;
mod step09_clients;
mod step10_names;
mod step11_std;
